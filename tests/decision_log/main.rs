//! The decision log over stacks and simulated providers.

mod lines;
mod pressure;
mod settings;
mod support;
mod words;
