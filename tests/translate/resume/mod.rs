//! Answers that break off and are gone on with elsewhere: every caller, every dialect that breaks, every way of going on,
//! at every event. Over simulated providers, which go on with exactly the rest, or refuse.

mod every_cut;
mod limits;
mod rig;
