//! Calls with an `Idempotency-Key`: made once, whatever becomes of their callers, and their answers given again.

mod crowd;
mod ends;
mod hand;
mod leaving;
mod refusals;
mod replays;
mod support;
mod times;
mod untouched;
