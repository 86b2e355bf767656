//! Between a stack and clients whose requests are not `http::Request`s.
//!
//! hyper-util's client needs nothing of this. With feature `reqwest`:
//!
//! | | turns | into |
//! |---|---|---|
//! | [`OverReqwest`] | a `reqwest::Client`, or what is layered around one | a client for a [`Stack`](crate::stack::Stack) |
//! | [`ForReqwest`] | a stack | a service of `reqwest::Request`s, as clients with an open transport take one |
//!
//! # Example
//!
//! ```
//! use tower_genai::{catalog::Catalog, client::OverReqwest, stack::Stack};
//!
//! # fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let client = OverReqwest::build(reqwest::Client::builder())?;
//! let stack = Stack::client_with(client, Catalog::builtin());
//! # drop(stack);
//! # Ok(())
//! # }
//! ```
//!
//! # What holds
//!
//! - An inner service is asked whether it is ready before it is called.
//! - Bodies that are bytes stay bytes, so that reqwest can send them again where a server says that it has not looked at them;
//!   others stream. Trailers pass both ways, and so do extensions.
//! - A request that was never sent is known as such ([`Sent`](crate::dispatch::Sent)), and costs nothing.
//! - Redirects are not followed and nothing is repeated by a client that [`OverReqwest::build`] makes. Where you bring
//!   your own, see to both: reqwest takes `Authorization` off a request that is redirected to another host, and leaves the
//!   headers by which other vendors know a key; and an attempt that Dispatch has not made is money that nobody holds.

mod for_reqwest;
mod over_reqwest;

pub use self::{
    for_reqwest::{ForReqwest, ForReqwestFuture},
    over_reqwest::{OverReqwest, OverReqwestFuture},
};

use crate::Body;

impl From<Body> for reqwest::Body {
    fn from(body: Body) -> Self {
        if http_body::Body::is_end_stream(&body) {
            return Self::from(bytes::Bytes::new());
        }
        match body.as_bytes() {
            Some(bytes) => Self::from(bytes.clone()),
            None => Self::wrap(body),
        }
    }
}
