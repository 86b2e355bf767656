//! What is asked.

mod classification;
mod needs;
mod prompt;
mod task;

pub use self::{
    classification::{Classification, Signal},
    needs::{Capabilities, Capability, UnknownCapability},
    prompt::Prompt,
    task::Task,
};
