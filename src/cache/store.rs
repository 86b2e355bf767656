use std::{fmt, future::Future, pin::Pin, sync::Arc};

use super::{Entry, Key};

/// Keeps answers.
///
/// Nothing of it fails a call: a store that cannot read says that there is nothing, and one that cannot write leaves it.
/// Entries tell themselves when they have expired ([`Entry::ttl`]); the layer looks, so a store need not.
///
/// Keys tell tenants apart and are this process's own, see [`Key`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` keeps no answers",
    label = "not a `Store`",
    note = "implement `Store` for it, or for what is in its `Arc`"
)]
pub trait Store: Send + Sync {
    /// What there is for a key. Must not block.
    fn get(&self, key: &Key) -> Lookup;

    /// Takes an entry in place of the one that may be there. Must not block: hand over what takes long.
    fn put(&self, key: Key, entry: Arc<Entry>);

    /// Forgets an entry that has expired, unless another has come in its place already. Must not block.
    fn remove(&self, key: &Key, expired: &Arc<Entry>);
}

/// What a [`Store`] has, or when it knows.
pub enum Lookup {
    /// Known now.
    Ready(Option<Arc<Entry>>),
    /// Known later. Dropped when the caller leaves.
    Later(Pin<Box<dyn Future<Output = Option<Arc<Entry>>> + Send>>),
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready(entry) => f.debug_tuple("Ready").field(entry).finish(),
            Self::Later(_) => f.write_str("Later(..)"),
        }
    }
}

impl<S: Store + ?Sized> Store for Arc<S> {
    fn get(&self, key: &Key) -> Lookup {
        (**self).get(key)
    }

    fn put(&self, key: Key, entry: Arc<Entry>) {
        (**self).put(key, entry);
    }

    fn remove(&self, key: &Key, expired: &Arc<Entry>) {
        (**self).remove(key, expired);
    }
}
