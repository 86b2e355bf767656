use std::{borrow::Cow, fmt};

use crate::chat::{Citation, Signed};

/// What comes while a call is open. `Debug` shows none of it.
pub(super) enum Waiting {
    Text(String),
    Thinking(String),
    Signature(Signed, String),
    Citation(Citation<'static>),
    Call {
        call: u32,
        id: String,
        name: String,
        arguments: String,
    },
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waiting(..)")
    }
}

impl Waiting {
    /// A source, kept.
    pub(super) fn cited(citation: Citation<'_>) -> Self {
        let own = |text: Option<Cow<'_, str>>| text.map(|text| text.into_owned().into());
        Self::Citation(Citation {
            url: own(citation.url),
            title: own(citation.title),
            quote: own(citation.quote),
            span: citation.span,
        })
    }
}
