use std::{future::Future, pin::Pin};

use http::Response;

use crate::{
    dispatch::Baton,
    observe::{Failure, Outcome},
};

/// An attempt that is to go on with an answer, from its pause on to its head.
pub(in super::super) type Asking<B> = Pin<Box<dyn Future<Output = Asked<B>> + Send>>;

/// What came of one.
pub(in super::super) enum Asked<B> {
    Answer(Response<B>),
    Failed(Failure),
}

/// Who else can be asked.
pub(in super::super) trait Others<B>: Send {
    /// An attempt has failed: the next one, which goes on with what was left, at a candidate that can. `None` where there
    /// is none.
    fn next(
        &mut self,
        failure: Failure,
        outcome: Option<Outcome>,
        baton: &Baton,
    ) -> Option<Asking<B>>;
}
