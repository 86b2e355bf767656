//! The budgets of a world: how they nest, what they limit, and how they are changed while calls are open.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use tower_genai::{
    budget::{Budget, BudgetLayer, Ledger, Mode, OnFailure, RateLimit, Share, Window},
    money::Usd,
};

use crate::dice::Dice;

const WINDOWS: [Window; 5] = [
    Window::Minute,
    Window::Hour,
    Window::Day,
    Window::Month,
    Window::Total,
];
const ZONES: [&str; 5] = [
    "UTC",
    "Asia/Kolkata",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
];
const NAMES: [&str; 8] = ["b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7"];

/// One budget as it is in force.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    name: &'static str,
    limits: Vec<(u64, Window)>,
    requests: Option<RateLimit>,
    tokens: Option<RateLimit>,
    zone: &'static str,
    mode: Mode,
    hold_wait: Duration,
    on_failure: OnFailure,
    each_tenant: bool,
    default_max_output: u32,
    max_share: Share,
}

#[derive(Debug)]
pub(crate) struct Budgets {
    terms: Vec<Terms>,
    pub(crate) layers: Vec<BudgetLayer>,
    /// From the outermost to the innermost.
    pub(crate) ways: Vec<Vec<usize>>,
    ledger: Arc<dyn Ledger>,
    /// About what a call holds, in nano-dollars.
    usual: u64,
}

fn limit(dice: &mut Dice, usual: u64) -> u64 {
    let times = dice.weighted(&[(1, 1), (3, 6), (8, 40), (8, 150), (6, 600)]);
    usual * times / 2 + dice.below(usual * times)
}

fn rate(dice: &mut Dice, tokens: bool) -> RateLimit {
    let amount = match tokens {
        true => dice.between(200, 6_000),
        false => dice.between(2, 60),
    };
    let rate = match tokens {
        true => RateLimit::tokens(amount),
        false => RateLimit::requests(amount),
    };
    let period = dice.pick(&[1, 7, 60, 3_600]);
    let rate = rate.per(Duration::from_secs(period));
    match dice.percent(40) {
        true => rate.burst(amount / 2 + dice.below(amount * 2)),
        false => rate,
    }
}

impl Terms {
    pub(crate) fn some(dice: &mut Dice, name: &'static str, usual: u64, each_tenant: bool) -> Self {
        let mut terms = Self {
            name,
            limits: Vec::new(),
            requests: dice.percent(12).then(|| rate(dice, false)),
            tokens: dice.percent(15).then(|| rate(dice, true)),
            zone: dice.pick(&ZONES),
            mode: match dice.percent(15) {
                true => Mode::Observe,
                false => Mode::Enforce,
            },
            hold_wait: Duration::from_millis(dice.weighted(&[(6, 0), (2, 150), (2, 4_000)])),
            on_failure: match dice.percent(30) {
                true => OnFailure::Admit,
                false => OnFailure::Refuse,
            },
            each_tenant,
            default_max_output: dice.pick(&[40, 300, 4_096]),
            max_share: dice.pick(&[Share::SIXTEENTH, Share::HALF, Share::WHOLE]),
        };
        for _ in 0..dice.weighted(&[(6, 1), (3, 2), (1, 3)]) {
            terms.set_limit(dice, usual);
        }
        terms
    }

    fn set_limit(&mut self, dice: &mut Dice, usual: u64) {
        let window = dice.pick(&WINDOWS);
        self.limits.retain(|(_, other)| *other != window);
        self.limits.push((limit(dice, usual), window));
    }

    pub(crate) fn budget(&self, ledger: &Arc<dyn Ledger>) -> Budget {
        let mut budget = Budget::new(self.name)
            .ledger(Arc::clone(ledger))
            .time_zone(self.zone)
            .unwrap()
            .mode(self.mode)
            .hold_wait(self.hold_wait)
            .on_failure(self.on_failure)
            .default_max_output(self.default_max_output)
            .max_share(self.max_share);
        for (amount, window) in &self.limits {
            budget = budget.limit(Usd::from_nanos(*amount).unwrap(), *window);
        }
        for rate in self.requests.into_iter().chain(self.tokens) {
            budget = budget.rate(rate);
        }
        match self.each_tenant {
            true => budget.each_tenant(),
            false => budget,
        }
    }

    /// Something of it changes; says what.
    fn change(&mut self, dice: &mut Dice, usual: u64) -> &'static str {
        let at = dice.index(self.limits.len());
        match dice.below(10) {
            0..=2 => {
                self.limits[at].0 = self.limits[at].0 * dice.between(11, 60) / 10;
                "raised"
            }
            3 | 4 => {
                self.limits[at].0 = self.limits[at].0 * dice.between(3, 9) / 10 + 1;
                "lowered"
            }
            5 => {
                self.set_limit(dice, usual);
                "another window"
            }
            6 => {
                self.zone = dice.pick(&ZONES);
                "another zone"
            }
            7 => {
                self.mode = match self.mode {
                    Mode::Enforce => Mode::Observe,
                    _ => Mode::Enforce,
                };
                "another mode"
            }
            8 => {
                self.tokens = dice.percent(50).then(|| rate(dice, true));
                self.requests = dice.percent(50).then(|| rate(dice, false));
                "other rates"
            }
            _ => {
                self.limits.truncate(1);
                "fewer windows"
            }
        }
    }
}

impl Budgets {
    /// One to four that nest, and siblings beside them. Each budget of a tenant's own is the innermost of its way.
    pub(crate) fn some(
        dice: &mut Dice,
        ledger: Arc<dyn Ledger>,
        usual: u64,
        tenants: bool,
    ) -> Self {
        let depth = dice.between(1, 4);
        let mut terms = Vec::new();
        let mut ways: Vec<Vec<usize>> = vec![Vec::new()];
        for level in 0..depth {
            let mut next = Vec::new();
            for way in ways {
                let room = NAMES.len().saturating_sub(terms.len());
                let siblings = if level == 0 { 1 } else { dice.between(1, 2) };
                if room == 0 {
                    next.push(way);
                    continue;
                }
                for _ in 0..siblings.min(room as u64) {
                    let mut longer = way.clone();
                    longer.push(terms.len());
                    let own = tenants && level + 1 == depth && dice.percent(60);
                    terms.push(Terms::some(dice, NAMES[terms.len()], usual, own));
                    next.push(longer);
                }
            }
            ways = next;
        }
        // Who goes through the outer ones only.
        if depth > 1 && dice.percent(40) {
            let shorter = ways[0][..ways[0].len() - 1].to_vec();
            ways.push(shorter);
        }
        let layers = terms.iter().map(|terms| terms.budget(&ledger));
        let layers = layers.map(BudgetLayer::new).collect();
        Self {
            terms,
            layers,
            ways,
            ledger,
            usual,
        }
    }

    /// Each budget's name, and those of the budgets right inside of it.
    pub(crate) fn nested(&self) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        let mut nested = BTreeMap::<_, BTreeSet<_>>::new();
        for pair in self.ways.iter().flat_map(|way| way.windows(2)) {
            let [outer, inner] = [pair[0], pair[1]].map(|at| self.terms[at].name);
            nested.entry(outer).or_default().insert(inner);
        }
        nested
    }

    /// One budget is put in force anew; says which, and what has changed.
    pub(crate) fn change(&mut self, dice: &mut Dice) -> (u64, &'static str) {
        let at = dice.index(self.terms.len());
        let what = self.terms[at].change(dice, self.usual);
        self.layers[at].replace(self.terms[at].budget(&self.ledger));
        (at as u64, what)
    }
}
