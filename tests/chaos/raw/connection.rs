use std::net::SocketAddr;

use super::{Request, Response, http1::Http1, http2::Http2};
use crate::caller::Means;

/// A caller's connection to the gateway, made anew after some calls.
pub(crate) struct Connection {
    addr: SocketAddr,
    means: Means,
    calls: usize,
    http1: Option<Http1>,
    http2: Option<Http2>,
}

/// After so many calls a connection is closed.
const CALLS: usize = 16;

impl Connection {
    pub(crate) fn new(addr: SocketAddr, means: Means) -> Self {
        Self {
            addr,
            means,
            calls: 0,
            http1: None,
            http2: None,
        }
    }

    pub(crate) async fn send(&mut self, request: Request) -> Result<Response, String> {
        let old = self.calls.is_multiple_of(CALLS);
        self.calls += 1;
        let (mut http1, mut http2) = (self.http1.take(), self.http2.take());
        let sent = match self.means {
            Means::Http2 => {
                let kept = http2.take().filter(|_| !old);
                let mut fresh = match kept {
                    Some(kept) => kept,
                    None => Http2::connect(self.addr).await?,
                };
                let sent = fresh.send(request).await;
                http2 = Some(fresh);
                sent
            }
            _ => {
                let kept = http1.take().filter(|_| !old);
                let mut fresh = match kept {
                    Some(kept) => kept,
                    None => Http1::connect(self.addr).await?,
                };
                let sent = fresh.send(request).await;
                http1 = Some(fresh);
                sent
            }
        };
        // After a failure nobody knows what the connection is good for.
        if sent.is_ok() {
            (self.http1, self.http2) = (http1, http2);
        }
        sent
    }
}
