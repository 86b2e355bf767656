use std::collections::VecDeque;

use super::{
    What,
    scale::Scale,
    watch::{Bounds, Shift, Turn, Watch},
};

/// What is watched of one candidate, on one task or over all.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) quality: Watch,
    errors: Watch,
    refusals: Watch,
    latency: Watch,
    length: Watch,
    /// Middle of the times to the first content, of those for a hundred tokens, and of lengths.
    first: Scale,
    whole: Scale,
    tokens: Scale,
    /// How much better answers are than predicted, lately.
    ahead: f64,
    /// What is added to what is predicted.
    offset: f64,
    names: VecDeque<Box<str>>,
    answers: u64,
}

/// How an attempt ended, as far as it says something about who was asked.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::profile) struct Ended<'a> {
    pub(in crate::profile) failed: bool,
    pub(in crate::profile) refused: bool,
    /// In seconds, where the answer was streamed.
    pub(in crate::profile) first_content: Option<f64>,
    /// In seconds.
    pub(in crate::profile) total: f64,
    pub(in crate::profile) tokens: Option<u64>,
    pub(in crate::profile) served: Option<&'a str>,
}

/// A change of one quantity.
pub(super) struct Changed {
    pub(super) what: What,
    pub(super) recovered: bool,
    pub(super) worse: bool,
    pub(super) shift: Shift,
    pub(super) names: Option<(Box<str>, Box<str>)>,
}

/// How much must speak for a change of quality: at most 8 false alarms in a million outcomes for a fall, less than one for a
/// rise, which can wait.
const QUALITY: Bounds = Bounds {
    fall: 10.0,
    rise: 12.2,
};
/// Where tasks are watched one by one besides, so that both together are as seldom wrong.
const QUALITY_SPLIT: Bounds = Bounds {
    fall: 10.7,
    rise: 12.9,
};
/// For everything else, of which there is four times as much: together less than one in a million.
const OTHERS: Bounds = Bounds {
    fall: 13.5,
    rise: 13.5,
};
/// How fast what is added to predictions follows.
const FOLLOWS: f64 = 1.0 / 40.0;
/// What is added fades like this with every score, once the new is what is usual.
const FADES: f64 = 0.98;
/// No more is added, nor taken away.
const MOST: f64 = 0.5;
/// So many names of models are known apart: who alternates between them changes nothing.
const NAMES: usize = 8;
/// The longest name that is kept, in bytes.
const LONGEST_NAME: usize = 256;
/// After another model's name, less must speak for a change of this many outcomes.
const ALERT: f64 = 500.0;
/// A candidate that fails so much more often than before stands behind the others.
const ERRORS_BEHIND: f64 = 0.1;
/// One that takes longer by so many eighths of octaves does: twice as long.
const LATENCY_BEHIND: f64 = 0.125;

impl Cell {
    /// `split`: whether the same outcomes are looked at twice, here and by task.
    pub(super) fn new(split: bool) -> Self {
        let watch = |what: What| Watch::new(what.steps(), OTHERS);
        let quality = if split { QUALITY_SPLIT } else { QUALITY };
        Self {
            quality: Watch::new(What::Quality.steps(), quality),
            errors: watch(What::Errors),
            refusals: watch(What::Refusals),
            latency: watch(What::Latency),
            length: watch(What::Length),
            first: Scale::default(),
            whole: Scale::default(),
            tokens: Scale::default(),
            ahead: 0.0,
            offset: 0.0,
            names: VecDeque::new(),
            answers: 0,
        }
    }

    /// From here on, the same scores are looked at by task besides, and less what their task makes: nothing that was before
    /// can be compared with them.
    pub(super) fn split(&mut self) {
        self.quality = Watch::new(What::Quality.steps(), QUALITY_SPLIT);
        self.offset = 0.0;
    }

    /// What is to be added to what is predicted.
    pub(super) const fn offset(&self) -> f64 {
        self.offset
    }

    /// Whether it fails so much more often, or takes so much longer than before that others are to be asked first.
    pub(super) fn is_behind(&self) -> bool {
        let by = |watch: &Watch, least: f64| {
            let drifted = watch.drifted();
            drifted.is_some_and(|(before, after)| before - after >= least)
        };
        by(&self.errors, ERRORS_BEHIND) || by(&self.latency, LATENCY_BEHIND)
    }

    /// An answer was scored `score`, `ahead` of what was predicted; `centred` is the score without what its task makes.
    pub(super) fn scored(&mut self, centred: f64, ahead: f64, weight: f64) -> Option<Changed> {
        self.ahead = (weight * FOLLOWS).mul_add(ahead - self.ahead, self.ahead);
        if self.offset != 0.0 {
            self.offset = (weight * FOLLOWS).mul_add(ahead, self.offset);
            if !self.quality.is_drifted() {
                self.offset *= FADES;
            }
            self.bound_offset();
        }
        let turn = self.quality.push(weight, centred)?;
        match turn {
            Turn::Drifted(shift) => {
                self.offset += self.ahead;
                if self.offset == 0.0 {
                    self.offset = 1e-6f64.copysign(shift.after - shift.before);
                }
                self.bound_offset();
            }
            Turn::Recovered(_) => self.offset = 0.0,
            Turn::Suspected | Turn::Usual => {}
        }
        changed(What::Quality, turn, |mean| mean)
    }

    /// Only as far as the change goes, and in its direction.
    fn bound_offset(&mut self) {
        let (low, high) = match self.quality.drifted() {
            Some((before, after)) if after < before => (-MOST, 0.0),
            Some(_) => (0.0, MOST),
            None => (-MOST, MOST),
        };
        self.offset = self.offset.clamp(low, high);
        if !self.quality.is_drifted() && self.offset.abs() < 0.005 {
            self.offset = 0.0;
        }
    }

    /// An attempt has ended. Whatever has changed goes to `found`.
    pub(super) fn ended(&mut self, ended: &Ended<'_>, found: &mut impl FnMut(Changed)) {
        let well = |bad: bool| if bad { 0.0 } else { 1.0 };
        let mut tell = |changed: Option<Changed>| changed.into_iter().for_each(&mut *found);
        let turn = self.errors.push(1.0, well(ended.failed));
        tell(turn.and_then(|turn| changed(What::Errors, turn, |mean| 1.0 - mean)));
        if ended.failed {
            return;
        }
        tell(self.named(ended.served));
        let turn = self.refusals.push(1.0, well(ended.refused));
        tell(turn.and_then(|turn| changed(What::Refusals, turn, |mean| 1.0 - mean)));
        let tokens = ended.tokens.filter(|tokens| *tokens > 0);
        let (scale, seconds) = match (ended.first_content, tokens) {
            (Some(first), _) => (&mut self.first, first),
            // Something of it is there before the first token.
            (None, Some(tokens)) => (
                &mut self.whole,
                ended.total / (tokens as f64 + 100.0) * 100.0,
            ),
            (None, None) => return,
        };
        if let Some(place) = scale.place(seconds) {
            let turn = self.latency.push(1.0, place);
            let scale = *scale;
            tell(turn.and_then(|turn| changed(What::Latency, turn, |mean| scale.value(mean))));
        }
        if let Some(place) = tokens.and_then(|tokens| self.tokens.place(tokens as f64)) {
            let turn = self.length.push(1.0, place);
            let scale = self.tokens;
            tell(turn.and_then(|turn| changed(What::Length, turn, |mean| scale.value(mean))));
        }
    }

    /// The model that has answered says its name.
    fn named(&mut self, name: Option<&str>) -> Option<Changed> {
        self.answers += 1;
        let name = name.filter(|name| name.len() <= LONGEST_NAME)?;
        if self.names.iter().any(|one| **one == *name) {
            return None;
        }
        let before = self.names.back().cloned();
        if self.names.len() == NAMES {
            self.names.pop_front();
        }
        self.names.push_back(name.into());
        let names = Some((before?, name.into()));
        for watch in [&mut self.quality, &mut self.refusals, &mut self.length] {
            watch.be_alert(ALERT);
        }
        Some(Changed {
            what: What::Model,
            recovered: false,
            worse: false,
            shift: Shift {
                before: 0.0,
                after: 0.0,
                since: 1.0,
                of: self.answers as f64,
            },
            names,
        })
    }
}

/// What is told of a turn, in the unit that callers know.
fn changed(what: What, turn: Turn, unit: impl Fn(f64) -> f64) -> Option<Changed> {
    let (shift, recovered) = match turn {
        Turn::Drifted(shift) => (shift, false),
        Turn::Recovered(shift) => (shift, true),
        Turn::Suspected | Turn::Usual => return None,
    };
    Some(Changed {
        what,
        recovered,
        worse: shift.after < shift.before,
        shift: Shift {
            before: unit(shift.before),
            after: unit(shift.after),
            ..shift
        },
        names: None,
    })
}
