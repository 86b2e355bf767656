//! What was observed of each candidate on each task besides quality: time, throughput, errors, refusals, length, cost.
//!
//! A [`Profile`](crate::profile::Profile) is told of every attempt as an [`Observer`](crate::observe::Observer), of named
//! models as of routed ones, and keeps sums that fade: what is a half-life old (7 days unless said otherwise) counts half.
//! Quantiles of the last minutes are the [`Monitor`](crate::health::Monitor)'s.
//!
//! ```
//! use tower_genai::profile::Profile;
//!
//! let profile = Profile::new();
//! for row in profile.figures() {
//!     let length = row.output_tokens.map(|tokens| tokens.mean);
//!     println!("{} on {}: {:.0} calls, {length:?} tokens", row.model, row.task, row.calls);
//! }
//! ```
//!
//! # Caveats
//!
//! * At most 16 384 rows are kept, of some 800 bytes each; where one more comes, those go that were added to the longest
//!   ago. A row is a candidate's on a task, for each tenant apart unless calls are
//!   [shared](crate::profile::Sharing::Shared).
//! * An attempt that was not sent counts where the provider is at fault: not one for which there was no money, or that
//!   a circuit held back. What comes from a cache is no attempt.

mod counts;
mod figures;
mod rows;

pub use self::{
    counts::Counts,
    figures::{Figures, Spread},
};
pub(super) use self::{
    counts::What,
    rows::{Key, Rows},
};
