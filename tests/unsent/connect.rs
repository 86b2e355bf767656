//! Connections that are never made.

use std::{io, time::Duration};

use http::Uri;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
};
use tower_genai::Body;

use crate::rig::{Rig, http1, http2, is_ill};

async fn to(uri: &Uri) -> io::Result<TokioIo<TcpStream>> {
    let authority = uri.authority().unwrap().as_str();
    TcpStream::connect(authority).await.map(TokioIo::new)
}

#[tokio::test]
async fn a_refused_connection_is_none() {
    // It is bound so that nobody else gets its address, and does not listen.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let nobody = format!("http://{}/v1", socket.local_addr().unwrap());
    let rig = Rig::new(&nobody).await;
    rig.is_unsent(http1()).await;
    rig.is_unsent(http2()).await;
}

#[tokio::test]
async fn a_name_that_nobody_knows_leads_nowhere() {
    // `.invalid` is for names that are none; what a resolver of the machine's does is not what this is about.
    let resolver = tower::service_fn(
        |name: hyper_util::client::legacy::connect::dns::Name| async move {
            match name.as_str() {
                "ill.test" => Err(io::Error::other("no such name")),
                _ => Ok(std::iter::once(([127, 0, 0, 1], 0).into())),
            }
        },
    );
    let connector = hyper_util::client::legacy::connect::HttpConnector::new_with_resolver(resolver);
    let client: Client<_, Body> = Client::builder(TokioExecutor::new()).build(connector);
    let rig = Rig::new("http://ill.test/v1").await;
    rig.is_unsent(client).await;
}

#[tokio::test]
async fn a_connection_that_takes_too_long_is_given_up() {
    let connector = tower::service_fn(|uri: Uri| {
        Box::pin(async move {
            if is_ill(&uri) {
                let never = std::future::pending::<io::Result<_>>();
                return tokio::time::timeout(Duration::from_millis(5), never).await?;
            }
            to(&uri).await
        })
    });
    let client: Client<_, Body> = Client::builder(TokioExecutor::new()).build(connector);
    let rig = Rig::new("http://ill.test/v1").await;
    rig.is_unsent(client).await;
}

/// What stands for a TLS handshake: the connector writes, and what it reads is none.
#[tokio::test]
async fn a_handshake_that_fails_is_before_any_request() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let garbage = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 64]).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let connector = tower::service_fn(move |uri: Uri| {
        Box::pin(async move {
            if !is_ill(&uri) {
                return to(&uri).await;
            }
            let mut stream = TcpStream::connect(garbage).await?;
            stream.write_all(b"\x16\x03\x01 hello").await?;
            match stream.read_u8().await? {
                0x16 => Ok(TokioIo::new(stream)),
                _ => Err(io::Error::new(io::ErrorKind::InvalidData, "not TLS")),
            }
        })
    });
    let client: Client<_, Body> = Client::builder(TokioExecutor::new()).build(connector);
    let rig = Rig::new("https://ill.test/v1").await;
    rig.is_unsent(client).await;
}
