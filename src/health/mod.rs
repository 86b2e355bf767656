//! What is known of each candidate's health now: whether it is worth asking, how much may be sent there, how fast it answers.
//!
//! [`Monitor`] is the state that Select asks, Dispatch feeds and Fallback goes by; a clone is the same state.
//! [`Health`] is what Select asks, and open to other implementations.
//!
//! # Example
//!
//! A [`Stack`](crate::stack::Stack) has a monitor of its own. Several that ask the same providers know more together:
//!
//! ```
//! use std::time::Duration;
//! use tower_genai::{
//!     catalog::Catalog,
//!     health::{Breaker, Monitor},
//!     stack::Stack,
//! };
//!
//! # fn client() -> impl Clone {}
//! let breaker = Breaker::new().failures(3).key_pauses(Duration::from_secs(30), Duration::from_secs(300));
//! let monitor = Monitor::new().breaker(breaker).retry_budget(0.1, 5);
//! let chat = Stack::client_with(client(), Catalog::builtin()).monitor(monitor.clone());
//! let batch = Stack::client_with(client(), Catalog::builtin()).monitor(monitor.clone());
//! println!("{}", monitor.report());
//! # drop((chat, batch));
//! ```
//!
//! # Rules
//!
//! What is known is known of a candidate (a model at its provider, or at one of that one's deployments) *and a key*: one
//! tenant's bad key, or used-up quota, says nothing of another's. At selection the key is not known yet; a tenant is taken
//! to use the one that it last used there.
//!
//! | what | opens when | for how long | set by |
//! |---|---|---|---|
//! | a candidate's circuit | 5 failures without a success in between | 1 s, doubling to 60 s, up to a quarter less by chance; a `Retry-After` is a floor | [`Breaker::failures`], [`Breaker::pauses`] |
//! | the same | half of at least 20 answers within 10 s failed, counted exactly in 10 buckets | the same | [`Breaker::window`], [`Breaker::share`] |
//! | a key's circuit, for all models of a provider | one refusal of the key or for its quota | 60 s, doubling to 10 minutes | [`Breaker::key_pauses`] |
//! | a model that is gone | the provider says that it does not serve it | an hour | [`Breaker::gone`] |
//! | rate limits | the provider says that nothing is left, or what was sent since has used it up | until there is some again; 60 s at most | [`Breaker::pauses`] |
//! | a `Retry-After` with a 429 | it comes | as long as it says; 60 s at most | [`Breaker::pauses`] |
//! | repeats and hedges of a provider's calls | a fifth of its calls, and 100 and one a second on top, are used up | until there are more | [`Monitor::retry_budget`] |
//!
//! After its pause a circuit lets *one* attempt through, the probe, and others still see the candidate as ill. Its success
//! closes the circuit, a stream's first content included (then the next failure opens it again at once, for longer); its
//! failure opens it for longer; a probe that is cancelled says nothing and leaves its place to the next, and one that hangs
//! does after the longest pause. A pause that was cut short at 60 s is ended by one attempt as well.
//!
//! | an attempt | counts in a row | in the window | as a probe |
//! |---|---|---|---|
//! | was answered whole | begins anew | as a success | closes |
//! | failed: not reached, cut, overloaded, in an error of the provider's, too slow, or with what is no answer | yes | yes | opens for longer |
//! | was too much for the provider's limits (429) | no | yes | opens for longer |
//! | failed for the caller's fault, a field, the length, a filter, money, or was not let through | no | no | says nothing |
//! | was cancelled, or the time of the whole call was up | no | no | says nothing |
//!
//! A refused key that another model of the provider's has answered to within the last minute is not to blame: then the
//! candidate's own circuit opens for as long, so that naming a model that a key may not use switches off nobody else.
//!
//! # The last candidate
//!
//! Nobody is left unasked because of these rules alone. Where all candidates that pass the other filters are ill, they are
//! asked all the same, the one first that is expected to be well the soonest, and
//! [`Considered::ailing`](crate::observe::Considered::ailing) says so; Dispatch, where it is refused everybody, asks the
//! first. Only an ailment that [lasts](Ailment::lasting) keeps a candidate out for good.
//!
//! # Limits
//!
//! `x-ratelimit-*` (OpenAI and what is like it), `anthropic-ratelimit-*` and what comes with a 429 are hints: what is left is
//! counted down by what is sent, a limit whose size is known fills up evenly until its reset, nonsense is left out, and no
//! money depends on them. Tokens count by a guess of the prompt's and at most 1024 of the answer's.
//!
//! # Speed
//!
//! [`Monitor::first_content`] and [`Monitor::tokens_per_second`] are quantiles, 2 % off at most, of the last five to ten
//! minutes, for each model at each effort, from 20 answers on. First content counts of streams where it came, tokens a
//! second of whole answers alone: what fails fast is not fast. How many tokens whole answers have is known for each model,
//! task and tenant apart: the mean of the last 200, from 20 on. [`Fastest`](crate::select::Fastest) goes by both.
//!
//! # Cost
//!
//! While nobody is ill, asking costs reading one number. What is known is bounded: 8192 candidates with their keys, of which
//! idle ones make room for others, 16384 tenants, and lengths of answers for 16384 models on a task of a tenant's. Locks are held for the counting alone, and nothing runs in the
//! background: what passes with time does so when it is looked at, by tokio's clock.

mod ailment;
mod balance;
mod breaker;
mod cell;
mod check;
mod circuit;
mod ended;
mod key;
mod key_cell;
mod lengths;
mod limits;
mod load;
mod monitor;
mod permit;
mod report;
mod retry_budget;
mod served;
mod shelf;
mod speed;
mod told;
mod trouble;
mod window;

pub use self::{
    ailment::Ailment,
    breaker::Breaker,
    check::Health,
    monitor::Monitor,
    report::{Report, Standing, Timed},
    speed::Speed,
};
pub(crate) use self::{
    balance::Seat,
    ended::Ended,
    key::KeyId,
    limits::Asked,
    permit::Permit,
    told::{Told, ToldLimit},
};
