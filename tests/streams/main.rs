//! What befalls streams on their way from every dialect to every form of a caller: those that stall, those that break
//! before and after the answer has begun.

mod aborted;
mod commit;
mod stalled;
mod support;
