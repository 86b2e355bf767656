//! Providers that speak HTTP/2 by hand, to say what no server would on request.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub(crate) const NO_ERROR: u32 = 0;
pub(crate) const INTERNAL_ERROR: u32 = 2;
pub(crate) const REFUSED_STREAM: u32 = 7;
pub(crate) const CANCEL: u32 = 8;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
/// Of a SETTINGS frame: an acknowledgement. Of DATA and HEADERS: the last frame of a stream.
const LAST: u8 = 1;
const END_HEADERS: u8 = 4;

/// What comes of a request that was read to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Then {
    /// Its stream is reset.
    Reset(u32),
    /// The provider goes away, and has looked at no request beyond this one.
    GoAway(u32, u32),
    /// The same, and the connection closes.
    GoAwayAndClose(u32, u32),
    /// The head of a stream of events, a comment, and then a reset.
    BeginAndReset(u32),
    /// The connection closes.
    Close,
}

/// A provider that answers every request so.
pub(crate) struct Provider {
    pub(crate) base_url: String,
    requests: Arc<AtomicUsize>,
}

impl Provider {
    pub(crate) async fn start(then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let counter = Arc::clone(&counter);
                // A client that leaves ends its connection.
                tokio::spawn(async move { serve(stream, then, &counter).await.ok() });
            }
        });
        Self { base_url, requests }
    }

    /// How many requests have come whole.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, then: Then, requests: &AtomicUsize) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await?;
    assert_eq!(&preface, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let [a, b, c, kind, flags, id @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        stream.read_exact(&mut payload).await?;
        match kind {
            SETTINGS if flags & LAST == 0 => {
                stream.write_all(&frame(SETTINGS, LAST, 0, &[])).await?;
            }
            DATA | HEADERS if flags & LAST != 0 => {
                requests.fetch_add(1, Ordering::SeqCst);
                let id = u32::from_be_bytes(id);
                stream.write_all(&then.frames(id)).await?;
                if matches!(then, Then::Close | Then::GoAwayAndClose(..)) {
                    return stream.shutdown().await;
                }
            }
            _ => {}
        }
    }
}

impl Then {
    fn frames(self, id: u32) -> Vec<u8> {
        let reset = |code: u32| frame(RST_STREAM, 0, id, &code.to_be_bytes());
        match self {
            Self::Reset(code) => reset(code),
            Self::GoAway(last, code) | Self::GoAwayAndClose(last, code) => {
                let payload = [last.to_be_bytes(), code.to_be_bytes()].concat();
                frame(GOAWAY, 0, 0, &payload)
            }
            Self::BeginAndReset(code) => {
                let head = frame(HEADERS, END_HEADERS, id, &response_head());
                let comment = frame(DATA, 0, id, b": hello\n\n");
                [head, comment, reset(code)].concat()
            }
            Self::Close => Vec::new(),
        }
    }
}

/// `:status: 200` and a `content-type`, without any compression but the static table.
fn response_head() -> Vec<u8> {
    const TYPE: &[u8] = b"text/event-stream";
    let mut block = vec![0x88, 0x0f, 0x10, u8::try_from(TYPE.len()).unwrap()];
    block.extend_from_slice(TYPE);
    block
}

fn frame(kind: u8, flags: u8, id: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(id.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}
