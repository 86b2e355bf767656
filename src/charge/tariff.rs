use http::request::Parts;

use super::Toll;
use crate::query::Refusal;

/// What calls cost, told before they are made. Any function of a request's head is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tariff",
    label = "this says nothing of what a call costs",
    note = "a tariff is a function `Fn(&http::request::Parts) -> Option<Toll>`, or what implements `Tariff`"
)]
pub trait Tariff: Send + Sync {
    /// What a call costs, of which this is the head and, if it is [asked for](Self::reads), the body; `None` where it
    /// costs nothing.
    ///
    /// # Errors
    /// When the call may not be made: of a model that has no price, say. Its caller gets the refusal.
    fn toll(&self, head: &Parts, body: &[u8]) -> Result<Option<Toll>, Refusal>;

    /// How many bytes of a body it reads at most, where what a call costs stands there. A call with a longer one is
    /// refused. Default: 0, the body is not read.
    fn reads(&self, head: &Parts) -> usize {
        let _ = head;
        0
    }
}

impl<F> Tariff for F
where
    F: Fn(&Parts) -> Option<Toll> + Send + Sync,
{
    fn toll(&self, head: &Parts, _: &[u8]) -> Result<Option<Toll>, Refusal> {
        Ok(self(head))
    }
}
