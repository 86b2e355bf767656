use std::{collections::HashMap, fmt, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, RedisError, Script, Value,
    aio::MultiplexedConnection, cmd,
};
use tokio::{sync::Mutex, time::timeout};

use super::super::StoreError;

/// How often a command is sent to another node before it is given up.
const MOVES: usize = 4;
/// So many tags and nodes are remembered.
const REMEMBERED: usize = 16_384;

/// The connections to the server, or to the nodes of a cluster.
pub(super) struct Link {
    client: Client,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// By the node's address; the server that was named is "".
    connections: HashMap<Box<str>, MultiplexedConnection>,
    /// Which node has what, where the server has said so.
    nodes: HashMap<Box<str>, Box<str>>,
}

/// A script and what Redis knows it by.
#[derive(Debug)]
pub(super) struct Program {
    source: &'static str,
    hash: String,
}

impl Program {
    pub(super) fn new(source: &'static str) -> Self {
        let hash = Script::new(source).get_hash().to_owned();
        Self { source, hash }
    }
}

impl Link {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            known: Mutex::default(),
        }
    }

    /// Runs a script where the keys of a tag lie.
    pub(super) async fn run(
        &self,
        program: &Program,
        tag: &str,
        keys: [String; 2],
        arguments: &[String],
        deadline: Duration,
    ) -> Result<Value, StoreError> {
        let mut known = self.known.lock().await;
        let mut by_hash = true;
        for _ in 0..MOVES {
            let node = known.nodes.get(tag).cloned().unwrap_or_default();
            let mut command = cmd(if by_hash { "EVALSHA" } else { "EVAL" });
            command.arg(if by_hash {
                &program.hash
            } else {
                program.source
            });
            command.arg(keys.len()).arg(&keys).arg(arguments);
            let answer = match timeout(deadline, self.send(&mut known, &node, &command)).await {
                Ok(answer) => answer,
                Err(_) => {
                    known.connections.remove(&node);
                    return Err(StoreError::unavailable("Redis does not answer in time"));
                }
            };
            let error = match answer {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if let Some((address, _)) = error.redirect_node() {
                if known.nodes.len() < REMEMBERED {
                    known.nodes.insert(tag.into(), address.into());
                }
                continue;
            }
            if error.code() == Some("NOSCRIPT") && by_hash {
                by_hash = false;
                continue;
            }
            // One that is of no use any more is made anew the next time, and found anew.
            known.connections.remove(&node);
            known.nodes.remove(tag);
            return Err(StoreError::unavailable(reason(&error)));
        }
        Err(StoreError::unavailable("Redis sends from node to node"))
    }

    async fn send(
        &self,
        known: &mut Known,
        node: &str,
        command: &Cmd,
    ) -> Result<Value, RedisError> {
        if !known.connections.contains_key(node) {
            let config = AsyncConnectionConfig::new()
                // Each command bounds its own wait.
                .set_response_timeout(None)
                .set_connection_timeout(None);
            let elsewhere = self.client_at(node);
            let client = elsewhere.as_ref().unwrap_or(&self.client);
            let made = client
                .get_multiplexed_async_connection_with_config(&config)
                .await?;
            known.connections.insert(node.into(), made);
        }
        let Some(connection) = known.connections.get_mut(node) else {
            return Ok(Value::Nil);
        };
        let answer = connection.send_packed_command(command).await;
        answer.and_then(Value::extract_error)
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

/// Only codes are taken from an error: its text may quote what was sent, or the address.
fn reason(error: &RedisError) -> String {
    match error.code() {
        Some(code) => format!("Redis answers {code}"),
        None => "Redis cannot be reached".to_owned(),
    }
}

impl fmt::Debug for Link {
    /// Nothing of the address, which may have a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}
