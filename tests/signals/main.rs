//! What an answer's own form says of it, for callers and providers of three vendors, streamed and whole.

mod passed_over;
mod support;
mod told;
