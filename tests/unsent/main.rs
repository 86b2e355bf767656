//! Requests that a provider has never seen, over real sockets: they cost nothing, and say so; and requests that it may
//! have seen are not taken for such.

mod connect;
mod frames;
mod http1;
mod http2;
mod rig;
