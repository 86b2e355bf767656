/// An event is larger than the reader's limit.
///
/// The stream cannot be read on from here: [`Reader::next`](super::Reader::next) keeps giving this error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a server-sent event is larger than the limit of {limit} bytes")]
pub struct TooLarge {
    limit: usize,
}

impl TooLarge {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit }
    }

    /// The limit that was passed, in bytes.
    pub fn limit(&self) -> usize {
        self.limit
    }
}
