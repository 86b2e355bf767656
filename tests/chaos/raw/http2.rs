use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use super::{Request, Response};

/// A connection that speaks HTTP/2 from its first byte on.
pub(crate) struct Http2 {
    sender: SendRequest<Full<Bytes>>,
}

impl Http2 {
    pub(crate) async fn connect(addr: SocketAddr) -> Result<Self, String> {
        let stream = TcpStream::connect(addr).await;
        let stream = stream.map_err(|why| format!("not connected: {why}"))?;
        stream.set_nodelay(true).map_err(|why| why.to_string())?;
        let made = handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
        let (sender, connection) = made.map_err(|why| format!("no HTTP/2: {why}"))?;
        // How it ends is told by the answers on it.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        Ok(Self { sender })
    }

    pub(crate) async fn send(&mut self, request: Request) -> Result<Response, String> {
        let mut post = http::Request::post(format!("http://gateway{}", request.path))
            .header("content-type", "application/json");
        for (name, value) in &request.headers {
            post = post.header(*name, value);
        }
        let body = Full::from(request.body.to_string());
        let post = post.body(body).map_err(|why| why.to_string())?;
        let answer = self.sender.send_request(post).await;
        let answer = answer.map_err(|why| format!("no answer: {why:?}"))?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await;
        let body = body.map_err(|why| format!("the answer breaks off: {why:?}"))?;
        let content_type = parts.headers.get("content-type");
        let content_type = content_type.and_then(|value| value.to_str().ok());
        Ok(Response {
            status: parts.status.as_u16(),
            content_type: content_type.unwrap_or("").to_owned(),
            body: body.to_bytes().to_vec(),
        })
    }
}
