//! The file ledger on a disk that fails on command.

mod crash;
mod damage;
mod fault;
mod group;
mod model;
mod platter;
mod rig;
