//! What several processes learn together, in Redis; see [`RedisStore`].
//!
//! A script does each step (`lua/`), in one round trip: it tells what others have told, and then takes what is new.

mod heard;
mod keys;
mod link;
mod store;

pub use self::store::RedisStore;
