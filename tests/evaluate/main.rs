//! The examples `evaluate` and `replay` on calls of which everything is known: three models, four tasks.

mod evaluate;
mod fixture;
mod hostile;
mod replay;
mod support;
