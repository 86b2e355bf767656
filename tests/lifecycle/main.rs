//! The end of a model: who is told of it and how, who answers instead, and when.

mod cached;
mod events;
mod logged;
mod moving;
mod schedule;
mod sunset;
mod support;
mod told;
