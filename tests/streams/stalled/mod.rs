//! Streams that stall, in paused time: silence of the provider ends a stream, and nothing else does.

mod ends;
mod ours;
mod smithy;
