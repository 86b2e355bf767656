use serde::Serialize;

use super::super::{Considered, Dropped};
use crate::{catalog::Effort, money::Usd};

/// A candidate as it was judged.
#[derive(Serialize)]
pub(super) struct CandidateJson<'a> {
    model: &'a str,
    effort: Option<&'a str>,
    provider: &'a str,
    quality: Option<f64>,
    /// How far off `quality` may be, and how many labelled calls speak of it, where experience was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    sd: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<f64>,
    cost_usd: Option<Usd>,
    most_usd: Option<Usd>,
    probability: Option<f64>,
    dropped: Option<String>,
    /// Whether it could have answered: a policy alone has left it out, or nobody has.
    able: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ailing: Option<&'a str>,
}

impl<'a> CandidateJson<'a> {
    pub(super) fn new(one: &'a Considered) -> Self {
        let model = one.candidate.model();
        Self {
            model: model.name(),
            effort: one.candidate.effort().map(Effort::level),
            provider: model.provider().name(),
            quality: one.quality,
            sd: one.estimate.map(|estimate| estimate.sd),
            labels: one.estimate.map(|estimate| estimate.labels),
            cost_usd: one.guess,
            most_usd: one.bound.bound(),
            probability: one.probability,
            dropped: one.dropped.as_ref().map(ToString::to_string),
            able: matches!(
                one.dropped,
                None | Some(Dropped::BelowThreshold { .. } | Dropped::Policy(_))
            ),
            ailing: one.ailing.as_deref(),
        }
    }
}
