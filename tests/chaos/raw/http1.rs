use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{Request, Response, holds};

/// A socket on which requests are written by hand, and answers read to their last byte.
pub(crate) struct Http1 {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Http1 {
    pub(crate) async fn connect(addr: SocketAddr) -> Result<Self, String> {
        let stream = TcpStream::connect(addr).await;
        let stream = stream.map_err(|why| format!("not connected: {why}"))?;
        stream.set_nodelay(true).map_err(|why| why.to_string())?;
        Ok(Self {
            stream,
            read: Vec::new(),
        })
    }

    pub(crate) async fn send(&mut self, request: Request) -> Result<Response, String> {
        let body = request.body.to_string();
        let mut head = format!(
            "POST {} HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
            request.path,
            body.len()
        );
        for (name, value) in &request.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let whole = format!("{head}\r\n{body}");
        let written = self.stream.write_all(whole.as_bytes()).await;
        written.map_err(|why| format!("not written: {why}"))?;
        self.response().await
    }

    async fn response(&mut self) -> Result<Response, String> {
        let head = self.until(b"\r\n\r\n").await?;
        let head = String::from_utf8(head).map_err(|why| why.to_string())?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 "));
        let status = status.and_then(|rest| rest.get(..3)?.parse().ok());
        let status = status.ok_or_else(|| format!("no status: {head:?}"))?;
        let headers: Vec<_> = lines.filter_map(|line| line.split_once(": ")).collect();
        let header = |name: &str| {
            let mut headers = headers.iter();
            let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| *value)
        };
        let body = match (header("content-length"), header("transfer-encoding")) {
            (Some(length), None) => {
                let length = length.parse().map_err(|_| format!("length {length:?}"))?;
                self.exactly(length).await?
            }
            (None, Some("chunked")) => self.chunks().await?,
            other => return Err(format!("a body of {other:?}")),
        };
        // Nothing more was asked.
        let left = self.read.len();
        holds(left == 0, || format!("{left} bytes after the answer"))?;
        Ok(Response {
            status,
            content_type: header("content-type").unwrap_or("").to_owned(),
            body,
        })
    }

    async fn chunks(&mut self) -> Result<Vec<u8>, String> {
        let mut body = Vec::new();
        loop {
            let line = self.until(b"\r\n").await?;
            let line = String::from_utf8_lossy(&line).into_owned();
            let length = usize::from_str_radix(line.trim_end(), 16);
            let length = length.map_err(|_| format!("a chunk of {line:?}"))?;
            body.extend(self.exactly(length).await?);
            let end = self.exactly(2).await?;
            holds(end == b"\r\n", || format!("a chunk ends with {end:?}"))?;
            if length == 0 {
                return Ok(body);
            }
        }
    }

    /// The next bytes up to a mark and with it.
    async fn until(&mut self, mark: &[u8]) -> Result<Vec<u8>, String> {
        loop {
            let found = self.read.windows(mark.len()).position(|part| part == mark);
            if let Some(at) = found {
                return Ok(self.read.drain(..at + mark.len()).collect());
            }
            self.more().await?;
        }
    }

    async fn exactly(&mut self, length: usize) -> Result<Vec<u8>, String> {
        while self.read.len() < length {
            self.more().await?;
        }
        Ok(self.read.drain(..length).collect())
    }

    async fn more(&mut self) -> Result<(), String> {
        let read = self.stream.read_buf(&mut self.read).await;
        let read = read.map_err(|why| format!("not read: {why}"))?;
        let begun = self.read.len();
        holds(read > 0, || format!("closed after {begun} bytes unread"))
    }
}
