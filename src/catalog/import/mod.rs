//! Reads public price lists.

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
