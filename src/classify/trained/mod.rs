mod evidence;
mod model;
mod terms;
mod trained;

pub use self::{evidence::Evidence, model::BadWeights, trained::Trained};
