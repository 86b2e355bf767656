use std::{fmt::Write as _, fs, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    time::{Instant, sleep},
};
use tower_genai::{
    budget::{ScopeKey, Snapshot},
    context::Tenant,
    observe::Event,
    sim::{Dialect, Model, OnDisconnect, Provider, Server},
    stack::config::Config,
};

use super::{
    caller::Caller,
    client::ProviderClient,
    driver::Driver,
    question::{DIALECTS, name, word},
    server,
    watch::Watch,
};

/// A gateway, and a simulated provider of each dialect behind it.
pub(crate) struct House {
    pub(crate) sims: Vec<Server>,
    pub(crate) watch: Arc<Watch>,
    pub(crate) addr: SocketAddr,
    config: Config,
    ledger: PathBuf,
}

/// USD for a million tokens in and out, by provider.
const PRICES: [(&str, &str); 3] = [("1.00", "3.20"), ("2.00", "8.00"), ("1.25", "5.00")];

/// The longest that money may stay held when nobody calls any more: more than the longest drain.
const REST: Duration = Duration::from_secs(30);

impl House {
    pub(crate) async fn start(seed: u64, callers: &[Caller]) -> Self {
        let mut sims = Vec::new();
        for (dialect, (input, output)) in DIALECTS.into_iter().zip(PRICES) {
            let provider = Provider::new(name(dialect))
                .dialect(dialect)
                .model(Model::new(name(dialect)).price(input, output))
                .clients_leave(if runs_on(dialect) {
                    OnDisconnect::RunsOn
                } else {
                    OnDisconnect::Stops
                })
                .keep(1_000_000);
            sims.push(provider.start().await.unwrap());
        }
        let file = format!("chaos-{}-{seed}.redb", std::process::id());
        let ledger = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(file);
        let _ = fs::remove_file(&ledger);
        let toml = toml(&sims, callers, &ledger);
        let config = Config::parse("chaos.toml", &toml).unwrap().open().unwrap();
        let watch = Arc::new(Watch::new(Driver::start(seed, &sims)));
        let seeing = Arc::clone(&watch);
        let stack = config
            .stack(ProviderClient::new(config.connect_timeout()))
            .observer(move |event: &Event<'_>| seeing.see(event));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let gateway = stack.boxed();
        tokio::spawn(server::serve(
            listener,
            server::Served::to_callers(gateway),
            std::future::pending(),
        ));
        Self {
            sims,
            watch,
            addr,
            config,
            ledger,
        }
    }

    pub(crate) async fn snapshot(&self) -> Snapshot {
        self.config.ledger().snapshot().await.unwrap()
    }

    /// What a tenant has spent, in billionths of a USD.
    pub(crate) fn spent(&self, tenant: &str) -> u64 {
        let key = ScopeKey::from(&Tenant::new(tenant).unwrap());
        let team = self.config.budgets().nth(1).unwrap();
        team.scope_of(key).allowance().unwrap().spent().nanos()
    }

    /// What all have spent together.
    pub(crate) fn spent_by_all(&self) -> u64 {
        let all = self.config.budgets().next().unwrap();
        all.scope().allowance().unwrap().spent().nanos()
    }

    /// What all providers have billed together.
    pub(crate) fn billed(&self) -> u64 {
        let bills = self.sims.iter().map(Server::bill);
        bills.map(|bill| bill.total_nano_usd()).sum()
    }

    /// Comes when nothing is held and no provider has a call under way, or says what is left after a while.
    pub(crate) async fn at_rest(&self) -> Result<(), String> {
        let late = Instant::now() + REST;
        loop {
            let held = self.snapshot().await.holds.len();
            let busy = |sim: &Server| sim.calls().len() - sim.bill().lines().len();
            let busy: usize = self.sims.iter().map(busy).sum();
            if held == 0 && busy == 0 {
                return Ok(());
            }
            if Instant::now() > late {
                return Err(format!(
                    "{held} holds and {busy} calls at providers stay when nobody calls any more"
                ));
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.ledger);
    }
}

/// Whether a provider writes on, and bills, when its client has left.
fn runs_on(dialect: Dialect) -> bool {
    dialect == Dialect::Gemini
}

fn toml(sims: &[Server], callers: &[Caller], ledger: &std::path::Path) -> String {
    let mut toml = format!(
        r#"
        explain_headers = true
        max_body = "1MiB"
        [fallback]
        attempts = 4
        first_content_timeout = "4s"
        hedge_after = "2s"
        idle_timeout = "4s"
        resume = true
        total_timeout = "60s"
        drain = "2s"
        [ledger]
        kind = "file"
        path = {ledger:?}
        [[budget]]
        scope = "org"
        limit = "1000.00"
        window = "total"
        [[budget]]
        scope = "team"
        limit = "100.00"
        window = "total"
        each = "tenant"
        [[alias]]
        name = "auto"
        models = ["*"]
        split = {{ chaos-openai = 1, chaos-anthropic = 1, chaos-gemini = 1 }}
        "#
    );
    for (sim, (input, output)) in sims.iter().zip(PRICES) {
        let (name, dialect) = (sim.name(), word(sim.dialect()));
        let on_disconnect = if runs_on(sim.dialect()) {
            "runs_on"
        } else {
            "stops"
        };
        let prefix = match sim.dialect() {
            Dialect::OpenAi => "prefix_flag",
            _ => "message",
        };
        write!(
            toml,
            r#"
            [[provider]]
            name = "{name}"
            dialect = "{dialect}"
            base_url = "{}"
            on_disconnect = "{on_disconnect}"
            [[model]]
            name = "{name}"
            provider = "{name}"
            price = {{ input = "{input}", output = "{output}" }}
            context = 200_000
            max_output = 1_000
            can = ["tools", "stream"]
            quality = {{ general = 0.5 }}
            prefix = "{prefix}"
            "#,
            sim.base_url()
        )
        .unwrap();
    }
    toml.push_str("[tenants]\nkeys = {");
    for caller in callers {
        write!(toml, " \"{}\" = \"{}\",", caller.key(), caller.tenant()).unwrap();
    }
    toml.push_str(" }\n");
    toml
}
