//! The simulated providers, by a raw HTTP client over real sockets.

mod bill;
mod chaos;
mod client;
mod faults;
mod leaving;
mod mistakes;
mod server;
mod shapes;
mod tools;
mod usage;
