use std::{fmt, str::FromStr, sync::Arc};

use super::{InvalidName, name};

/// What kind of data a call carries, such as `personal`: it limits where the call may go.
///
/// Labels are only ever added on a call's way, never taken off.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DataLabel(Arc<str>);

impl DataLabel {
    /// A label of this name.
    ///
    /// # Errors
    /// When the name is empty, has more than 256 bytes, or a control character.
    pub fn new(name: &str) -> Result<Self, InvalidName> {
        name::checked(name).map(Self)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DataLabel {
    type Err = InvalidName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::new(name)
    }
}

impl fmt::Display for DataLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
