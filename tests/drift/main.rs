//! What an app is told of models that are not what they were, and what is done about it.

#[path = "../time/rig.rs"]
#[allow(dead_code, reason = "the tests of time need more of it")]
mod rig;
mod scores;
mod times;
mod told;
