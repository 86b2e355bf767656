//! What the benches share.

mod ask;
#[path = "../../examples/overhead/bytes.rs"]
mod bytes;
mod catalog;
mod criterion;
mod stacks;
mod upstream;

pub(crate) use self::{
    ask::{ask, here},
    bytes::Question,
    catalog::catalog,
    criterion::{bench, criterion},
    stacks::{budgets, stack},
    upstream::Upstream,
};
