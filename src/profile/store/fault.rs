use std::sync::Arc;

/// Why a store did not keep, or does not have, what was learned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It cannot be reached, read or written now.
    #[error("the profile's store cannot be used: {0}")]
    Unavailable(Arc<str>),
    /// What is kept makes no sense. It is left as it is.
    #[error("{file}:{line}: {what}")]
    Damaged {
        /// Where.
        file: Arc<str>,
        /// From 1.
        line: usize,
        /// What is wrong, with the member's name.
        what: Arc<str>,
    },
    /// A later version of this crate has written it. It is left as it is.
    #[error("{file}: is of version {version}, which a later version of this program has written")]
    Newer {
        /// Where.
        file: Arc<str>,
        /// Its version.
        version: u64,
    },
}

impl StoreError {
    /// It cannot be used now, for people to know why.
    pub fn unavailable(why: impl Into<Arc<str>>) -> Self {
        Self::Unavailable(why.into())
    }
}
