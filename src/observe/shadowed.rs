use std::sync::Arc;

use super::Decision;
use crate::{catalog::Candidate, money::Usd};

/// A call that another candidate has answered too, outside its caller's path, and how far the two agree.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Shadowed {
    /// Why the caller's call went where it went.
    pub decision: Arc<Decision>,
    /// Who has answered the caller.
    pub answered: Candidate,
    /// Who was asked besides.
    pub candidate: Candidate,
    /// How far the answers agree, 0..=1, by the judge; `None` where it could not tell. Agreement is not quality: two can be
    /// wrong together.
    pub agreement: Option<f64>,
    /// What the other answer, and asking a judge, have cost together; `None` where that is not known.
    pub cost: Option<Usd>,
    /// With which probability this candidate was asked for this call.
    pub probability: f64,
}
