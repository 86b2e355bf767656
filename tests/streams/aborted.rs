//! A stream that breaks after it was begun, seen from a raw socket: chunks without the last one, a stream that is reset.

use std::{pin::Pin, time::Duration};

use http_body_util::BodyExt;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::{Ending, Form, Script, pairs, stack};

/// A gateway over a provider that says a word and then breaks, or is whole.
async fn connect(provider: Form, whole: bool) -> TcpStream {
    let none = Duration::ZERO;
    let script = match whole {
        true => provider.words(none, 3, none),
        false => Script::default()
            .say(none, provider.begin_text() + &provider.word())
            .ending(Ending::Broken),
    };
    let stack = stack(vec![(provider, script)]).boxed();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let server = auto::Builder::new(TokioExecutor::new());
        let service = TowerToHyperService::new(stack);
        let served = server.serve_connection(TokioIo::new(stream), service);
        let _ = Pin::from(Box::new(served)).await;
    });
    TcpStream::connect(addr).await.unwrap()
}

/// Path and body of a request.
async fn request(caller: Form) -> (String, Vec<u8>) {
    let (parts, body) = caller.request(true).into_parts();
    let path = parts.uri.path_and_query().unwrap().to_string();
    (path, body.collect().await.unwrap().to_bytes().into())
}

#[tokio::test]
async fn over_http_1_the_last_chunk_is_missing() {
    for (caller, provider) in pairs() {
        for whole in [true, false] {
            let mut socket = connect(provider, whole).await;
            let (path, body) = request(caller).await;
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            socket.write_all(head.as_bytes()).await.unwrap();
            socket.write_all(&body).await.unwrap();
            let mut answer = Vec::new();
            // Some systems report the abort as a reset.
            let _ = socket.read_to_end(&mut answer).await;
            let answer = String::from_utf8(answer).unwrap();
            let what = format!("{caller:?} at {provider:?}: {answer}");
            assert!(answer.starts_with("HTTP/1.1 200"), "{what}");
            assert!(answer.contains("transfer-encoding: chunked"), "{what}");
            assert!(answer.contains("word "), "{what}");
            assert_eq!(answer.ends_with("\r\n0\r\n\r\n"), whole, "{what}");
            assert_eq!(answer.contains("\"error\""), !whole, "{what}");
        }
    }
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// A header list without a table: `POST`, `http`, and the rest in clear.
fn head(path: &str) -> Vec<u8> {
    let mut head = vec![0x83, 0x86];
    for (name, value) in [(4, path), (1, "x"), (31, "application/json")] {
        match name {
            0..15 => head.push(name),
            _ => head.extend([15, name - 15]),
        }
        let length = u8::try_from(value.len()).unwrap();
        assert!(length < 127);
        head.push(length);
        head.extend(value.as_bytes());
    }
    head
}

#[tokio::test]
async fn over_http_2_the_stream_is_reset() {
    for (caller, provider) in pairs() {
        for whole in [true, false] {
            let mut socket = connect(provider, whole).await;
            let (path, body) = request(caller).await;
            let mut all = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
            all.extend(frame(SETTINGS, 0, 0, &[]));
            all.extend(frame(HEADERS, END_HEADERS, 1, &head(&path)));
            all.extend(frame(DATA, END_STREAM, 1, &body));
            socket.write_all(&all).await.unwrap();
            let (mut said, mut ended, mut reset) = (Vec::new(), false, false);
            while !ended && !reset {
                let mut head = [0; 9];
                socket.read_exact(&mut head).await.unwrap();
                let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
                let mut payload = vec![0; length as usize];
                socket.read_exact(&mut payload).await.unwrap();
                let (kind, flags) = (head[3], head[4]);
                match kind {
                    SETTINGS if flags & ACK == 0 => {
                        socket.write_all(&frame(SETTINGS, ACK, 0, &[])).await.unwrap();
                    }
                    DATA => said.extend(payload),
                    RST_STREAM => reset = true,
                    _ => {}
                }
                ended |= matches!(kind, DATA | HEADERS) && flags & END_STREAM != 0;
            }
            let said = String::from_utf8(said).unwrap();
            let what = format!("{caller:?} at {provider:?}: {said}");
            assert!(said.contains("word "), "{what}");
            assert_eq!((ended, reset), (whole, !whole), "{what}");
            assert_eq!(said.contains("\"error\""), !whole, "{what}");
        }
    }
}
