use crate::{classify::heuristics::rule::Kind, query::Signal};

/// How many signals an explanation has at most.
const SHOWN: usize = 12;

/// What counted most so far, strongest first; of equals the earlier first.
#[derive(Debug)]
pub(super) struct Strongest {
    seen: [(&'static str, Kind, f32); SHOWN],
    len: usize,
}

impl Default for Strongest {
    fn default() -> Self {
        Self {
            seen: [("", Kind::Depth, 0.0); SHOWN],
            len: 0,
        }
    }
}

impl Strongest {
    pub(super) fn add(&mut self, name: &'static str, kind: Kind, weight: f32) {
        let weaker = |seen: &(_, _, f32)| seen.2.total_cmp(&weight).is_lt();
        let at = self.seen[..self.len].iter().rposition(|seen| !weaker(seen));
        let at = at.map_or(0, |at| at + 1);
        if at == SHOWN {
            return;
        }
        self.len = SHOWN.min(self.len + 1);
        self.seen[at..self.len].rotate_right(1);
        self.seen[at] = (name, kind, weight);
    }

    pub(super) fn signals(&self) -> impl Iterator<Item = Signal> {
        self.seen[..self.len]
            .iter()
            .map(|(name, kind, weight)| Signal::new(*name, kind.task(), *weight))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_stay_and_equals_keep_their_order() {
        let names = [
            "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o",
        ];
        let mut strongest = Strongest::default();
        let mut all = Vec::new();
        for (name, weight) in names
            .into_iter()
            .zip([1, 5, 3, 5, 2, 1, 4, 4, 3, 5, 1, 1, 2, 9, 1])
        {
            let weight = f32::from(u8::try_from(weight).unwrap());
            strongest.add(name, Kind::Math, weight);
            all.push((name, weight));
        }
        all.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let shown: Vec<_> = strongest.signals().map(|signal| signal.name).collect();
        let expected: Vec<_> = all.iter().take(SHOWN).map(|(name, _)| *name).collect();
        assert_eq!(shown, expected);
    }
}
