//! Compares public price lists with a catalog, and takes over what can be believed.
//!
//! ```
//! use tower_genai::catalog::{
//!     Catalog,
//!     import::{Format, ModelState, Review, Rules},
//! };
//!
//! # #[cfg(feature = "toml")] {
//! // LiteLLM's list, as far as it matters here: GPT-4o at a twentieth less, and a slip in GPT-5.2.
//! let list = br#"{
//!     "gpt-4o": {
//!         "litellm_provider": "openai", "mode": "chat",
//!         "input_cost_per_token": 2.375e-06, "output_cost_per_token": 9.5e-06,
//!         "cache_read_input_token_cost": 1.1875e-06
//!     },
//!     "gpt-5.2": {
//!         "litellm_provider": "openai", "mode": "chat",
//!         "input_cost_per_token": 1.75e-09, "output_cost_per_token": 1.4e-05
//!     }
//! }"#;
//! let format = Format::detect(list).ok_or("no list that is known")?;
//! let list = format.read("prices.json", list)?.version("1.109.1");
//!
//! let catalog = Catalog::builtin();
//! let snapshot = catalog.snapshot();
//! let review = Review::new(&snapshot, &list, &Rules::new());
//! let state = |name| review.model(name).map(|model| model.state());
//! assert_eq!(state("gpt-4o"), Some(ModelState::Changed));
//! assert_eq!(state("gpt-5.2"), Some(ModelState::Quarantined));
//! assert_eq!(state("kling-3.0"), Some(ModelState::Missing));
//!
//! // A layer for the catalog, with what is believed and nothing else.
//! let applied = review.apply(&snapshot);
//! assert_eq!(applied.models().len(), 1);
//! # use tower_genai::catalog::Source;
//! let newer = Catalog::parse(&[Source::builtin(), applied.source()])?;
//! let model = newer.snapshot().model("gpt-4o").cloned().ok_or("gone")?;
//! assert!(model.price().source().is_some_and(|from| from.starts_with("LiteLLM 1.109.1, imported")));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | list | file | what it has |
//! |---|---|---|
//! | [`LiteLlm`] | `model_prices_and_context_window.json` | the most: tiers, caches, images, video, sound, tools, hours |
//! | [`ModelsDev`] | `api.json` | text by the vendors themselves, by length of prompt, fast modes |
//! | [`GenaiPrices`] | `data.json`, version 2 | prices by day and by hour, and which ids mean the same model |
//!
//! # What is believed
//!
//! A list is input from strangers: one slip in it, or one hand in it, would make calls look free. So a
//! [`Review`] puts a figure into quarantine, and the catalog's own stays, when it
//!
//! - is zero, negative, not finite, too large to count, no number, or gone from a model that had it;
//! - moved by more than ten times ([`Rules::fold`]), or appears under a new condition at more than ten times, or less
//!   than a tenth, of what applied so far;
//! - makes no sense beside its neighbours: answers for less than a tenth of prompts, a cache dearer than the prompt, long
//!   prompts cheaper than short ones, batch dearer than the ordinary tier, or the order of two prices turned round
//!   because the list has only one of them;
//! - is of a list that is older than the day on which the catalog's price was checked ([`Imported::dated`]).
//!
//! The rates of a model go together. While one is in quarantine the others are held, or a price would be half old and
//! half new. [`Doubt`] names each reason.
//!
//! # Caveats
//!
//! - Small lies pass. A price that falls by half, and by half again a month later, is believed each time: read the
//!   changes before you apply them.
//! - Nothing here asks the network, and no list comes with this crate: fetch a file yourself, and mind its licence (all
//!   three are under the MIT licence as of 2026).
//! - No list says its own version or day. Say them ([`Imported::version`], [`Imported::dated`]): a price is then as
//!   old as its list, and not as young as its import.
//! - Models that the catalog lacks are shown and never added: a list knows nothing of quality or of successors.
//! - What a catalog has no word for (caches kept for half a day, video given in, storage) is noted and not imported:
//!   [`Imported::not_understood`], [`ModelReview::not_understood`]. Of a web search that is priced by depth the
//!   dearest counts. Regional surcharges count where a list names the region.
//! - A model is found by its provider, which is the one that its address belongs to, and its id; [`Match`] says by what.
//!   Regular expressions of genai-prices are not evaluated: such ids are not found.
//! - Files of more than 32 MiB are refused.

mod amount;
mod applied;
mod catalog_text;
mod doubt;
mod draft;
mod error;
mod format;
mod genai_prices;
mod imported;
mod json;
mod litellm;
mod models_dev;
mod note;
mod pattern;
mod provenance;
mod review;
mod slot;
mod stale;
mod vendor;

pub use self::{
    applied::Applied,
    doubt::Doubt,
    error::ImportError,
    format::{Format, UnknownFormat},
    genai_prices::GenaiPrices,
    imported::{Imported, ImportedModel},
    litellm::LiteLlm,
    models_dev::ModelsDev,
    note::{Note, NoteKind},
    provenance::Provenance,
    review::{
        How, Match, ModelReview, ModelState, RegionRow, Review, Row, RowState, Rules, Totals,
    },
    slot::Slot,
    stale::{Stale, stale},
};
