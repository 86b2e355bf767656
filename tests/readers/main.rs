//! What is read of calls in three vendors' APIs: what their own clients send, what it can cost at most, and that no
//! way of writing changes either.

mod bounds;
mod captures;
mod costs;
