use std::fmt;

use bytes::Bytes;

use super::{reply::Reply, script::Step};

/// The form of a dialect's answers.
pub(crate) trait Form: fmt::Debug + Send + Sync {
    /// The `content-type` of a stream.
    fn stream_type(&self) -> &'static str {
        "text/event-stream; charset=utf-8"
    }

    /// The events of a stream. Without `ends` it lacks whatever says that it is complete.
    fn events(&self, reply: &Reply, ends: bool) -> Vec<Step>;

    /// An answer that is not streamed.
    fn whole(&self, reply: &Reply) -> Bytes;

    /// An error within a stream that has begun, or as its only event.
    fn error_event(&self, reply: &Reply, first: bool) -> Bytes;

    /// An event whose data breaks off.
    fn garbage(&self) -> Bytes;

    /// Whether an error in place of this answer stands in a list.
    fn lists_errors(&self) -> bool {
        false
    }

    /// Whether comments may stand between the events of a stream.
    fn has_comments(&self) -> bool {
        true
    }
}
