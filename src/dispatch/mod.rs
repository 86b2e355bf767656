//! Speaking to providers: their wire formats, streams and meters.

pub mod sse;
