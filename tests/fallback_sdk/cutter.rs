use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A provider that cuts each stream before its first content, and hangs up on all other calls. It bills nothing.
pub(crate) struct Cutter {
    pub(crate) addr: SocketAddr,
    streamed: Arc<AtomicUsize>,
    hung_up: Arc<AtomicUsize>,
}

impl Cutter {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let cutter = Self {
            addr: listener.local_addr().unwrap(),
            streamed: Arc::default(),
            hung_up: Arc::default(),
        };
        let (streamed, hung_up) = (Arc::clone(&cutter.streamed), Arc::clone(&cutter.hung_up));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (streamed, hung_up) = (Arc::clone(&streamed), Arc::clone(&hung_up));
                tokio::spawn(async move {
                    match cut(stream).await {
                        Some(true) => streamed.fetch_add(1, Ordering::SeqCst),
                        Some(false) => hung_up.fetch_add(1, Ordering::SeqCst),
                        None => 0,
                    }
                });
            }
        });
        cutter
    }

    /// How many streams were cut, and how many other calls were hung up on.
    pub(crate) fn calls(&self) -> (usize, usize) {
        let count = |calls: &AtomicUsize| calls.load(Ordering::SeqCst);
        (count(&self.streamed), count(&self.hung_up))
    }
}

/// Reads a request and breaks off; says whether a stream was asked for.
async fn cut(mut stream: TcpStream) -> Option<bool> {
    let mut request = Vec::new();
    let text = loop {
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let head = head.to_ascii_lowercase();
        let length = head.split_once("content-length: ")?.1;
        let length: usize = length.lines().next()?.trim().parse().ok()?;
        if body.len() >= length {
            break body.to_owned();
        }
    };
    let streams = text.replace(' ', "").contains("\"stream\":true");
    if streams {
        let role = "data: {\"model\":\"m3\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n";
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{role}\r\n",
            role.len()
        );
        stream.write_all(answer.as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
    }
    Some(streams)
}
