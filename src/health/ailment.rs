use std::{borrow::Cow, fmt, time::Duration};

/// Why a candidate is not worth asking now, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ailment {
    why: Cow<'static, str>,
    passes: Option<Duration>,
    gone: bool,
}

impl Ailment {
    /// One that lasts until somebody says otherwise: the candidate is never asked.
    pub fn lasting(why: impl Into<Cow<'static, str>>) -> Self {
        Self {
            why: why.into(),
            passes: None,
            gone: false,
        }
    }

    /// One that is expected to pass after so long. Where nobody else is left, the candidate is asked all the same.
    pub fn passing(why: impl Into<Cow<'static, str>>, after: Duration) -> Self {
        Self {
            passes: Some(after),
            ..Self::lasting(why)
        }
    }

    /// The provider has said that it does not serve the model: its successor is asked, where there is one.
    pub fn gone(why: impl Into<Cow<'static, str>>, after: Duration) -> Self {
        Self {
            gone: true,
            ..Self::passing(why, after)
        }
    }

    /// Why, for explanations.
    pub const fn why(&self) -> &Cow<'static, str> {
        &self.why
    }

    /// After how long it is expected to pass; `None` where it lasts.
    pub const fn passes(&self) -> Option<Duration> {
        self.passes
    }

    /// Whether the provider does not serve the model any more.
    pub const fn is_gone(&self) -> bool {
        self.gone
    }
}

impl fmt::Display for Ailment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}
