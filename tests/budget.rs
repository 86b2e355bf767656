//! The budget room from outside: money at any concurrency, against a model, across windows, through real sockets.

#[path = "budget/ambient.rs"]
mod ambient;
#[path = "budget/concurrency.rs"]
mod concurrency;
#[path = "budget/ends.rs"]
mod ends;
#[path = "budget/layer.rs"]
mod layer;
#[path = "budget/ledgers.rs"]
mod ledgers;
#[path = "budget/model.rs"]
mod model;
#[path = "budget/support.rs"]
mod support;
#[path = "budget/windows.rs"]
mod windows;
