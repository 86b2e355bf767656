use std::{fmt, sync::Arc};

use crate::context::{self, InvalidName, Tenant};

/// Which one of several like budgets: see [`Budget::each`](super::Budget::each).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeKey(Arc<str>);

impl ScopeKey {
    /// A key of this text. It stands in ledgers and logs: do not use a secret.
    ///
    /// # Errors
    /// When the text is empty, has more than 256 bytes, or a control character.
    pub fn new(key: &str) -> Result<Self, InvalidName> {
        context::checked(key).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Tenant> for ScopeKey {
    fn from(tenant: &Tenant) -> Self {
        Self(tenant.shared())
    }
}

impl fmt::Display for ScopeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What a ledger keeps an account under: a budget's name, and a key where there is one such budget for each key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId {
    name: Arc<str>,
    key: Option<ScopeKey>,
}

impl AccountId {
    /// The account of a budget, or of one key's share of it.
    pub fn new(name: impl Into<Arc<str>>, key: Option<ScopeKey>) -> Self {
        let name = name.into();
        Self { name, key }
    }

    /// The budget's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key, where there is one such budget for each.
    pub fn key(&self) -> Option<&ScopeKey> {
        self.key.as_ref()
    }

    pub(super) fn shared_name(&self) -> &Arc<str> {
        &self.name
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{}/{key}", self.name),
            None => f.pad(&self.name),
        }
    }
}
