use std::pin::Pin;

use super::driver::Drive;

/// Where the driver is.
pub(super) enum Place {
    /// In the flight: whoever wants more may poll it.
    In(Pin<Box<dyn Drive>>),
    /// Somebody polls it.
    Out,
    /// There is none, or none any more.
    Gone,
}

impl Place {
    /// Takes the driver out, if it is in.
    pub(super) fn take(&mut self) -> Option<Pin<Box<dyn Drive>>> {
        match std::mem::replace(self, Self::Out) {
            Self::In(driver) => Some(driver),
            other => {
                *self = other;
                None
            }
        }
    }
}
