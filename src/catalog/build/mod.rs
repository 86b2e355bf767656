//! From entries, wherever they come from, to a checked snapshot. The reader of files only makes entries.

mod alias;
mod check;
mod findings;
mod lifecycle;
mod model;
mod pool;
mod provider;
mod snapshot;

#[cfg(feature = "toml")]
pub(super) use self::check::{hint, quoted};
pub use self::{
    alias::AliasBuilder, model::ModelBuilder, provider::ProviderBuilder, snapshot::SnapshotBuilder,
};
