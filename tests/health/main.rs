//! What calls show of their candidates' health, and what follows for the calls after them.

mod fleet;
mod gone;
mod judged;
mod last;
mod limits;
mod storm;
mod told;
