//! Answers for nobody: who is asked besides, on whose money, and what comes of it.

mod ends;
mod judged;
mod labels;
mod money;
mod path;
mod share;
mod support;
mod told;
