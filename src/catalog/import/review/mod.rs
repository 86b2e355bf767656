//! A list against a catalog: what would change, and what is not believed.

mod check;
mod compare;
mod matching;
mod model;
#[expect(clippy::module_inception, reason = "the type is named like its room")]
mod review;
mod row;
mod rules;

pub use self::{
    matching::{How, Match},
    model::{ModelReview, ModelState},
    review::{Review, Totals},
    row::{RegionRow, Row, RowState},
    rules::Rules,
};
