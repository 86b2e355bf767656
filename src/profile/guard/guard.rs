use super::{Judged, Verdict, rival::Rival};

/// Compares the router with always asking one candidate, on the calls of one stream, whoever was asked.
///
/// Of every scored call of which the choice was left to the policy, it estimates how good the router's choice and each
/// constant would have been (doubly robust: what was predicted, and what the answer was better or worse than
/// predicted, weighted by the inverse of the probability with which it was asked, at most [`CLIP`](super::rival)).
/// Plain state: no clock, no lock, no chance.
#[derive(Debug)]
pub(in crate::profile) struct Guard {
    rivals: Vec<Rival>,
    verdict: Verdict,
    /// Whether the verdict is where it began, for want of labels.
    began: bool,
    /// Whether the beginning was told what to be.
    ready: bool,
    labels: f64,
    /// Scored calls since the verdict.
    since: f64,
}

/// So many constants are compared.
const RIVALS: usize = 64;
/// With fewer scores, where the prior is one mean for each model, the best of them is always asked.
const BEGINS: f64 = 200.0;
/// With fewer scores since the last verdict, there is no other one.
const STAYS: f64 = 50.0;
/// So sure must be that the router loses: standard errors.
const SURE: f64 = 2.3;
/// So sure that it does not, before it comes back.
const BACK: f64 = 0.5;
/// So much quality is as good as none.
const NOTHING: f64 = 0.01;
/// A router that is dearer than so much of a constant's cost saves nothing.
const CHEAPER: f64 = 0.98;
/// After a verdict, what was before counts this much.
const AFTERWARDS: f64 = 0.3;
/// Calls on which the constant is asked while routing is.
const CHECKED: f64 = 0.02;
/// Calls that are routed while a constant is asked.
const TRIED: f64 = 0.05;
/// Alike, before it is known whether routing wins.
const TRIED_FIRST: f64 = 0.3;

impl Guard {
    pub(in crate::profile) const fn new() -> Self {
        Self {
            rivals: Vec::new(),
            verdict: Verdict::Routing,
            began: true,
            ready: false,
            labels: 0.0,
            since: 0.0,
        }
    }

    /// What holds for a call on which `best` is the constant that the prior would choose.
    pub(in crate::profile) const fn verdict(&mut self, by_task: bool, best: u32) -> Verdict {
        if !self.ready {
            self.ready = true;
            if !by_task {
                self.verdict = Verdict::Constant(best);
            }
        }
        self.verdict
    }

    /// The share of calls on which the other of the two is asked: the router where a constant is, and the best constant
    /// where the router is.
    pub(in crate::profile) const fn share(&self) -> f64 {
        match self.verdict {
            Verdict::Routing => CHECKED,
            Verdict::Constant(_) if self.began => TRIED_FIRST,
            Verdict::Constant(_) => TRIED,
        }
    }

    /// The best constant as far as is known, of those there are; `None` before there are scores.
    pub(in crate::profile) fn best(&self, there: impl Fn(u32) -> bool) -> Option<u32> {
        let there = self.rivals.iter().filter(|rival| there(rival.arm));
        let known = there.filter(|rival| rival.samples() >= STAYS);
        let best = known.max_by(|a, b| a.value().total_cmp(&b.value()))?;
        Some(best.arm)
    }

    /// Somebody has answered a call that was left to the policy.
    pub(in crate::profile) fn answered(&mut self, arm: u32) {
        if let Some(rival) = self.rival(arm) {
            rival.answered();
        }
    }

    /// An answer was scored. `wished` is the share of the best quality that is to be kept. Whether the verdict has changed.
    pub(in crate::profile) fn scored(
        &mut self,
        arms: &[Judged],
        answered: u32,
        (score, weight): (f64, f64),
        wished: f64,
    ) -> bool {
        let Some(asked) = arms.iter().find(|one| one.arm == answered).copied() else {
            return false;
        };
        self.labels += weight;
        self.since += weight;
        let mean = self.labelled();
        let share = self.rival(answered).map_or(mean, Rival::labelled);
        // Whose answers are scored less often counts more.
        let weight = weight * (mean / share.max(1e-3)).clamp(0.2, 5.0);
        let ahead = score - asked.predicted;
        let routed = super::rival::router(arms, &asked, ahead);
        for one in arms {
            if let Some(rival) = self.rival(one.arm) {
                rival.scored(one, &asked, &routed, (ahead, weight), wished);
            }
        }
        self.judge()
    }

    fn judge(&mut self) -> bool {
        if self.since < STAYS {
            return false;
        }
        let loses = |rival: &&Rival| {
            let (behind, error) = rival.behind();
            let (better, its_error) = rival.better();
            let dearer = rival.cost() < CHEAPER * rival.router_cost();
            SURE.mul_add(-error, behind) > 0.0
                || dearer && SURE.mul_add(-its_error, better) > -NOTHING
        };
        let known = self.rivals.iter().filter(|rival| rival.samples() >= STAYS);
        let winner = known
            .filter(loses)
            .max_by(|a, b| a.value().total_cmp(&b.value()));
        let next = match (self.verdict, winner) {
            (_, Some(winner)) => Verdict::Constant(winner.arm),
            (Verdict::Constant(arm), None) if self.comes_back(arm) => Verdict::Routing,
            (verdict, None) => verdict,
        };
        let changed = next != self.verdict;
        if changed {
            self.verdict = next;
            self.began = false;
            self.since = 0.0;
            for rival in &mut self.rivals {
                rival.fade(AFTERWARDS);
            }
        }
        changed
    }

    /// Whether routing would win again over the constant.
    fn comes_back(&self, arm: u32) -> bool {
        let Some(rival) = self.rivals.iter().find(|rival| rival.arm == arm) else {
            return self.labels >= BEGINS;
        };
        let (behind, error) = rival.behind();
        let cheaper = rival.router_cost() <= rival.cost();
        let sure = BACK.mul_add(error, behind) < NOTHING;
        let enough = !self.began || self.labels >= BEGINS;
        enough && sure && cheaper
    }

    /// The share of answers that are scored.
    fn labelled(&self) -> f64 {
        let sums = self.rivals.iter().map(Rival::counts);
        let (answers, labels) = sums.fold((0.0, 0.0), |(a, l), (answers, labels)| {
            (a + answers, l + labels)
        });
        if answers > 0.0 { labels / answers } else { 1.0 }
    }

    fn rival(&mut self, arm: u32) -> Option<&mut Rival> {
        let place = self.rivals.iter().position(|rival| rival.arm == arm);
        if let Some(place) = place {
            return self.rivals.get_mut(place);
        }
        if self.rivals.len() >= RIVALS {
            return None;
        }
        self.rivals.push(Rival::new(arm));
        self.rivals.last_mut()
    }
}
