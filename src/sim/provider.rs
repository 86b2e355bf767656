use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize},
    },
};

use tokio::net::TcpListener;

use super::{
    Dialect, Model, Pace, Server,
    fault_queue::FaultQueue,
    log::Log,
    state::{Key, State},
};

/// What a provider does with an answer when its client leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnDisconnect {
    /// It stops and charges for the prompt and what was written by then.
    #[default]
    Stops,
    /// It writes to the end and charges for the whole answer.
    RunsOn,
}

/// A simulated provider that is not up yet. See the [module's page](super) for an example.
#[derive(Clone, Debug)]
pub struct Provider {
    name: String,
    dialect: Dialect,
    key: Option<Key>,
    models: Vec<Model>,
    pace: Pace,
    clients_leave: OnDisconnect,
    port: u16,
    keep: usize,
    max_body: usize,
    at_once: usize,
}

impl Provider {
    /// A provider of this name, which appears as the owner of its models.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            dialect: Dialect::default(),
            key: None,
            models: Vec::new(),
            pace: Pace::default(),
            clients_leave: OnDisconnect::default(),
            port: 0,
            keep: 10_000,
            max_body: 64 * 1024 * 1024,
            at_once: usize::MAX,
        }
    }

    /// The API that it speaks; [`Dialect::OpenAi`] else.
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// The one key that is let in. Without it, any key or none is.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(Key(key.into()));
        self
    }

    /// Adds a model.
    pub fn model(mut self, model: Model) -> Self {
        self.models.push(model);
        self
    }

    /// How fast answers are written; [`Pace::Immediate`] else.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// What an answer costs whose client leaves; [`OnDisconnect::Stops`] else.
    pub fn clients_leave(mut self, then: OnDisconnect) -> Self {
        self.clients_leave = then;
        self
    }

    /// The port on 127.0.0.1; else the system chooses a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// How many of the last calls are kept, with their lines of the bill and up to 16 events each;
    /// 10 000 else. The bill's sums cover all.
    pub fn keep(mut self, calls: usize) -> Self {
        self.keep = calls;
        self
    }

    /// The greatest body of a request in bytes; 64 MiB else. Greater ones are answered with 413.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// How many calls are answered at the same time; any number else. More are refused with 429.
    pub fn at_once(mut self, calls: usize) -> Self {
        self.at_once = calls;
        self
    }

    /// Starts to serve HTTP/1.1 and HTTP/2 without TLS.
    ///
    /// # Errors
    ///
    /// When a model's price is no decimal number, or the port cannot be had.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn start(self) -> io::Result<Server> {
        if let Some(bad) = self.models.iter().find_map(|m| m.bad_price.as_ref()) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, bad.to_string()));
        }
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let listener = TcpListener::bind(at).await?;
        let state = State {
            name: self.name,
            dialect: self.dialect,
            key: self.key,
            models: self.models,
            pace: self.pace,
            clients_leave: self.clients_leave,
            max_body: self.max_body,
            at_once: self.at_once,
            active: AtomicUsize::new(0),
            log: Log::new(self.keep),
            faults: Mutex::new(FaultQueue::default()),
            calls: AtomicU64::new(0),
            stopping: AtomicBool::new(false),
        };
        Server::start(Arc::new(state), listener)
    }
}
