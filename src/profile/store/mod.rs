//! Where experience is kept beyond the process, and shared with others.
//!
//! [`FileStore`] is for one process; [`RedisStore`] (feature `redis`) is for several, each of which learns from the scores
//! that the others were given. A [`ProfileStore`] of your own is asked by [one method](ProfileStore::exchange).
//!
//! ```
//! use tower_genai::profile::{Profile, store::FileStore};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("tower-genai-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("profile.jsonl");
//! let profile = Profile::new().keep(FileStore::open(&path)?);
//! // … calls, scores …
//! profile.flush().await?;
//! # drop(profile);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run()).unwrap();
//! ```
//!
//! # What is kept
//!
//! * Labels: who answered, what was predicted and how it was scored, and the query's [`Vector`](crate::profile::Vector), a
//!   byte for each number. The last 1 024 of each stream, which is a tenant's calls by an alias (or everybody's, where calls
//!   are [shared](crate::profile::Sharing::Shared)).
//! * The sums of [`stats`](crate::profile::stats).
//!
//! No prompt and no answer is kept, and no decision: what was decided before a restart cannot be scored after it.
//! **Vectors are not secret-proof**: who has one, and guesses a prompt, can see that it was that one, and short prompts can
//! be guessed. Keep a store as you would a log of what is asked.
//!
//! Candidates and tasks go by their names. Those that the catalog does not know (any more) are kept, and do nothing.
//!
//! # When it is kept
//!
//! A thread of the profile's own (`profile-store`) exchanges what is new with the store, every
//! [`save_every`](crate::profile::Profile::save_every), when a stream of calls is seen for the first time, and at
//! [`flush`](crate::profile::Profile::flush). No call ever waits for it. Where the store does not answer, what is new waits
//! for the next time: the last 1 024 labels of each stream, 65 536 in all. When the last clone of a profile is dropped,
//! the rest is kept if that takes no more than two seconds.

mod exchange;
mod fault;
mod file;
mod keeper;
mod label;
mod outbox;
mod packed;
#[cfg(feature = "redis")]
mod redis;
mod row;
mod stream;

#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
pub use self::{
    exchange::{Heard, ProfileStore, StoreFuture, Told},
    fault::StoreError,
    file::FileStore,
    label::KeptLabel,
    row::{KeptRow, Rows},
    stream::{Stream, StreamName},
};
pub(super) use self::{
    keeper::{Keeper, Keeping},
    outbox::Outbox,
};

/// The most labels of a stream that are kept: as many as are learned from.
const MOST: usize = 1_024;
