use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use super::{
    ConfigError, budgets,
    cache::{self, Cache},
    decision_log::{self, LogFile},
    fallback::{self, Fallback},
    idempotency::{self, Idempotency},
    labels, later,
    learning::{self, Learning},
    ledger::{self, Kept},
    open_error::OpenError,
    shadow::{self, Shadow},
    tenants,
    unopened::Unopened,
    values,
};
use crate::{
    budget::{Budget, Ledger, MemoryLedger},
    catalog::{Catalog, Findings, Problem, Reader, Snapshot, Source},
    classify::ClassifyLayer,
    observe::{DecisionLog, JsonLines},
    profile::Profile,
    select::LabelRule,
    stack::{ServerSide, Stack, Tenants},
};

/// The keys at the top of the file that are no catalog's.
const KEYS: [&str; 17] = [
    "listen",
    "admin_listen",
    "catalog",
    "explain_headers",
    "routing",
    "max_body",
    "budget",
    "tenants",
    "tenant",
    "ledger",
    "cache",
    "idempotency",
    "fallback",
    "label",
    "shadow",
    "learning",
    "decision_log",
];

/// How many decisions can be looked up by their ids.
const DECISIONS: usize = 1_024;

const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8_080);

/// A gateway, read from a file: a catalog, and who may call it, what they may spend, and where it listens.
///
/// See the [module docs](crate::stack::config) for the file. Stacks that are made of one configuration share its
/// catalog and its money.
#[derive(Clone, Debug)]
pub struct Config {
    name: Arc<str>,
    listen: SocketAddr,
    admin_listen: Option<SocketAddr>,
    catalog: Catalog,
    explain_headers: bool,
    max_body: usize,
    budgets: Vec<budgets::Routed>,
    kept: Kept,
    ledger: Arc<dyn Ledger>,
    tenants: Tenants,
    open: bool,
    idempotency: Idempotency,
    cache: Option<Cache>,
    fallback: Fallback,
    labels: Vec<LabelRule>,
    shadow: Option<Shadow>,
    learning: Option<Learning>,
    profile: Option<Profile>,
    log_file: Option<LogFile>,
    log: Option<JsonLines>,
    warnings: Vec<Problem>,
}

impl Config {
    /// Reads a file. Catalogs that it names are looked for beside it. Blocks while it reads.
    ///
    /// # Errors
    /// When a file cannot be read, or with everything that is wrong.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let name: Arc<str> = path.display().to_string().into();
        // Where it cannot be read, the catalog's reader says so, as of any other file.
        let text = fs::read_to_string(path).unwrap_or_default();
        let beside = path.parent().unwrap_or(Path::new(""));
        Self::read(name, &text, Source::file(path), beside)
    }

    /// Reads a text, under a name for messages. Catalogs that it names are looked for in the current directory.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        Self::read(name.into(), text, Source::text(name, text), Path::new(""))
    }

    fn read(name: Arc<str>, text: &str, own: Source, beside: &Path) -> Result<Self, ConfigError> {
        let (read, mut findings) = Reader::read(Arc::clone(&name), text, |top| {
            let mut sources = catalogs(top, beside);
            sources.push(own.clone().allow(KEYS));
            let catalog = Catalog::parse(&sources);
            let snapshot = catalog.as_ref().ok().map(Catalog::snapshot);
            let rest = Rest::read(top, snapshot.as_deref(), beside);
            (catalog, rest)
        });
        let Some((catalog, rest)) = read else {
            return Err(error(findings));
        };
        match catalog {
            Ok(catalog) if findings.wrong.is_empty() => {
                let mut warnings = catalog.info().warnings().to_vec();
                warnings.append(&mut findings.strange);
                warnings.sort_by(|a, b| place(a).cmp(&place(b)));
                Ok(Self {
                    name,
                    listen: rest.listen,
                    admin_listen: rest.admin_listen,
                    catalog,
                    explain_headers: rest.explain_headers,
                    max_body: rest.max_body,
                    budgets: rest.budgets,
                    kept: rest.kept,
                    ledger: rest.ledger,
                    tenants: rest.tenants,
                    open: rest.open,
                    idempotency: rest.idempotency,
                    cache: rest.cache,
                    fallback: rest.fallback,
                    labels: rest.labels,
                    shadow: rest.shadow,
                    profile: rest.learning.as_ref().map(Learning::profile),
                    learning: rest.learning,
                    log_file: rest.log_file,
                    log: None,
                    warnings,
                })
            }
            Ok(_) => Err(error(findings)),
            Err(why) => {
                findings.wrong.extend_from_slice(why.problems());
                Err(error(findings))
            }
        }
    }

    /// The file's name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where to listen. Default: `127.0.0.1:8080`.
    pub const fn listen(&self) -> SocketAddr {
        self.listen
    }

    /// Where operators are told of metrics, apart from callers. Default: nowhere but where callers are, and there only on
    /// loopback.
    pub const fn admin_listen(&self) -> Option<SocketAddr> {
        self.admin_listen
    }

    /// Whether it may be reached from this address: beyond loopback only where it says who may call.
    pub fn may_listen(&self, at: SocketAddr) -> bool {
        !self.open || at.ip().to_canonical().is_loopback()
    }

    /// The catalog.
    pub const fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The budgets, outermost first. They share one ledger.
    pub fn budgets(&self) -> impl Iterator<Item = &Budget> {
        self.budgets.iter().map(|(budget, _)| budget)
    }

    /// Where budgets are kept that the file says nothing of: in a file of this name, if they are to outlast the process.
    /// Nothing changes where there are no budgets, or the file has a `[ledger]`.
    #[cfg(feature = "redb")]
    #[must_use]
    pub fn keep_in(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        let counts = !self.budgets.is_empty() || self.shadow.is_some();
        if matches!(self.kept, Kept::Unsaid) && counts {
            self.kept = Kept::File(path.into());
            self.use_ledger(Arc::new(Unopened));
        }
        self
    }

    /// Opens the ledger that the file names, and the store of what is learned. Until then a ledger that lasts (a file,
    /// Redis) answers nobody: budgets that enforce refuse every call; and what is learned is forgotten.
    ///
    /// A file is locked, created where there is none, and read: this blocks. Redis is not asked yet. The file of the
    /// decision log is opened too: until then nothing is written there.
    ///
    /// # Errors
    /// When a file cannot be read, is another process's, or an address is none, and when the decision log cannot be opened.
    pub fn open(mut self) -> Result<Self, OpenError> {
        if self.kept.lasts() {
            let ledger = self.kept.open()?;
            self.use_ledger(ledger);
        }
        if let Some(learning) = &self.learning {
            self.profile = Some(learning.open()?);
        }
        let log = self.log_file.as_ref().map(LogFile::open).transpose();
        self.log = log.map_err(OpenError::DecisionLog)?;
        Ok(self)
    }

    /// Looks at what [`open`](Self::open) would read, and opens nothing: whether the file of what was learned makes sense.
    ///
    /// # Errors
    /// When it does not, with the line and what is wrong with it.
    pub fn check(&self) -> Result<(), OpenError> {
        match &self.learning {
            Some(learning) => Ok(learning.check()?),
            None => Ok(()),
        }
    }

    /// What calls teach, where the file has `[learning]`: for reports, and to be [flushed](Profile::flush) before the
    /// process ends.
    pub const fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    fn use_ledger(&mut self, ledger: Arc<dyn Ledger>) {
        let budgets = std::mem::take(&mut self.budgets).into_iter();
        self.budgets = budgets
            .map(|(budget, route)| (budget.ledger(Arc::clone(&ledger)), route))
            .collect();
        let shadow = self.shadow.take();
        self.shadow = shadow.map(|shadow| shadow.kept_in(&ledger));
        self.ledger = ledger;
    }

    /// The ledger of all budgets: for statements and refunds, and to be [flushed](Ledger::flush) before the process ends.
    pub fn ledger(&self) -> &Arc<dyn Ledger> {
        &self.ledger
    }

    /// The log that decisions are written to, where the file names one and it is open: to be
    /// [flushed](JsonLines::flush) before the process ends.
    pub const fn decision_log(&self) -> Option<&JsonLines> {
        self.log.as_ref()
    }

    /// How long a connection to a provider may take, for the client that the stack is built around; `None` is for ever.
    pub const fn connect_timeout(&self) -> Option<Duration> {
        self.fallback.connect_timeout
    }

    /// What is not wrong and should be looked at: what the catalog warns of, and settings that have no effect in this
    /// version.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The gateway around a client.
    pub fn stack<S>(&self, client: S) -> Stack<S, ServerSide> {
        let catalog = self.catalog.clone();
        let mut stack = Stack::server(client, catalog, self.tenants.clone())
            .explain_headers(self.explain_headers)
            .max_body(self.max_body)
            .fallback(self.fallback.layer.clone())
            .drain(self.fallback.drain)
            .idempotency(self.idempotency.layer(self.open))
            .idle_timeout(self.fallback.idle_timeout)
            .decisions(DecisionLog::new(DECISIONS))
            .labels(self.labels.iter().cloned());
        if let Some(profile) = &self.profile {
            stack = stack.profile(profile.clone());
        }
        if let Some(cache) = self.cache {
            stack = stack.cache(cache.layer(self.open));
        }
        if let Some(shadow) = &self.shadow {
            stack = stack.shadow(shadow.layer());
        }
        if let Some(log) = &self.log {
            stack = stack.observer(log.clone());
        }
        for (budget, route) in &self.budgets {
            stack = match route {
                Some(route) => stack.budget_for(Arc::clone(route), budget.clone()),
                None => stack.budget(budget.clone()),
            };
        }
        stack
    }
}

/// The file without its catalog.
struct Rest {
    listen: SocketAddr,
    admin_listen: Option<SocketAddr>,
    explain_headers: bool,
    max_body: usize,
    budgets: Vec<budgets::Routed>,
    kept: Kept,
    ledger: Arc<dyn Ledger>,
    tenants: Tenants,
    open: bool,
    idempotency: Idempotency,
    cache: Option<Cache>,
    fallback: Fallback,
    labels: Vec<LabelRule>,
    shadow: Option<Shadow>,
    learning: Option<Learning>,
    log_file: Option<LogFile>,
}

impl Rest {
    fn read(top: &Reader<'_>, catalog: Option<&Snapshot>, beside: &Path) -> Self {
        let open = !top.has("tenants") && !top.has("tenant");
        let listen = address(top, "listen").unwrap_or(LISTEN);
        if open && !listen.ip().to_canonical().is_loopback() {
            let what = "is an address beyond loopback, which needs `[tenants]`: say who may call, or listen on 127.0.0.1";
            top.wrong("listen", what);
        }
        let admin_listen = address(top, "admin_listen");
        later::routing(top);
        let kept = ledger::read(top, beside);
        let ledger: Arc<dyn Ledger> = match kept.lasts() {
            true => Arc::new(Unopened),
            false => Arc::new(MemoryLedger::new()),
        };
        let max_body = top
            .has("max_body")
            .then(|| values::size(top, "max_body"))
            .flatten();
        Self {
            listen,
            admin_listen,
            explain_headers: top.flag("explain_headers").unwrap_or(false),
            max_body: max_body
                .and_then(|bytes| usize::try_from(bytes).ok())
                .unwrap_or(ClassifyLayer::MAX_BODY),
            budgets: budgets::read(top, !open, &ledger),
            shadow: shadow::read(top, catalog, &ledger),
            kept,
            ledger,
            tenants: tenants::read(top, catalog),
            open,
            idempotency: idempotency::read(top),
            cache: cache::read(top),
            fallback: fallback::read(top),
            labels: labels::read(top, catalog),
            learning: learning::read(top, beside),
            log_file: decision_log::read(top, beside),
        }
    }
}

fn address(top: &Reader<'_>, key: &str) -> Option<SocketAddr> {
    let found = top.text(key)?.parse().ok();
    if found.is_none() {
        let what = "must be an IP address with a port, such as \"127.0.0.1:8080\"";
        top.wrong(key, what);
    }
    found
}

/// What lies under the file's own entries. A file with models of its own stands alone unless it says otherwise.
fn catalogs(top: &Reader<'_>, beside: &Path) -> Vec<Source> {
    if !top.has("catalog") {
        return match top.has("model") {
            true => Vec::new(),
            false => vec![Source::builtin()],
        };
    }
    let mut sources = Vec::new();
    for name in top.texts("catalog") {
        if name == "builtin" {
            sources.push(Source::builtin());
            continue;
        }
        let path = beside.join(name);
        match fs::metadata(&path) {
            Ok(meta) if meta.is_file() => sources.push(Source::file(path)),
            found => {
                let why = found.map_or_else(|why| why.to_string(), |_| "not a file".into());
                let what =
                    format!("{name:?} is not \"builtin\" and cannot be read as a file: {why}");
                top.wrong("catalog", what);
            }
        }
    }
    sources
}

fn place(problem: &Problem) -> (Option<&str>, Option<u32>, Option<u32>) {
    (problem.source(), problem.line(), problem.column())
}

fn error(findings: Findings) -> ConfigError {
    ConfigError::new(findings.into_error())
}
