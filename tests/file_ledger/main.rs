//! The file ledger from outside: what it knows after its process has ended, however it ended.

mod kill;
mod pace;
mod restart;
mod support;
