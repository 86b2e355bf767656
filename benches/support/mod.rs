//! What the benches share.

mod ask;
#[path = "../../examples/overhead/bytes.rs"]
mod bytes;
mod catalog;
mod criterion;
mod layers;
mod measure;
mod stacks;
mod upstream;

pub(crate) use self::{
    ask::{ask, here},
    bytes::Question,
    catalog::catalog,
    criterion::criterion,
    layers::{layers, reader},
    measure::{Asking, Measure},
    stacks::{budgets, stacks},
    upstream::Upstream,
};
