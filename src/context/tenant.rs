use std::{fmt, str::FromStr, sync::Arc};

use super::{InvalidName, name};

/// On whose behalf a call is made: a name that the application gives, opaque to this crate.
///
/// Tenants are told apart by their exact bytes. The name appears in ledgers, records and logs: do not use a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tenant(Arc<str>);

impl Tenant {
    /// A tenant of this name.
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

    pub(crate) fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl FromStr for Tenant {
    type Err = InvalidName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::new(name)
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
