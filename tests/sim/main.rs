//! The simulated providers, by a raw HTTP client over real sockets.

mod anthropic;
mod bill;
mod breaking;
mod chaos;
mod client;
mod dialects;
mod faults;
mod gemini;
mod leaving;
mod mistakes;
mod server;
mod shapes;
mod tools;
mod usage;
