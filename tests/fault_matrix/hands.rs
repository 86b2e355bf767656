//! Providers by hand, and what stands between us and a sim.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
};

/// What a provider by hand does once it has read a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Hand {
    /// It writes this, and the connection is reset.
    Reset(&'static str),
    /// It writes this and closes its side; what comes from the other is still read.
    HalfClose(&'static str),
}

/// What is done to the bytes of a sim's answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Twist {
    /// This comes first, so many times.
    First(&'static str, usize),
    /// Trailers with an error, where the answer has an end that takes some.
    Trailers,
    /// The provider's side of the connection closes after so many events; of a whole answer, within its body.
    HalfClose(u64),
}

/// Somewhere to listen.
async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    (listener, addr)
}

/// An address at which nobody listens, and nobody else can as long as the socket lives.
pub(crate) fn nobody() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let addr = socket.local_addr().unwrap();
    (socket, addr)
}

pub(crate) async fn by_hand(hand: Hand) -> SocketAddr {
    let (listener, addr) = listen().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, hand));
        }
    });
    addr
}

async fn answer(mut stream: TcpStream, hand: Hand) -> io::Result<()> {
    request(&mut stream).await?;
    match hand {
        Hand::Reset(bytes) => {
            stream.write_all(bytes.as_bytes()).await?;
            // What was written is to arrive before the reset, which overtakes it.
            stream.flush().await?;
            tokio::task::yield_now().await;
            stream.set_zero_linger()
        }
        Hand::HalfClose(bytes) => {
            stream.write_all(bytes.as_bytes()).await?;
            stream.shutdown().await?;
            tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
            Ok(())
        }
    }
}

/// Reads a request whole.
async fn request(stream: &mut TcpStream) -> io::Result<()> {
    let mut bytes = Vec::new();
    while stream.read_buf(&mut bytes).await? > 0 {
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let head = head.to_ascii_lowercase();
        let lengths = head
            .lines()
            .filter_map(|line| line.strip_prefix("content-length: "));
        let length: usize = lengths.map(|length| length.parse().unwrap_or(0)).sum();
        if body.len() >= length {
            break;
        }
    }
    Ok(())
}

/// Stands in front of a sim.
pub(crate) async fn between(sim: SocketAddr, twist: Twist) -> SocketAddr {
    let (listener, addr) = listen().await;
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let server = TcpStream::connect(sim).await?;
                let (from_server, mut to_server) = server.into_split();
                let (mut from_client, to_client) = client.into_split();
                let there = tokio::io::copy(&mut from_client, &mut to_server);
                let back = twisted(from_server, to_client, twist);
                tokio::try_join!(there, back)
            });
        }
    });
    addr
}

async fn twisted(
    mut from: impl AsyncRead + Unpin,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    twist: Twist,
) -> io::Result<()> {
    let mut answer = Vec::new();
    let mut written = 0;
    while from.read_buf(&mut answer).await? > 0 {
        if written == 0
            && let Twist::First(bytes, times) = twist
        {
            to.write_all(bytes.repeat(times).as_bytes()).await?;
        }
        let mut end = answer.len();
        match twist {
            Twist::Trailers if answer.ends_with(b"\r\n0\r\n\r\n") => {
                to.write_all(&answer[written..end - 2]).await?;
                to.write_all(b"x-error: the provider failed\r\n\r\n")
                    .await?;
                written = end;
                continue;
            }
            Twist::HalfClose(events) => {
                let Some(last) = place(&answer, events) else {
                    continue;
                };
                end = last;
            }
            Twist::Trailers | Twist::First(..) => {}
        }
        to.write_all(&answer[written..end]).await?;
        written = end;
        if matches!(twist, Twist::HalfClose(_)) {
            to.shutdown().await?;
            return std::future::pending().await;
        }
    }
    to.shutdown().await
}

/// Behind so many events of an answer; of a whole one within its body.
fn place(answer: &[u8], events: u64) -> Option<usize> {
    let text = String::from_utf8_lossy(answer);
    let head = text.find("\r\n\r\n")? + 4;
    if !text[..head].contains("text/event-stream") {
        return (answer.len() > head + 8).then_some(head + 8);
    }
    let mut at = head;
    for _ in 0..events {
        // Google's lines end with CR LF.
        let ends = ["\n\n", "\r\n\r\n"].map(|end| Some(text[at..].find(end)? + end.len()));
        at += ends.into_iter().flatten().min()?;
    }
    Some(at)
}
