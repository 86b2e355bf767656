//! Providers on loopback that speak the real formats, keep their own bill, and fail on command.
//!
//! They are for tests, benches and examples that want a provider without a key: yours as well as
//! this crate's. Any client of OpenAI's chat completions, of Anthropic's messages or of Google's
//! `generateContent` can talk to one that speaks its [`Dialect`], over HTTP/1.1 or HTTP/2; with feature `grpc`, clients of Google's
//! `GenerativeService` too, whose calls are recorded as the same over HTTP.
//!
//! # Example
//!
//! ```
//! use tower_genai::sim::{Event, Fault, Model, Provider, Times};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let provider = Provider::new("zai")
//!     .key("sk-test")
//!     .model(Model::new("glm-5").price("1.00", "3.20").cached_price("0.20"))
//!     .start()
//!     .await?;
//! println!("base_url = {}", provider.base_url());
//!
//! // The next call is answered with 429, the one after it is served.
//! provider.fail(Fault::status(429), Times::Once);
//! # let send = || async {
//! #     use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! #     let body = r#"{"model":"glm-5","messages":[{"role":"user","content":"Hi"}],"max_tokens":5}"#;
//! #     let mut stream = tokio::net::TcpStream::connect(provider.addr()).await?;
//! #     let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-test";
//! #     let head = format!("{head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
//! #     stream.write_all((head + body).as_bytes()).await?;
//! #     let mut answer = String::new();
//! #     stream.read_to_string(&mut answer).await?;
//! #     std::io::Result::Ok(answer)
//! # };
//! # assert!(send().await?.starts_with("HTTP/1.1 429"));
//! # assert!(send().await?.starts_with("HTTP/1.1 200"));
//! // … two calls, by a client of your choice …
//!
//! provider.event(|event| matches!(event, Event::Finished { call: 2 })).await;
//! // "Hi" is 4 tokens by the provider's count, and the answer was cut at 5 by `max_tokens`:
//! // 4 x 1000 + 5 x 3200 billionths of a USD.
//! assert_eq!(provider.bill().total_usd(), "0.000020000");
//! # Ok(())
//! # }
//! ```
//!
//! # Answers
//!
//! They depend on model and prompt alone, whatever the dialect: 20 to 400 words, cut where the
//! caller's limit says. An answer to a prompt with images begins by telling how many there are.
//! When tools are offered and the user spoke last, a tool is called: the one that the caller names,
//! else the first; the first two at once if a message says "both". The arguments, and the answer to
//! a schema, are a small instance of the schema. A prompt's tokens are counted in a simple way: 3 for
//! a message, one for every four bytes of text, and 85 for an image or a file.
//!
//! # Dialects
//!
//! Requests are checked as strictly as the real ones are, and refused in their words: fields that are
//! unknown, schemas that the provider does not take, calls of tools that are not answered at once.
//!
//! | | [`OpenAi`](Dialect::OpenAi) | [`Anthropic`](Dialect::Anthropic) | [`Gemini`](Dialect::Gemini) |
//! | --- | --- | --- | --- |
//! | answers | `/v1/chat/completions` | `/v1/messages` | `/v1beta/models/{model}:generateContent`, `:streamGenerateContent` |
//! | tokens | | `/v1/messages/count_tokens` | `:countTokens` |
//! | models | `/v1/models` | `/v1/models` | `/v1beta/models`; all also under `/v1` |
//! | key | `Authorization: Bearer` | `x-api-key` or `Authorization: Bearer` | `x-goog-api-key`, `?key=` or `Authorization: Bearer` |
//! | input in the usage | with what was cached | without | with |
//! | reasoning in the usage | in the output | in the output | apart |
//!
//! Thoughts are signed where the real ones are: Anthropic's blocks of thinking, Google's first call of
//! a turn and its answers that were thought about. A signature holds for the models of one
//! [family](Model::family) at providers of one name, also after a restart. What comes back
//! with a wrong one, or without one where it is needed, is refused.
//!
//! # The bill
//!
//! Each provider counts and charges by its own arithmetic, which shares nothing with the rest of
//! this crate, so that a ledger compared with it is compared with something. A call that gets an
//! error, or nothing of an answer, is free. A call whose client leaves costs what [`OnDisconnect`]
//! says. An answer that breaks off costs the prompt and what was written of it.
//!
//! # Faults and manners
//!
//! [`Server::fail`] lets coming calls go wrong, or lets the model answer in a certain [`Manner`]. A
//! caller can ask for the same through a gateway that knows nothing of this, with a text in the
//! prompt that works in every dialect: `[[sim: delay=20;status=429]]`. It counts until the model has
//! answered; in the system's text it counts always. `[[sim@NAME: …]]` is for the provider, the
//! model or the dialect (`openai`, `anthropic`, `gemini`) of this name alone. Beside the prompt,
//! OpenAI's `metadata: {"sim": "…"}`, Anthropic's `metadata: {"user_id": "sim:…"}` and Google's
//! `labels: {"sim": "…"}` say the same.
//!
//! The words are `status` (with `code`, `message`, `retry_after`), `delay` in milliseconds,
//! `hang_up`, `refused`, `cut`, `stall`, `pings`, `error` (each with a number of events), `cut_at` (of bytes), `drip` (in
//! milliseconds), `garbage`, `html`, `empty`,
//! `no_done`, `usage` (`missing`, `null`, `zero`, `negative`, `huge`, `float`, `text`, `cumulative`,
//! `twice`, `model:NAME`, `tier:NAME`), `finish`, `content_type`, `redirect`, `header` (`NAME:VALUE`) and `framing` (`bytes`,
//! `merged`, `comments`, `crlf`, `cr`, `bom`); and for manners `refusal`, `filter`, `blocked`, `thinking=TOKENS`,
//! `redacted`, `citations`, `parallel=CALLS`, `preamble`, `no_tools`, `malformed`, `pause`, `stop`,
//! `length=TOKENS`, `say=TEXT` and `echo`.
//!
//! An `echo` is a JSON text that tells what arrived, in the same form in every dialect: `model`,
//! `system`, `messages` (`role`, `text`, `images`, `files`), `images`, `files`, `tools` (names),
//! `tool_choice`, `parallel`, `tool_results` (how many), `max_tokens`, `n`, `sampling` (by OpenAI's
//! names), `effort`, `thinking_budget`, `stop`, `format` (`text`, `json` or `schema`), `schema_name`
//! (or the schema's title), `schema_keys`, `user` and `stream`.
//!
//! [`FaultLayer`] does without a provider: it lets calls of any service go wrong at random, the same
//! way for the same seed.
//!
//! # Caveats
//!
//! Whether a client has left shows when its connection closes (HTTP/1.1) or its stream is reset
//! (HTTP/2), also while an answer is held back. What the operating system still buffers at that
//! time counts as written, as it does at a real provider.

mod answer;
mod anthropic;
mod ask;
mod base64;
mod bill;
mod body;
mod call;
mod chaos;
mod choice;
mod cite;
mod clock;
mod command;
mod dialect;
mod echo;
mod error;
mod fault;
mod fault_queue;
mod form;
mod gate;
mod gemini;
#[cfg(feature = "grpc")]
mod grpc;
mod log;
mod manner;
mod marker;
mod model;
mod odd;
mod openai;
mod pace;
mod price;
mod provider;
mod reply;
mod response;
mod route;
mod schema;
mod script;
mod server;
mod signature;
mod state;
mod tokens;
mod words;

pub use self::{
    bill::{Bill, BillLine},
    chaos::{CutError, FaultBody, FaultFuture, FaultLayer, Faulty},
    dialect::Dialect,
    fault::Fault,
    fault_queue::Times,
    gate::Gate,
    log::{Event, Recorded},
    manner::Manner,
    model::Model,
    odd::{Framing, UsageFault},
    pace::Pace,
    provider::{OnDisconnect, Provider},
    server::Server,
};
