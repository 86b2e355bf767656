//! What experience says of each model on each task, and what follows from it for the next call.
//!
//! [`Profile`] is the state that Select consults and that feedback teaches; a clone is the same state.
//!
//! # Feedback
//!
//! An answer is scored by the id of its decision, which is the answer's request id: [`Profile::feedback`], or, by callers
//! of a [server stack](crate::stack::Stack::profile), `POST /v1/feedback` with `{"decision": "gen_…", "score": 0.8}`.
//!
//! ```
//! use tower_genai::{
//!     observe::Outcome,
//!     profile::{Feedback, Profile},
//! };
//!
//! fn scored(profile: &Profile, answer: &http::Response<tower_genai::Body>, score: f64) {
//!     let outcome = answer.extensions().get::<Outcome>();
//!     if let Some(decision) = outcome.and_then(Outcome::decision) {
//!         let tenant = decision.tenant.as_ref();
//!         // Too late, or twice: then nothing is learned from it.
//!         let _ = profile.feedback(tenant, &Feedback::new(decision.id, score));
//!     }
//! }
//! ```
//!
//! A decision can be scored while it is among the last [100 000](Profile::most_pending), once by each [`Source`], and only by
//! its tenant. An explicit score stands: weaker sources add nothing after it. What they have said before is not taken
//! back, but counts at most half as much.
//!
//! # Weak sources
//!
//! Three are seen by the profile itself ([`Profile::signals`]), without any text being kept: that an answer refuses, that it
//! is cut at a limit of its length which the caller has not set, and that the same tenant asks the same again within a minute,
//! when the answer is there, whole (the same last turn in as long a conversation; 16 384 questions are remembered, by digests). Such a sign
//! speaks against an answer; that there is none speaks hardly for it. So that whoever is asked the most does not look the
//! worst, as many answers without the sign are labelled as with it, drawn by chance among all of the stream's, and both are
//! weighed so that a candidate which shows it as often as all do stays where it is. Repeats that a cache or an
//! `Idempotency-Key` answers are no calls. An app that samples several answers to one question on purpose should switch it
//! off.
//!
//! # Who teaches whom
//!
//! Each tenant's calls teach for that tenant alone, unless [`Sharing::Shared`] is chosen. A tenant may give
//! [600 scores a minute](Profile::labels_per_minute), and as many weak ones are seen; more are refused. Where tenants share,
//! no tenant gives more of the last 1 024 labels than all the others together, but for the first 128. Calls without a tenant
//! are the app's own and not bounded.
//!
//! At most some 4 096 streams (a tenant's by an alias) are known at once, and no more than whose labels fit into 512 MiB: 250
//! that have learned all they can, or fewer, since each of a few parts of the streams has its part of that. What else is known of
//! a stream is not weighed: up to a megabyte, mostly for drift. Of those that are too many, one that was hardly asked lately
//! is forgotten, except by a [`store`]; decisions that can still be scored keep theirs alive until then.
//!
//! # What is kept
//!
//! [`store`] keeps experience beyond the process, [`stats`] has what was observed besides quality, and [`Profile::report`]
//! shows all of it to people.

pub mod drift;
mod estimate;
mod feedback;
pub mod guard;
mod keep;
mod known;
pub mod learner;
mod learning;
mod limit;
mod names;
mod observed;
mod outlook;
mod pending;
#[expect(clippy::module_inception)]
mod profile;
mod report;
mod settings;
pub mod stats;
pub mod store;
mod telling;
mod track;
mod vector;
mod watching;
mod weak;

pub(crate) use self::estimate::normal_quantile;
pub use self::{
    estimate::Estimate,
    feedback::{Feedback, FeedbackError, Source},
    profile::{Advised, Consultation, Profile, Sharing},
    report::{Report, ReportRow, StreamReport},
    vector::Vector,
};
