//! Says what a query asks for, and how hard it is.
//!
//! ```
//! use tower_genai::{
//!     classify::{Classifier, Heuristics},
//!     query::{Classification, Prompt, Task},
//! };
//!
//! let heuristics = Heuristics::new();
//! let found = heuristics.classify(&Prompt::new("Why does my Rust closure not compile?"));
//! assert_eq!(found.task(), &Task::CODING);
//!
//! // A closure is a classifier too.
//! let constant = |_: &Prompt| Classification::new(Task::GENERAL);
//! assert_eq!(constant.classify(&Prompt::new("hello")).task(), &Task::GENERAL);
//! ```
//!
//! Text says well what kind of work is asked and badly how hard it is for a given model: treat difficulty as a weak
//! hint. On tasks unlike those a rule was made for, prompt length predicts about as well as anything cheap.

mod classifier;
mod heuristics;

pub use self::{classifier::Classifier, heuristics::Heuristics};
