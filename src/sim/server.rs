use std::{
    fmt, io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    time::Duration,
};

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::{JoinHandle, JoinSet},
};

use super::{Bill, Dialect, Event, Fault, Recorded, Times, route, state::State};

/// A simulated provider that is up.
///
/// Clones are the same provider. It stops when the last of them is dropped.
#[derive(Clone)]
pub struct Server {
    up: Arc<Up>,
}

struct Up {
    state: Arc<State>,
    addr: SocketAddr,
    stop: Arc<Notify>,
    accepting: Mutex<Option<JoinHandle<()>>>,
}

impl Server {
    pub(crate) fn start(state: Arc<State>, listener: TcpListener) -> io::Result<Self> {
        let addr = listener.local_addr()?;
        let stop = Arc::new(Notify::new());
        let accepting = tokio::spawn(accept(state.clone(), listener, stop.clone()));
        let up = Up {
            state,
            addr,
            stop,
            accepting: Mutex::new(Some(accepting)),
        };
        Ok(Self { up: Arc::new(up) })
    }

    /// The provider's name.
    pub fn name(&self) -> &str {
        &self.up.state.name
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.up.addr
    }

    /// What the vendor's own clients take as their base URL: `http://127.0.0.1:PORT/v1` for OpenAI's,
    /// without a path for Anthropic's and Google's.
    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.up.addr, self.dialect().base_path())
    }

    /// The API that it speaks.
    pub fn dialect(&self) -> Dialect {
        self.up.state.dialect
    }

    /// The bill up to now.
    ///
    /// A call stands on it before its end is told as an [`Event`].
    pub fn bill(&self) -> Bill {
        self.up.state.log.bill()
    }

    /// The requests that were received, oldest first.
    pub fn calls(&self) -> Vec<Recorded> {
        self.up.state.log.calls()
    }

    /// What happened up to now, oldest first.
    pub fn events(&self) -> Vec<Event> {
        self.up.state.log.events()
    }

    /// Waits for the first event, past or coming, of which `wanted` is true.
    ///
    /// Cancelling this loses nothing.
    pub async fn event(&self, wanted: impl FnMut(&Event) -> bool) -> Event {
        self.up.state.log.wait(wanted).await
    }

    /// Lets calls go wrong. Faults for a number of calls come first, in the order in which they
    /// were given; the last one for [`Times::Always`] hits all other calls.
    ///
    /// Only calls for an answer that are otherwise in order take a fault.
    pub fn fail(&self, fault: Fault, times: Times) {
        self.up.state.queue(|queue| queue.push(fault, times));
    }

    /// Takes all faults back that wait for calls.
    pub fn heal(&self) {
        self.up.state.queue(|queue| queue.clear());
    }

    /// Closes the port and all connections, and returns when they are closed. Calls that were
    /// under way count as [`Event::Failed`]. The bill and the log can still be read.
    pub async fn stop(&self) {
        self.up.state.stopping.store(true, Ordering::Release);
        self.up.stop.notify_one();
        let accepting = self.up.accepting();
        if let Some(accepting) = accepting {
            // An error means that it was ended already.
            let _ = accepting.await;
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("name", &self.name())
            .field("addr", &self.addr())
            .finish_non_exhaustive()
    }
}

impl Up {
    fn accepting(&self) -> Option<JoinHandle<()>> {
        let mut accepting = self
            .accepting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        accepting.take()
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        self.state.stopping.store(true, Ordering::Release);
        if let Some(accepting) = self.accepting() {
            accepting.abort();
        }
    }
}

async fn accept(state: Arc<State>, listener: TcpListener, stop: Arc<Notify>) {
    let mut connections = JoinSet::new();
    let mut number = 0;
    loop {
        tokio::select! {
            () = stop.notified() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    number += 1;
                    connections.spawn(serve(state.clone(), number, stream));
                }
                // Out of descriptors, most likely: others must close first.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn serve(state: Arc<State>, number: u64, stream: TcpStream) {
    // A socket that is gone already shows when it is used.
    let _ = stream.set_nodelay(true);
    // Google's service is there by gRPC too.
    #[cfg(feature = "grpc")]
    if state.dialect == Dialect::Gemini {
        return super::grpc::serve(state, number, stream).await;
    }
    let service = service_fn(move |request| route::handle(state.clone(), number, request));
    let server = auto::Builder::new(TokioExecutor::new());
    // Errors are what the client did, or what a fault asked for; the calls tell of them.
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}
