//! The cache: what it gives again, what it keeps, what is asked once.

mod crowd;
mod cuts;
mod flights;
mod forms;
mod hits;
mod keys;
mod leaving;
mod support;
mod way;
