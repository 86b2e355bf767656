use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, Value, aio::MultiplexedConnection,
};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use super::Fault;

const CONNECT: Duration = Duration::from_secs(2);
/// How long a connection may be silent while something is asked.
const SILENCE: Duration = Duration::from_millis(100);
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The connection to the server, which is made anew when it is lost.
pub(super) struct Link {
    client: Client,
    /// Where the server says that the ledger is, in a cluster.
    node: Mutex<Option<Box<str>>>,
    current: watch::Sender<Option<Line>>,
}

/// A connection and the how many-eth it is.
#[derive(Clone)]
pub(super) struct Line {
    connection: MultiplexedConnection,
    number: u64,
    /// How much it has answered.
    answers: Arc<AtomicU64>,
}

/// A command that waits for its answer. Given up after a while without any answer to anything, the connection is taken
/// for dead.
struct Waiting<'a> {
    link: &'a Link,
    line: &'a Line,
    since: Instant,
    answers: u64,
    over: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let silent = self.line.answers.load(Ordering::Relaxed) == self.answers;
        if !self.over && silent && self.since.elapsed() >= SILENCE {
            self.link.lost(self.line, None);
        }
    }
}

impl Link {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            node: Mutex::new(None),
            current: watch::Sender::new(None),
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.current.borrow().is_some()
    }

    /// The connection, once there is one.
    pub(super) async fn line(&self) -> Line {
        let mut current = self.current.subscribe();
        loop {
            if let Some(line) = current.borrow_and_update().clone() {
                return line;
            }
            if current.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Sends one command and waits for its answer.
    pub(super) async fn send(&self, line: &Line, command: &Cmd) -> Result<Value, Fault> {
        let mut connection = line.connection.clone();
        let mut waiting = Waiting {
            link: self,
            line,
            since: Instant::now(),
            answers: line.answers.load(Ordering::Relaxed),
            over: false,
        };
        let answer = connection.send_packed_command(command).await;
        waiting.over = true;
        line.answers.fetch_add(1, Ordering::Relaxed);
        let answer = answer.and_then(Value::extract_error);
        answer.map_err(|error| {
            let fault = Fault::of(&error);
            match &fault {
                Fault::Cut => self.lost(line, None),
                Fault::Elsewhere(node) => self.lost(line, node.clone()),
                _ => {}
            }
            fault
        })
    }

    /// This connection is of no use any more.
    pub(super) fn lost(&self, line: &Line, node: Option<Box<str>>) {
        self.current.send_if_modified(|current| {
            let is_this = current
                .as_ref()
                .is_some_and(|now| now.number == line.number);
            if is_this {
                *self.node.lock().unwrap_or_else(PoisonError::into_inner) = node;
                *current = None;
            }
            is_this
        });
    }

    /// Connects whenever there is no connection; never ends.
    pub(super) async fn keep(&self, on_connect: impl Fn(Line)) {
        let mut current = self.current.subscribe();
        let mut pause = FIRST_PAUSE;
        let mut number = 0;
        loop {
            if current.wait_for(Option::is_none).await.is_err() {
                return;
            }
            match timeout(CONNECT, self.connect()).await {
                Ok(Ok(connection)) => {
                    number += 1;
                    let line = Line {
                        connection,
                        number,
                        answers: Arc::default(),
                    };
                    self.current.send_replace(Some(line.clone()));
                    on_connect(line);
                    // One that is lost at once again is not to be hurried.
                    sleep(FIRST_PAUSE).await;
                    pause = FIRST_PAUSE;
                }
                failed => {
                    let reason = match failed {
                        Ok(Err(error)) => Fault::of(&error).reason().to_owned(),
                        _ => "it takes too long".to_owned(),
                    };
                    tracing::debug!(reason, "no connection to the ledger's Redis");
                    // A node that is not there may not be the one by now.
                    *self.node.lock().unwrap_or_else(PoisonError::into_inner) = None;
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    async fn connect(&self) -> Result<MultiplexedConnection, redis::RedisError> {
        let config = AsyncConnectionConfig::new()
            // Each call bounds its own wait.
            .set_response_timeout(None)
            .set_connection_timeout(Some(CONNECT));
        let node = self
            .node
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let elsewhere = node.as_deref().and_then(|node| self.client_at(node));
        let client = elsewhere.as_ref().unwrap_or(&self.client);
        client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }

    /// A client of another node, with the same credentials.
    fn client_at(&self, node: &str) -> Option<Client> {
        let (host, port) = node.rsplit_once(':')?;
        let port = port.parse().ok()?;
        let known = self.client.get_connection_info();
        let host = match (host, known.addr()) {
            // The host that answered.
            ("", ConnectionAddr::Tcp(host, _)) => host.clone(),
            ("", _) => return None,
            (host, _) => host.to_owned(),
        };
        let info = known.clone().set_addr(ConnectionAddr::Tcp(host, port));
        Client::open(info).ok()
    }
}

impl std::fmt::Debug for Link {
    /// Nothing of the address, which may have a password in it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link")
            .field("is_up", &self.is_up())
            .finish_non_exhaustive()
    }
}
