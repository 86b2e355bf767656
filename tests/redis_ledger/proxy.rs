use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::AbortHandle,
    time::sleep,
};

/// What happens to a command of a ledger on its way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Act {
    Pass,
    /// The server never sees it; this comes back.
    Say(&'static str),
    /// The server does it later.
    Delay(Duration),
    /// The server never sees it, and the connection is closed.
    Cut,
    /// The server does it, and nothing comes back, nor does anything after it on this connection.
    Swallow,
    /// The server does it, and the connection is closed.
    CutAfter,
    /// The server does it, and half of its answer comes back before the connection is closed.
    CutWithin,
    /// The server does it twice, one right after the other; the first answer comes back.
    Twice,
    /// Nothing at all happens, for ever.
    Stall,
}

type Plan = Box<dyn FnMut(&str) -> Act + Send>;

/// Stands between a ledger and its server.
pub(crate) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

struct Shared {
    plan: Mutex<Plan>,
    scripts: AtomicUsize,
    delayed: AtomicUsize,
    connections: AtomicUsize,
}

impl Proxy {
    pub(crate) async fn start(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            plan: Mutex::new(Box::new(|_| Act::Pass)),
            scripts: AtomicUsize::new(0),
            delayed: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
        });
        let its = Arc::clone(&shared);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                its.connections.fetch_add(1, Ordering::SeqCst);
                let shared = Arc::clone(&its);
                tokio::spawn(async move {
                    // Either side may end it.
                    let _ = carry(client, server, &shared).await;
                });
            }
        });
        Self {
            port,
            shared,
            accepting: accepting.abort_handle(),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// From now on this says what happens to each script that is run.
    pub(crate) fn plan(&self, plan: impl FnMut(&str) -> Act + Send + 'static) {
        *self.shared.plan.lock().unwrap() = Box::new(plan);
    }

    /// The next scripts meet these, and those after them pass.
    pub(crate) fn next(&self, acts: impl IntoIterator<Item = Act>) {
        let mut acts = acts.into_iter().collect::<Vec<_>>().into_iter();
        self.plan(move |_| acts.next().unwrap_or(Act::Pass));
    }

    pub(crate) fn pass(&self) {
        self.plan(|_| Act::Pass);
    }

    /// How many scripts were run so far.
    pub(crate) fn scripts(&self) -> usize {
        self.shared.scripts.load(Ordering::SeqCst)
    }

    /// How many scripts are held back now; one that no longer is has been run.
    pub(crate) fn delayed(&self) -> usize {
        self.shared.delayed.load(Ordering::SeqCst)
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn carry(client: TcpStream, port: u16, shared: &Shared) -> io::Result<()> {
    client.set_nodelay(true)?;
    let server = TcpStream::connect(("127.0.0.1", port)).await?;
    server.set_nodelay(true)?;
    let (client, mut to_client) = client.into_split();
    let (server, mut to_server) = server.into_split();
    let (mut client, mut server) = (BufReader::new(client), BufReader::new(server));
    loop {
        let command = read(&mut client).await?;
        let text = String::from_utf8_lossy(&command);
        let name = text.split("\r\n").nth(2).unwrap_or_default().to_owned();
        let act = if name.starts_with("EVAL") {
            shared.scripts.fetch_add(1, Ordering::SeqCst);
            (shared.plan.lock().unwrap())(&name)
        } else {
            Act::Pass
        };
        match act {
            Act::Pass => {}
            Act::Say(error) => {
                to_client
                    .write_all(format!("-{error}\r\n").as_bytes())
                    .await?;
                continue;
            }
            Act::Delay(time) => {
                shared.delayed.fetch_add(1, Ordering::SeqCst);
                sleep(time).await;
                let answer = done(&mut to_server, &mut server, &command).await;
                shared.delayed.fetch_sub(1, Ordering::SeqCst);
                to_client.write_all(&answer?).await?;
                continue;
            }
            Act::Cut => return Ok(()),
            Act::Stall => std::future::pending().await,
            Act::Swallow => {
                done(&mut to_server, &mut server, &command).await?;
                std::future::pending().await
            }
            Act::CutAfter => {
                done(&mut to_server, &mut server, &command).await?;
                return Ok(());
            }
            Act::CutWithin => {
                let answer = done(&mut to_server, &mut server, &command).await?;
                return to_client.write_all(&answer[..answer.len() / 2]).await;
            }
            Act::Twice => {
                let answer = done(&mut to_server, &mut server, &command).await?;
                done(&mut to_server, &mut server, &command).await?;
                to_client.write_all(&answer).await?;
                continue;
            }
        }
        let answer = done(&mut to_server, &mut server, &command).await?;
        to_client.write_all(&answer).await?;
    }
}

async fn done(
    to_server: &mut OwnedWriteHalf,
    server: &mut BufReader<OwnedReadHalf>,
    command: &[u8],
) -> io::Result<Vec<u8>> {
    to_server.write_all(command).await?;
    read(server).await
}

/// One value of the protocol, as it stands on the wire.
async fn read(from: &mut BufReader<OwnedReadHalf>) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut left = 1_usize;
    while left > 0 {
        left -= 1;
        let start = all.len();
        if from.read_until(b'\n', &mut all).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = String::from_utf8_lossy(&all[start + 1..]).trim().to_owned();
        let count = usize::try_from(line.parse::<i64>().unwrap_or(0)).unwrap_or(0);
        match all[start] {
            b'*' => left += count,
            b'$' if !line.starts_with('-') => {
                let start = all.len();
                all.resize(start + count + 2, 0);
                from.read_exact(&mut all[start..]).await?;
            }
            _ => {}
        }
    }
    Ok(all)
}
