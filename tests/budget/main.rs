//! The budget room from outside: money at any concurrency, against a model, across windows, through real sockets.

mod alerts;
mod ambient;
mod concurrency;
mod ends;
mod layer;
mod leases;
mod ledgers;
mod rates;
mod support;
mod waiting;
mod windows;
