//! Several deployments of one model: who gets which call, with which key, and what follows from a failure of one.

mod balance;
mod catalog;
mod keys;
mod support;
