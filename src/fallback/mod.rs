//! Middleware that goes on to the next candidate, or tries again, until an answer begins.
//!
//! # Example
//!
//! ```
//! use http::Request;
//! use http_body_util::Full;
//! use hyper_util::{client::legacy::Client, rt::TokioExecutor};
//! use tower::{ServiceBuilder, ServiceExt};
//! use tower_genai::{
//!     catalog::{Catalog, Source},
//!     classify::ClassifyLayer,
//!     dispatch::DispatchLayer,
//!     fallback::{FallbackLayer, Tried},
//!     observe::FailureClass,
//!     select::{SelectLayer, Selector},
//!     sim,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Two simulated providers, of which the cheaper one is down.
//! let down = sim::Provider::new("down").model(sim::Model::new("small").price("0.10", "0.20"));
//! let down = down.start().await?;
//! down.fail(sim::Fault::status(503), sim::Times::Always);
//! let well = sim::Provider::new("well").model(sim::Model::new("large").price("1.00", "2.00"));
//! let well = well.start().await?;
//! let catalog = format!(
//!     r#"
//!     provider = [
//!         {{ name = "down", dialect = "openai", base_url = "{}" }},
//!         {{ name = "well", dialect = "openai", base_url = "{}" }},
//!     ]
//!     model = [
//!         {{ name = "small", provider = "down", price = {{ input = "0.10", output = "0.20" }} }},
//!         {{ name = "large", provider = "well", price = {{ input = "1.00", output = "2.00" }} }},
//!     ]
//!     "#,
//!     down.base_url(),
//!     well.base_url()
//! );
//! let catalog = Catalog::parse(&[Source::text("two.toml", catalog)])?;
//!
//! let client = Client::builder(TokioExecutor::new()).build_http::<tower_genai::Body>();
//! let service = ServiceBuilder::new()
//!     .layer(ClassifyLayer::new())
//!     .layer(SelectLayer::new(Selector::new(catalog)))
//!     .layer(FallbackLayer::new())
//!     .layer(DispatchLayer::new())
//!     .service(client);
//!
//! let question = r#"{"model": "auto", "messages": [{"role": "user", "content": "Hello?"}]}"#;
//! let request = Request::post("/v1/chat/completions").body(Full::from(question))?;
//! let answer = service.oneshot(request).await?;
//! assert_eq!(answer.status(), 200);
//! let tried = answer.extensions().get::<Tried>().unwrap().tries();
//! assert_eq!(tried[0].failure.class, FailureClass::Provider);
//! # Ok(())
//! # }
//! ```
//!
//! # What it does
//!
//! Walks the [`Plan`](crate::select::Plan): an attempt that fails before anything of its answer was passed on is not
//! seen by the caller, and what follows hangs on its [class](crate::observe::FailureClass):
//!
//! | the failure | what follows |
//! |---|---|
//! | the caller's fault | nobody else is asked, the caller is told |
//! | the prompt is too long | candidates with a larger context |
//! | the model does not take a field | the next candidate |
//! | filtered or refused to read | the caller is told; with [`past_filters`](FallbackLayer::past_filters) the next candidate |
//! | key, quota or balance | candidates of other providers |
//! | too many requests, overloaded, not reached, not in time, no answer | the next candidate; where all were asked, the one that has rested soonest: after its `Retry-After` and its [`Backoff`], and not at all if it says `x-should-retry: false` or wants a longer pause than [`longest_wait`](FallbackLayer::longest_wait) |
//! | turned away unseen (a stream that is refused, a server that goes away) | the same once more at once, and then as above |
//! | busy: its [circuit](crate::health) is open, its limits are used up, its client is not ready | the next candidate; where nobody else is left, the one that is due soonest, and at once where none is due in time |
//! | the model is gone | its successor, else the next candidate |
//! | the budget has not enough for it | candidates that can cost less |
//!
//! Where a candidate has several deployments, those at which the call has not been are asked before the next candidate.
//!
//! A model that the caller named stands alone in its plan: it is tried again, and nobody else answers in its place but
//! its successor, once it is gone. Every attempt is [held and settled](crate::dispatch) by itself: what a failed one
//! has cost, if anything, is charged and listed in [`Tried`]. Where a call has a most that it may cost (an alias's
//! `max_cost` or [`Wish::max_cost`](crate::query::Wish::max_cost)), nobody is asked who could make all attempts
//! together cost more.
//!
//! Where no attempt succeeds, the caller gets what says most: a provider's own error before a broken answer or
//! connection, and either before a refusal of ours. With `x-should-retry: false` where official SDKs would else repeat
//! all of it.
//!
//! # What counts, and what bounds it
//!
//! | | counts as an [attempt](FallbackLayer::attempts) | needs room in the provider's retry budget |
//! |---|---|---|
//! | the first time at a provider | yes | no: it makes room |
//! | once more at a provider that has, or may have, seen the call | yes | yes |
//! | another attempt besides one that is slow | yes | yes, in that of the slow one's provider |
//! | another deployment | only where `attempts` is set | no |
//! | after one that nobody has seen (not reached, turned away) | no, as often as there are candidates | no |
//! | after one that was refused here (no money, no key, busy, not expressible) | no | no; but who is busy is asked after somebody else only where there is |
//!
//! The retry budget is kept by the [`Monitor`](crate::health::Monitor) for all calls together, so that a provider that is
//! down gets few calls more than there are. Where it has no room, the candidate is left out, and where nobody else is
//! left the caller is told. Without a monitor nothing bounds the attempts of all calls together: set
//! [`attempts`](FallbackLayer::attempts) low where that would bring a provider down. Packages that say that they try again
//! (`x-stainless-retry-count` and the like) make no room by it.
//!
//! # Time
//!
//! | | what it bounds | default |
//! |---|---|---|
//! | [`first_content_timeout`](FallbackLayer::first_content_timeout) | one attempt, of a streamed answer, until its first content | none |
//! | [`total_timeout`](FallbackLayer::total_timeout) | the call: attempts, pauses, and the answer to its last byte | none |
//! | [`hedge_after`](FallbackLayer::hedge_after) | how long one attempt is waited for alone | for ever |
//! | [`longest_wait`](FallbackLayer::longest_wait) | one pause | 10 s |
//! | [`backoff`](FallbackLayer::backoff) | how long who has failed is left alone, at least | 0.25 s to 8 s |
//!
//! The first and the third may be a [percentile](Patience::percentile) of what the candidate's own streams take. How long
//! a stream may be silent once it has begun is [Dispatch](crate::dispatch)'s to say.
//!
//! For a call [for which nobody waits](crate::query::Pace::Batch) neither `first_content_timeout` nor `hedge_after` counts.
//!
//! With `hedge_after` two candidates may be asked at a time. The first whose content comes, or whose whole answer, is the
//! answer, and an error of one is none while the other goes on. The other is cancelled at once and settled by its own
//! rule, and [`Tried`] lists it as [lost](field@Try::lost) with what it has cost.
//!
//! # The commit point
//!
//! An answer has begun when the first content that its caller sees is there: words, a refusal, the beginning of a call,
//! thinking where the caller's form shows it. Until then the head and the front of a stream (roles, pings, comments; at
//! most 64 KiB or 64 events of what the caller would get) are held back, so a stream that breaks there is no failure to the caller. What
//! was begun is never begun again elsewhere: when it breaks, the caller gets an error in its own dialect and the body
//! fails. For a caller this means that the head of a streamed answer comes with its first content.
//!
//! # Resuming
//!
//! With [`resume`](FallbackLayer::resume) a streamed text that breaks after it was begun is gone on with, once, at a
//! candidate that is known to be able to go on with what is there of its turn: the catalog says so of it, by
//! [`prefix`](crate::catalog::Prefix). It is asked for the rest, with what its caller has as the model's last turn, under a
//! hold of its own; the caller sees one answer, of one id, and no word of it twice. The attempt that broke off is settled
//! as any that is cut, and both are told to observers: the failure is met with another attempt
//! ([`FellBack`](crate::observe::FellBack)), and two of them finish.
//!
//! Whoever goes on and breaks off before it has said anything new is passed by, as any who fails before its answer
//! begins; what breaks off after that is an error.
//!
//! Not gone on with, so that the caller gets an error as without it, are answers that have called a tool, refused,
//! signed their thinking or thought between their words, JSON by a format, several choices, log probabilities, answers
//! that end amid one of the caller's stop texts, that were filtered or were the caller's fault, of more than 1 MiB, and
//! where nothing is left of the caller's limit of output tokens: of that the second attempt gets what the first has
//! certainly left, by its usage or else by its bytes. The total time of the call holds for both.
//!
//! The usage that the caller is told of such an answer is the sum of both attempts', as far as the first has said any;
//! so it has the prompt twice, as the bills have.
//!
//! Answers that could be resumed go through the caller's writer, also where the provider speaks the caller's format and
//! their bytes would pass: members that no other format has are not in them then. Where the caller asks for thinking in a
//! provider's own format, or for something that only its own vendor has, they pass, and are not resumed. The request is
//! kept until the answer has ended, and so is the answer's text.
//!
//! # Order
//!
//! Inside [`select`](crate::select), outside [`dispatch`](crate::dispatch). Outside of Select every attempt would be
//! selected anew, and without a plan only the same request is repeated; inside of Dispatch a retry would be spent and
//! not be held. A retry layer of the client's own multiplies with this one: switch it off.
//!
//! Without Select the request is tried again as it is. Calls that pass through untouched, and bodies that nobody has
//! read, are sent once.
//!
//! # Readiness, cancellation and cost
//!
//! It is always ready, and asks the inner service whether it is when it is its turn. Dropping the future cancels what is
//! under way. Pauses and timeouts need tokio's timers. The request's bytes are let go when the answer has begun.
//!
//! A call of which nothing fails and nobody is late boxes nothing here: its one attempt runs within the future, and what
//! another would need is a copy of the request's head.

mod again;
mod alarm;
mod backoff;
mod body;
mod call;
mod future;
mod lane;
mod layer;
mod patience;
mod peek;
mod recover;
mod result;
mod resume;
mod rule;
mod service;
mod told;
mod tried;
mod turn;
mod walk;

pub use self::{
    backoff::Backoff,
    body::ResponseBody,
    future::ResponseFuture,
    layer::FallbackLayer,
    patience::Patience,
    service::Fallback,
    tried::{Tried, Try},
};
