use super::translation::Translation;
use crate::{chat::ArrayFraming, query::Api};

/// How an answer gets into the caller's form.
#[derive(Debug)]
pub(super) enum Form {
    /// Its bytes pass.
    Native,
    /// The JSON of its events passes, as elements of one array.
    Elements(ArrayFraming),
    /// It is translated.
    Translated {
        translation: Box<Translation>,
        /// What was left out of the request on the way.
        left_out: Option<&'static str>,
    },
}

impl Form {
    pub(super) fn native(api: Api) -> Self {
        match api {
            Api::GeminiStreamArray => Self::Elements(ArrayFraming::default()),
            _ => Self::Native,
        }
    }

    pub(super) fn translated(translation: Translation, left_out: Option<&'static str>) -> Self {
        Self::Translated {
            translation: Box::new(translation),
            left_out,
        }
    }

    /// The translation of an answer that another has begun.
    pub(super) fn resuming(&mut self) -> Option<&mut Translation> {
        match self {
            Self::Translated { translation, .. } if translation.resumes() => Some(translation),
            _ => None,
        }
    }

    pub(super) const fn is_native(&self) -> bool {
        !matches!(self, Self::Translated { .. })
    }

    pub(super) const fn left_out(&self) -> Option<&'static str> {
        match self {
            Self::Translated { left_out, .. } => *left_out,
            Self::Native | Self::Elements(_) => None,
        }
    }
}
