use std::fmt::Write as _;

use crate::budget::{AccountId, ScopeKey};

/// What the scripts know as `KEYS`, in their order.
const NAMES: [&str; 14] = [
    "meta",
    "accounts",
    "kinds",
    "holds",
    "leases",
    "ends",
    "ended",
    "doubts",
    "doubt-order",
    "models",
    "refunds",
    "refund-order",
    "peers",
    "peers-seen",
];

/// The keys of one ledger: a few, all of one hash tag, so that they lie in one slot of a cluster.
#[derive(Clone, Debug)]
pub(super) struct Keys(Vec<String>);

impl Keys {
    pub(super) fn of(ledger: &str) -> Self {
        let key = |name: &&str| format!("{{{ledger}}}:{name}");
        Self(NAMES.iter().map(key).collect())
    }

    pub(super) fn as_slice(&self) -> &[String] {
        &self.0
    }
}

/// What an account is called in Redis: the length of the budget's name, so that no name can be taken for another one.
pub(super) fn account_name(id: &AccountId) -> String {
    let name = id.name();
    let mut text = format!("{}:{name}", name.len());
    if let Some(key) = id.key() {
        // Writing to a string does not fail.
        let _ = write!(text, "/{key}");
    }
    text
}

/// The account of such a name; `None` where it is none.
pub(super) fn account_of(text: &str) -> Option<AccountId> {
    let (length, rest) = text.split_once(':')?;
    let (name, rest) = rest.split_at_checked(length.parse().ok()?)?;
    let key = match rest.strip_prefix('/') {
        Some(key) => Some(ScopeKey::new(key).ok()?),
        None if rest.is_empty() => None,
        None => return None,
    };
    Some(AccountId::new(name, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_were_written() {
        let key = |text| Some(ScopeKey::new(text).unwrap());
        let ids = [
            AccountId::new("org", None),
            AccountId::new("org", key("a/b")),
            AccountId::new("org/a", key("b")),
            AccountId::new("", key("ü")),
            AccountId::new("3:org", None),
        ];
        for id in &ids {
            assert_eq!(account_of(&account_name(id)).as_ref(), Some(id));
        }
        let names: std::collections::HashSet<_> = ids.iter().map(account_name).collect();
        assert_eq!(names.len(), ids.len());
        for text in ["", "org", "9:org", "1:ü", "3:orgs", "-1:org", "3:org/"] {
            assert_eq!(account_of(text), None, "{text}");
        }
    }

    #[test]
    fn all_keys_have_one_hash_tag() {
        let keys = Keys::of("team");
        assert!(keys.as_slice().iter().all(|key| key.starts_with("{team}:")));
    }
}
