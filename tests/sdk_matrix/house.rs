use std::{fmt::Write as _, net::SocketAddr, time::Duration};

use tokio::net::TcpListener;
use tower_genai::{
    budget::ScopeKey,
    context::Tenant,
    sim::{Dialect, Event, Model, Pace, Provider, Server},
    stack::config::Config,
};

use super::{
    cell::{Cell, DIALECTS, word},
    client::ProviderClient,
    server,
};

/// A gateway, with a simulated provider of each dialect behind it.
pub(crate) struct House {
    providers: Vec<Server>,
    config: Config,
    pub(crate) addr: SocketAddr,
    /// One more gateway, that tries again what has failed.
    pub(crate) retrying_addr: SocketAddr,
}

impl House {
    pub(crate) async fn start(cells: &[Cell]) -> Self {
        let mut providers = Vec::new();
        for dialect in DIALECTS {
            let mut provider = Provider::new(format!("sim-{}", word(dialect))).dialect(dialect);
            for cell in cells.iter().filter(|cell| cell.dialect == dialect) {
                let model = |name: &str| {
                    let model = Model::new(name).price("1.00", "3.20");
                    // Each vendor counts cached tokens in another way.
                    let model = model.cached_price("0.10").cached_tokens(4);
                    model
                        .max_output(MOST)
                        .context(CONTEXT)
                        .shows_reasoning(true)
                };
                let frail = model(&cell.frail()).exact_output(20_000);
                let frail = frail.pace(Pace::Every(Duration::from_millis(2)));
                provider = provider.model(model(&cell.name)).model(frail);
            }
            providers.push(provider.start().await.unwrap());
        }
        let (config, addr) = gateway(&toml(cells, &providers, 1)).await;
        let (_, retrying_addr) = gateway(&toml(cells, &providers, 2)).await;
        Self {
            providers,
            config,
            addr,
            retrying_addr,
        }
    }

    fn provider(&self, dialect: Dialect) -> &Server {
        let mut providers = self.providers.iter();
        providers
            .find(|server| server.dialect() == dialect)
            .unwrap()
    }

    /// Comes when the provider has seen so many clients of this cell leave.
    pub(crate) async fn sees_leave(&self, cell: &Cell, count: usize) {
        if count == 0 {
            return;
        }
        let provider = self.provider(cell.dialect);
        let frail = cell.frail();
        let mut seen = 0;
        // The bill has its line before the event is told.
        let gone = provider.event(|event| {
            if let Event::ClientGone { call } = event {
                let bill = provider.bill();
                let line = bill.line(*call);
                seen += usize::from(line.is_some_and(|line| line.model == frail && line.cut));
            }
            seen == count
        });
        gone.await;
    }

    /// Holds what a cell's package was told against what its provider billed and what the ledger says.
    pub(crate) fn reckon(&self, cell: &Cell, used: &[Used]) -> Result<(), String> {
        let bill = self.provider(cell.dialect).bill();
        let mut lines: Vec<_> = bill
            .lines()
            .filter(|line| line.model == cell.name)
            .collect();
        let owed: u64 = lines.iter().map(|line| line.nano_usd).sum();
        for told in used {
            let place = lines.iter().position(|line| told.is(line));
            let Some(place) = place else {
                let lines: Vec<_> = lines.iter().map(|line| Used::of(line)).collect();
                return Err(format!("{told:?} stands on no bill; left are {lines:?}"));
            };
            lines.swap_remove(place);
        }
        let (spent, held) = self.ledger(&cell.name);
        if (spent, held) != (owed, 0) {
            let what = "nano-USD are spent and held";
            return Err(format!("{spent} and {held} {what}, {owed} are billed"));
        }
        let lines = bill.lines().filter(|line| line.model == cell.frail());
        let owed: u64 = lines.map(|line| line.nano_usd).sum();
        let (spent, held) = self.ledger(&cell.frail());
        // What broke off may cost a step more than what was seen of it, never less.
        if spent < owed || held != 0 || owed == 0 {
            let what = "nano-USD are spent and held for what broke off";
            return Err(format!("{spent} and {held} {what}, {owed} are billed"));
        }
        Ok(())
    }

    /// What a tenant has spent, and what is held for it, in billionths of a USD.
    fn ledger(&self, tenant: &str) -> (u64, u64) {
        let key = ScopeKey::from(&Tenant::new(tenant).unwrap());
        let budget = self.config.budgets().next().unwrap();
        let left = budget.scope_of(key).allowance().unwrap();
        (left.spent().nanos(), left.held().nanos())
    }
}

const MOST: u64 = 32_000;
const CONTEXT: u64 = 200_000;

/// What a package was told that a call used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Used {
    /// Tokens of the prompt, cached ones included.
    pub(crate) prompt: u64,
    pub(crate) cached: u64,
    /// Tokens of the answer, reasoning included.
    pub(crate) completion: u64,
    /// Where the API tells.
    pub(crate) reasoning: Option<u64>,
}

impl Used {
    fn of(line: &tower_genai::sim::BillLine) -> Self {
        Self {
            prompt: line.prompt_tokens,
            cached: line.cached_tokens,
            completion: line.completion_tokens,
            reasoning: Some(line.reasoning_tokens),
        }
    }

    fn is(&self, line: &tower_genai::sim::BillLine) -> bool {
        let billed = Self::of(line);
        let reasoning = self.reasoning.or(billed.reasoning);
        Self { reasoning, ..*self } == billed && !line.cut
    }
}

async fn gateway(toml: &str) -> (Config, SocketAddr) {
    let config = Config::parse("gateway.toml", toml).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let stack = config.stack(ProviderClient::new(None)).boxed();
    tokio::spawn(server::serve(
        listener,
        server::Served::to_callers(stack),
        std::future::pending(),
    ));
    (config, addr)
}

fn toml(cells: &[Cell], providers: &[Server], attempts: u32) -> String {
    let mut toml = format!(
        "max_body = \"1MiB\"\n\
         [fallback]\nattempts = {attempts}\n\
         [[budget]]\nscope = \"org\"\nlimit = \"100.00\"\nwindow = \"total\"\neach = \"tenant\"\n",
    );
    toml.push_str("[tenants]\nkeys = {");
    for cell in cells {
        for tenant in [&cell.name, &cell.frail()] {
            write!(toml, "\"sk-{tenant}\" = \"{tenant}\", ").unwrap();
        }
    }
    toml.push_str("}\n");
    for server in providers {
        let (name, dialect) = (server.name(), word(server.dialect()));
        let base_url = server.base_url();
        write!(
            toml,
            "[[provider]]\nname = \"{name}\"\ndialect = \"{dialect}\"\nbase_url = \"{base_url}\"\n\
             on_disconnect = \"stops\"\n"
        )
        .unwrap();
    }
    for cell in cells {
        let dialect = word(cell.dialect);
        for name in [&cell.name, &cell.frail()] {
            write!(
                toml,
                "[[model]]\nname = \"{name}\"\nprovider = \"sim-{dialect}\"\n\
                 price = {{ input = \"1.00\", output = \"3.20\", cache_read = \"0.10\" }}\n\
                 rates = [{{ unit = \"tool_call\", tool = \"web_search\", free = true }}]\n\
                 context = {CONTEXT}\nmax_output = {MOST}\n\
                 can = [\"tools\", \"vision\", \"json_schema\", \"reasoning\", \"stream\", \"n\"]\n\
                 quality = {{ general = 0.5 }}\n"
            )
            .unwrap();
        }
    }
    toml
}
