use crate::{
    catalog::Candidate,
    observe::{Considered, Dropped},
};

/// Which candidate is asked besides the one that answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Other {
    /// The best of the others by what is predicted of them.
    #[default]
    Best,
    /// Any of them, by chance: so all are learned of.
    Any,
    /// This model, by its name in the catalog, or at an effort: `name@effort`. Calls for which it is no candidate are not
    /// compared.
    Named(Box<str>),
}

impl Other {
    /// Who is to be asked of those that were considered, besides who has answered, and with which probability.
    pub(super) fn of<'a>(
        &self,
        considered: &'a [Considered],
        answered: &Candidate,
        luck: u32,
    ) -> Option<(&'a Considered, f64)> {
        let others = considered.iter().filter(|one| may_be_asked(one));
        let mut others = others.filter(|one| one.candidate != *answered);
        match self {
            Self::Best => {
                let quality = |one: &Considered| one.quality.unwrap_or(0.0);
                // Of equals the first in the catalog's order.
                let better = |best: &'a Considered, one: &'a Considered| {
                    if quality(one) > quality(best) {
                        one
                    } else {
                        best
                    }
                };
                others.reduce(better).map(|one| (one, 1.0))
            }
            Self::Any => {
                let all: Vec<_> = others.collect();
                let probability = 1.0 / all.len() as f64;
                // As evenly as a number of 32 bits can be shared out.
                let place = (u64::from(luck) * all.len() as u64) >> 32;
                all.get(usize::try_from(place).ok()?)
                    .map(|one| (*one, probability))
            }
            Self::Named(name) => others
                .find(|one| {
                    *one.candidate.model().name() == **name || one.candidate.to_string() == **name
                })
                .map(|one| (one, 1.0)),
        }
    }
}

impl From<&str> for Other {
    /// `best`, `any`, or a model's name.
    fn from(word: &str) -> Self {
        match word {
            "best" => Self::Best,
            "any" => Self::Any,
            name => Self::Named(name.into()),
        }
    }
}

/// Whether a candidate has passed every filter, and is well.
pub(super) const fn may_be_asked(one: &Considered) -> bool {
    matches!(one.dropped, None | Some(Dropped::BelowThreshold { .. })) && one.ailing.is_none()
}
