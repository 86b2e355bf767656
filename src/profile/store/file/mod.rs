//! The file that one process keeps what it has learned in; see [`FileStore`].

mod disk;
mod kept;
mod read;
mod store;
mod write;

use self::kept::Kept;
pub use self::store::FileStore;

/// What the first line says.
const FORMAT: &str = "tower-genai profile";
const VERSION: u64 = 1;
