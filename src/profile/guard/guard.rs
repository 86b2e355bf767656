use super::{
    Judged, Verdict,
    rival::{self, Call, Rival},
    tally::Tally,
};

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
    labels: f64,
    /// Scored calls since the verdict.
    since: f64,
    /// How far the router's answers are from what was predicted.
    ahead: Tally,
    /// Whether something speaks against the router.
    suspect: bool,
    /// How far scores are from what was predicted, squared, on average.
    noise: f64,
    /// The constant on which routing is checked, and when that was chosen.
    checked: Option<(u32, f64)>,
}

/// So many constants are compared.
const RIVALS: usize = 64;
/// With fewer scores since the last verdict, there is no other one.
const STAYS: f64 = 50.0;
/// So sure must be that the router loses: standard errors.
const SURE: f64 = 2.5;
/// So sure that it does not, before it comes back.
const BACK: f64 = 0.5;
/// A router that loses by less does not.
const LITTLE: f64 = 0.005;
/// So much quality is as good as none.
const NOTHING: f64 = 0.01;
/// A router that is dearer than so much of a constant's cost saves nothing.
const CHEAPER: f64 = 0.98;
/// After a verdict, what was before counts this much.
const AFTERWARDS: f64 = 0.3;
/// Calls on which the constant is asked while routing is.
const CHECKED: f64 = 0.02;
/// Alike, while something speaks against routing.
const SUSPECTED: f64 = 0.12;
/// So sure it must be that something does: standard errors.
const LOOKS: f64 = 2.0;
/// The constant to be checked is chosen anew after so many scores.
const CHECKED_FOR: f64 = 200.0;
/// How fast the noise follows.
const NOISE_FOLLOWS: f64 = 0.01;
/// The router is suspect where its answers are so much worse than predicted.
const WORSE: f64 = 0.03;
/// Calls that are routed while a constant is asked.
const TRIED: f64 = 0.1;

impl Default for Guard {
    fn default() -> Self {
        Self::new()
    }
}

impl Guard {
    pub(in crate::profile) fn new() -> Self {
        Self {
            rivals: Vec::new(),
            verdict: Verdict::Routing,
            labels: 0.0,
            since: 0.0,
            ahead: Tally::default(),
            suspect: false,
            noise: 0.2,
            checked: None,
        }
    }

    /// What holds: routing, until scores speak against it.
    pub(in crate::profile) const fn now(&self) -> Verdict {
        self.verdict
    }

    /// Whose turn it is on which share of the calls, besides the router's: a constant's where it is asked, and the one's on
    /// which both are checked.
    pub(in crate::profile) fn turns(&self) -> [Option<(u32, f64)>; 2] {
        let checked = if self.suspect { SUSPECTED } else { CHECKED };
        let other = self.checked.map(|(arm, _)| (arm, checked));
        match self.verdict {
            Verdict::Routing => [other, None],
            Verdict::Constant(arm) => {
                let other = other.filter(|(other, _)| *other != arm);
                let its = 1.0 - TRIED - other.map_or(0.0, |(_, share)| share);
                [Some((arm, its)), other]
            }
        }
    }

    /// Chooses the constant that may be the best, seldom: what is known of one grows with the calls on which it is asked.
    fn check(&mut self) {
        let due = |(_, at): (u32, f64)| self.labels - at >= CHECKED_FOR;
        if self.checked.is_none_or(due) {
            let known = self
                .rivals
                .iter()
                .filter(|one| one.samples() >= STAYS / 2.0);
            let best = known.max_by(|a, b| a.value().total_cmp(&b.value()));
            self.checked = best.map(|best| (best.arm, self.labels));
        }
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
        self.ahead
            .add(weight * asked.routed, (ahead, self.noise), rival::KEEP);
        self.noise = ahead
            .mul_add(ahead, -self.noise)
            .mul_add(NOISE_FOLLOWS * weight, self.noise);
        let call = Call {
            arms,
            asked: &asked,
            ahead,
            weight,
            wished,
            noise: self.noise,
        };
        for one in arms {
            if let Some(rival) = self.rival(one.arm) {
                rival.scored(&call, one);
            }
        }
        self.check();
        self.judge()
    }

    fn judge(&mut self) -> bool {
        if self.since < STAYS {
            return false;
        }
        let all = self.rivals.iter();
        let known = all.filter(|rival| rival.samples() >= STAYS);
        let best = known.clone().map(Rival::value).fold(0.0, f64::max);
        let loses = |rival: &&Rival| {
            if !rival.is_seen() {
                return false;
            }
            let (behind, error) = rival.behind();
            let (better, its_error) = rival.better();
            let dearer = rival.cost() < CHEAPER * rival.router_cost();
            let as_good = rival.value() >= best;
            SURE.mul_add(-error, behind) > LITTLE
                || dearer && as_good && SURE.mul_add(-its_error, better) > -NOTHING
        };
        let worse = 2.0f64.mul_add(self.ahead.error(), self.ahead.mean()) < -WORSE;
        let looks = |rival: &Rival| {
            let (behind, error) = rival.behind();
            behind > 2.0 * NOTHING && behind > LOOKS * error
        };
        self.suspect = worse || known.clone().any(looks);
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
            return true;
        };
        let (behind, error) = rival.behind();
        let (better, its_error) = rival.better();
        let cheaper = rival.router_cost() <= rival.cost();
        let wins = cheaper || BACK.mul_add(its_error, better) < 0.0;
        let sure = BACK.mul_add(error, behind) < NOTHING;
        sure && wins
    }

    /// How much better each constant is than the router as far as is known, with the standard error, and how many scores
    /// say so.
    #[cfg(test)]
    pub(in crate::profile) fn compared(&self) -> impl Iterator<Item = (u32, f64, f64, f64)> {
        let seen = self.rivals.iter().filter(|rival| rival.is_seen());
        seen.map(|rival| {
            let (better, error) = rival.better();
            (rival.arm, better, error, rival.samples())
        })
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
