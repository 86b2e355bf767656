//! Who can answer, at what price, until when.
//!
//! ```
//! use std::time::SystemTime;
//! use tower_genai::catalog::{Catalog, Resolved, Terms, Usage};
//! # #[cfg(feature = "toml")] {
//!
//! let catalog = Catalog::from_toml(r#"
//!     [[provider]]
//!     name = "anthropic"
//!     dialect = "anthropic"
//!     base_url = "https://api.anthropic.com"
//!     api_key_env = "ANTHROPIC_API_KEY"
//!
//!     [[model]]
//!     name = "claude-opus-4.6"
//!     provider = "anthropic"
//!     id = "claude-opus-4-6"
//!     price = { input = "5.00", output = "25.00", cache_read = "0.50", cache_write = "6.25", cache_write_1h = "10.00" }
//!     context = 200_000
//!     can = ["tools", "vision", "stream"]
//!     quality = { coding = 0.808, general = 0.53 }
//!
//!     [[alias]]
//!     name = "careful"
//!     quality = 0.99
//!     prefer = "quality"
//! "#)?;
//!
//! let now = SystemTime::now();
//! let snapshot = catalog.snapshot();
//! let Resolved::Model { model, .. } = snapshot.resolve("claude-opus-4.6", now) else { panic!() };
//! let cost = model.price().cost(&Usage::text(1_000, 200), &Terms::new(now));
//! assert_eq!(cost.bound(), Some("0.01".parse().unwrap()));
//!
//! assert!(matches!(snapshot.resolve("auto", now), Resolved::Alias(_)));
//! # }
//! # Ok::<(), tower_genai::catalog::CatalogError>(())
//! ```
//!
//! # Caveats
//!
//! - A price that nobody wrote is unknown, not zero: such a model is never free by accident, and a hard budget
//!   refuses it.
//! - Prices age. Each has a source and a day; [`Info::warnings`] names old ones.
//! - Dates count from midnight UTC, at the clock of this machine.
//! - Keys do not belong in a catalog: a provider names the environment variable that holds one.

mod alias;
mod build;
mod candidate;
#[expect(clippy::module_inception, reason = "the type is named like its room")]
mod catalog;
mod date;
mod effort;
mod endpoint;
mod error;
mod hours;
mod info;
mod kind;
mod lifecycle;
mod model;
mod nearest;
mod price;
mod provider;
mod rate;
mod scores;
mod snapshot;
#[cfg(feature = "toml")]
mod source;
mod terms;
#[cfg(feature = "toml")]
mod toml;
mod unit;
mod usage;

use self::endpoint::Endpoint;
#[cfg(feature = "toml")]
pub use self::source::Source;
#[cfg(feature = "toml")]
pub(crate) use self::toml::{Findings, Reader};
pub use self::{
    alias::{Alias, Prefer, Threshold},
    build::{AliasBuilder, ModelBuilder, ProviderBuilder, SnapshotBuilder},
    candidate::Candidate,
    catalog::Catalog,
    date::{Date, InvalidDate},
    effort::Effort,
    endpoint::InvalidEndpoint,
    error::{CatalogError, Problem},
    hours::{Hours, InvalidHours},
    info::{Info, SourceInfo},
    kind::Kind,
    lifecycle::Lifecycle,
    model::Model,
    price::Price,
    provider::{MaxTokensField, OnDisconnect, Provider},
    rate::Rate,
    scores::scores,
    snapshot::{Resolved, Snapshot},
    terms::Terms,
    unit::Unit,
    usage::Usage,
};
