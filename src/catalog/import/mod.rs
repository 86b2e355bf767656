//! Reads public price lists.

mod amount;
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
mod slot;
mod vendor;

pub use self::{
    doubt::Doubt,
    error::ImportError,
    format::{Format, UnknownFormat},
    genai_prices::GenaiPrices,
    imported::{Imported, ImportedModel},
    litellm::LiteLlm,
    models_dev::ModelsDev,
    note::{Note, NoteKind},
    provenance::Provenance,
    slot::Slot,
};
