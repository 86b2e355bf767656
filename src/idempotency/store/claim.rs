use std::{sync::Arc, time::Duration};

use super::Ticket;
use crate::idempotency::{record::Record, refused::Refused};

/// What a call with a key comes to.
#[derive(Debug)]
pub(in crate::idempotency) enum Claim {
    /// Nobody has used the key: the call is to be made, and the ticket says what became of it.
    First(Ticket),
    /// It was answered, so long ago.
    Done(Arc<Record>, Duration),
    /// Neither.
    Refused(Refused),
}
