//! Connections over HTTP/1.1 that break after the request was written.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::rig::{Rig, http1};

/// A provider that answers the first so many requests of a connection with 503 and then closes it, request read and not
/// answered.
async fn closing_after(answers: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                for _ in 0..answers {
                    request(&mut stream).await?;
                    let busy = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
                    stream.write_all(busy).await?;
                }
                request(&mut stream).await
            });
        }
    });
    base_url
}

/// Reads a request whole.
async fn request(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let lengths = head
                .lines()
                .filter_map(|line| line.strip_prefix("content-length: "));
            let length: usize = lengths.map(|length| length.parse().unwrap_or(0)).sum();
            assert!(length > 0, "{head}");
            if body.len() >= length {
                return Ok(());
            }
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

#[tokio::test]
async fn a_connection_that_closes_before_the_head_may_have_been_read() {
    let rig = Rig::new(&closing_after(0).await).await;
    rig.may_be_sent(http1()).await;
}

/// It was kept open, and its end is no proof of anything: the request has left.
#[tokio::test]
async fn a_connection_that_was_used_before_is_no_excuse() {
    let rig = Rig::new(&closing_after(1).await).await;
    let client = http1();
    // Answered, so that the connection is kept.
    for _ in 0..2 {
        let failures = rig.ask(client.clone(), false).await;
        assert!(failures.iter().all(|failure| failure.sent), "{failures:?}");
    }
}
