//! The trained classifier: against questions that nothing was trained on, on hostile texts, and trained anew on a
//! fixture of its own; and tasks of a user's own.

#[path = "../../examples/train/fit.rs"]
mod fit;
mod held_out;
mod hostile;
mod own_tasks;
mod training;
#[path = "../../examples/train/weights.rs"]
mod weights;
