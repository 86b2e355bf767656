//! Callers without a package: requests and answers as they are on the wire.

mod anthropic;
mod connection;
mod gemini;
mod http1;
mod http2;
mod openai;
mod sse;

use std::net::SocketAddr;

use serde_json::Value;
use tokio::{sync::mpsc::UnboundedSender, time::Instant};
use tower_genai::sim::Dialect;

use self::connection::Connection;
use super::{
    answer::{Answer, Told},
    caller::Caller,
    question,
};

/// A request before it has a form on the wire.
pub(crate) struct Request {
    path: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Value,
}

/// A response of which every byte has come.
pub(crate) struct Response {
    status: u16,
    content_type: String,
    body: Vec<u8>,
}

/// Makes a caller's calls, one after the other.
pub(crate) async fn run(addr: SocketAddr, caller: Caller, say: UnboundedSender<Told>) {
    let mut connection = Connection::new(addr, caller.means);
    for number in caller.numbers.clone() {
        let begun = Instant::now();
        let answer = call(&mut connection, &caller, number).await;
        let millis = begun.elapsed().as_secs_f64() * 1_000.0;
        let (answer, error) = match answer {
            Ok(answer) => (Some(answer), None),
            Err(why) => (None, Some(why)),
        };
        let told = Told {
            number,
            error,
            answer,
            millis,
        };
        say.send(told).unwrap();
    }
}

async fn call(
    connection: &mut Connection,
    caller: &Caller,
    number: usize,
) -> Result<Answer, String> {
    let streams = Caller::streams(number);
    let (system, user) = (question::system(number), question::user(number));
    let request = match caller.dialect {
        Dialect::OpenAi => openai::request(&system, &user, streams),
        Dialect::Anthropic => anthropic::request(&system, &user, streams),
        _ => gemini::request(&system, &user, streams),
    };
    let response = connection.send(request.key(caller)).await?;
    if response.status != 200 {
        let body = String::from_utf8_lossy(&response.body);
        return Err(format!("{} {body}", response.status));
    }
    let wanted = if streams {
        "text/event-stream"
    } else {
        "application/json"
    };
    if !response.content_type.starts_with(wanted) {
        return Err(format!("{wanted} is {}", response.content_type));
    }
    if streams {
        let events = sse::events(&response.body)?;
        return match caller.dialect {
            Dialect::OpenAi => openai::streamed(&events),
            Dialect::Anthropic => anthropic::streamed(&events),
            _ => gemini::streamed(&events),
        };
    }
    let body: Value = serde_json::from_slice(&response.body).map_err(|why| why.to_string())?;
    match caller.dialect {
        Dialect::OpenAi => openai::whole(&body),
        Dialect::Anthropic => anthropic::whole(&body),
        _ => gemini::whole(&body),
    }
}

impl Request {
    fn key(mut self, caller: &Caller) -> Self {
        let key = caller.key();
        self.headers.push(match caller.dialect {
            Dialect::OpenAi => ("authorization", format!("Bearer {key}")),
            Dialect::Anthropic => ("x-api-key", key),
            _ => ("x-goog-api-key", key),
        });
        self
    }
}

/// A text within an answer.
fn text<'a>(value: &'a Value, what: &str) -> Result<&'a str, String> {
    value.as_str().ok_or_else(|| format!("no {what}: {value}"))
}

/// A number within an answer.
fn count(value: &Value, what: &str) -> Result<u64, String> {
    value.as_u64().ok_or_else(|| format!("no {what}: {value}"))
}

/// Says what is wrong, where this does not hold.
fn holds(it: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if it { Ok(()) } else { Err(what()) }
}
