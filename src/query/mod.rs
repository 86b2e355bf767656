//! What is asked.

mod classification;
mod prompt;
mod task;

pub use self::{
    classification::{Classification, Signal},
    prompt::Prompt,
    task::Task,
};
