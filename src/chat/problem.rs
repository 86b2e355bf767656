use std::{borrow::Cow, time::Duration};

use crate::observe::FailureClass;

/// A provider's error, apart from any wire format.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem<'a> {
    /// What kind of failure it is, where the provider's words tell; else its status does.
    pub class: Option<FailureClass>,
    /// The provider's own code, a short word.
    pub code: Option<Cow<'a, str>>,
    /// The provider's words for people.
    pub message: Option<Cow<'a, str>>,
    /// The field at fault, where the provider names it.
    pub param: Option<Cow<'a, str>>,
    /// When trying again makes sense, where the body says it.
    pub retry_after: Option<Duration>,
}

impl Problem<'_> {
    /// One of which nothing is known.
    pub const fn unknown() -> Self {
        Self {
            class: None,
            code: None,
            message: None,
            param: None,
            retry_after: None,
        }
    }
}
