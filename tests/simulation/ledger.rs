//! The ledger under test, with its shadow beside it and faults in front of it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
    time::SystemTime,
};

use futures::FutureExt;
use tower_genai::{
    budget::{
        Allowance, Ask, End, HoldId, HoldLabel, Ledger, LedgerError, LedgerFuture, Measure, Refund,
        RefundError, RefundTarget, Refused, RefusedKind, Reserving, Scope, Settlement, Snapshot,
    },
    context::Clock,
    money::Usd,
};

use crate::{
    dice::Dice,
    shadow::{Fate, Said, Shadow},
    trace::Trace,
};

/// Every so many changes all accounts are compared, and not only those that were asked.
const WHOLE_EVERY: u64 = 8;

/// How often, of a hundred asks, the ledger does not answer at once and well.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    /// The answer comes later, and the hold is taken at once or only then.
    pub(crate) late: u64,
    /// It is unavailable, and the hold is taken or not.
    pub(crate) down: u64,
    /// Of a hundred ends, so many are noted later.
    pub(crate) slow_ends: u64,
}

/// What happened at the ledger, all in all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) granted: u64,
    pub(crate) refused: [u64; 4],
    pub(crate) faults: u64,
    pub(crate) forced: u64,
    pub(crate) compared: u64,
    pub(crate) refunds: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct SimLedger(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ledger: Arc<dyn Ledger>,
    clock: Clock,
    trace: Trace,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    shadow: Shadow,
    dice: Dice,
    faults: Faults,
    changes: u64,
    holds: Vec<Hold>,
    numbers: HashMap<HoldId, usize>,
    /// Answers that come later.
    later: Vec<Arc<Mutex<Slot>>>,
    /// Ends that are noted later.
    ends: VecDeque<(HoldId, Settlement)>,
    /// The hold that was granted last, until it is sent.
    granted: Option<usize>,
    seen: Seen,
}

/// One hold that was asked for, granted or not.
#[derive(Clone, Debug)]
pub(crate) struct Hold {
    pub(crate) id: HoldId,
    pub(crate) granted: bool,
    pub(crate) told_ends: u32,
    pub(crate) end: Option<End>,
    pub(crate) accounts: Vec<tower_genai::budget::AccountId>,
}

#[derive(Debug, Default)]
struct Slot {
    ready: bool,
    waker: Option<Waker>,
}

/// An ask that outlives its call.
struct Owned {
    id: HoldId,
    scopes: Vec<Scope>,
    bound: Usd,
    label: HoldLabel,
    requests: u64,
    tokens: u64,
}

impl Owned {
    fn of(ask: &Ask<'_>) -> Self {
        Self {
            id: ask.id(),
            scopes: ask.scopes().to_vec(),
            bound: ask.bound(),
            label: ask.label().clone(),
            requests: ask.amount(Measure::Requests),
            tokens: ask.amount(Measure::Tokens),
        }
    }

    fn ask(&self) -> Ask<'_> {
        Ask::new(self.id, &self.scopes, self.bound, &self.label)
            .requests(self.requests)
            .tokens(self.tokens)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    AtOnce,
    TakenAnsweredLater,
    TakenLater,
    DownUntaken,
    DownTaken,
    LaterDownTaken,
}

impl SimLedger {
    pub(crate) fn new(
        ledger: Arc<dyn Ledger>,
        shadow: Shadow,
        clock: Clock,
        faults: Faults,
        dice: Dice,
        trace: Trace,
    ) -> Self {
        let state = Mutex::new(State {
            shadow,
            dice,
            faults,
            changes: 0,
            holds: Vec::new(),
            numbers: HashMap::new(),
            later: Vec::new(),
            ends: VecDeque::new(),
            granted: None,
            seen: Seen::default(),
        });
        Self(Arc::new(Inner {
            ledger,
            clock,
            trace,
            state,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A step that panicked is told of by its own words.
        let state = self.0.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }

    /// The ledger and its shadow look at the same time.
    fn turned(&self) -> MutexGuard<'_, State> {
        let mut state = self.state();
        state.shadow.turn(self.0.clock.now());
        state
    }

    fn reserve_now(&self, ask: &Ask<'_>) -> Result<(), Refused> {
        let mut state = self.turned();
        let number = state.number(ask);
        let expected = state.shadow.reserve(ask);
        let answer = match self.0.ledger.reserve(ask) {
            Reserving::Done(answer) => answer,
            Reserving::Later(later) => later.now_or_never().expect("a ledger that is local"),
        };
        let said = match &answer {
            Ok(()) => Said::Granted,
            Err(why) => Said::Refused(why.kind(), why.scope().name().to_owned()),
        };
        let (then, place) = match &said {
            Said::Granted => ("granted", 0),
            Said::Refused(RefusedKind::Spent, _) => ("refused: spent", 0),
            Said::Refused(RefusedKind::Held, _) => ("refused: held", 1),
            Said::Refused(RefusedKind::Rate, _) => ("refused: rate", 2),
            Said::Refused(..) => ("refused", 3),
        };
        let bound = ask.bound().nanos();
        self.0.trace.note("hold", number as u64, then, bound);
        if said != expected {
            let scopes: Vec<_> = ask
                .scopes()
                .iter()
                .map(|s| s.account().to_string())
                .collect();
            self.0.trace.wrong(|| {
                format!("hold {number} of {bound} on {scopes:?}: {said:?}, and not {expected:?}")
            });
        }
        match said {
            Said::Granted => {
                state.holds[number].granted = true;
                state.seen.granted += 1;
                state.seen.forced += u64::from(ask.is_forced());
                state.granted = Some(number);
                if !ask.is_forced() {
                    self.keeps_to_limits(ask);
                }
            }
            Said::Refused(..) => state.seen.refused[place] += 1,
        }
        self.compare(&mut state, ask.scopes());
        answer
    }

    /// By the ledger's own numbers, whatever the shadow says.
    fn keeps_to_limits(&self, ask: &Ask<'_>) {
        for scope in ask.scopes().iter().filter(|scope| scope.is_hard()) {
            let Some(left) = self.0.ledger.allowance(scope) else {
                continue;
            };
            let taken = left.spent().saturating_add(left.held());
            if ask.bound() > Usd::ZERO && taken > left.limit() {
                self.0
                    .trace
                    .wrong(|| format!("granted above a limit: {left:?}"));
            }
        }
    }

    fn settle_now(&self, state: &mut State, id: HoldId, settlement: Settlement) {
        state.shadow.turn(self.0.clock.now());
        state.shadow.settle(id, settlement);
        self.0.ledger.settle(id, settlement);
        self.compare(state, &[]);
    }

    fn compare(&self, state: &mut State, scopes: &[Scope]) {
        state.changes += 1;
        for scope in scopes {
            self.compare_hint(state, scope, self.0.ledger.allowance(scope).as_ref());
        }
        if state.changes.is_multiple_of(WHOLE_EVERY) {
            self.compare_whole(state);
        }
    }

    fn compare_hint(&self, state: &State, scope: &Scope, seen: Option<&Allowance>) {
        let seen = seen.map(|left| {
            let wide = |usd: Usd| u128::from(usd.nanos());
            let left_over = left.left() > left.limit();
            if left_over {
                self.0
                    .trace
                    .wrong(|| format!("more left than there is: {left:?}"));
            }
            (left.limit().nanos(), wide(left.spent()), wide(left.held()))
        });
        let ours = state.shadow.allowance(scope);
        if seen != ours {
            let account = scope.account();
            self.0.trace.wrong(|| {
                format!("{account}: limit, spent, held are {seen:?}, and must be {ours:?}")
            });
        }
    }

    fn compare_whole(&self, state: &mut State) {
        let Some(Ok(snapshot)) = self.0.ledger.snapshot().now_or_never() else {
            return;
        };
        state.seen.compared += 1;
        if let Some(differs) = state.shadow.differs(&snapshot) {
            self.0.trace.wrong(|| differs);
        }
    }

    /// Compares everything.
    pub(crate) fn check(&self) {
        let mut state = self.turned();
        self.compare_whole(&mut state);
    }

    /// The hold of a request that is being sent, by its number.
    pub(crate) fn sent(&self) -> Option<usize> {
        self.state().granted.take()
    }

    pub(crate) fn waiting(&self) -> usize {
        let state = self.state();
        state.later.len() + state.ends.len()
    }

    /// Notes one end that is on its way, or gives one answer.
    pub(crate) fn go_on(&self) {
        let mut state = self.state();
        let later = state.later.len() as u64;
        let all = later + state.ends.len() as u64;
        if all == 0 {
            return;
        }
        let at = state.dice.below(all);
        if at < later {
            let at = usize::try_from(at).unwrap();
            let slot = state.later.swap_remove(at);
            drop(state);
            let waker = {
                let mut slot = slot.lock().unwrap();
                slot.ready = true;
                slot.waker.take()
            };
            self.0.trace.note("ledger", 0, "answers", 0);
            waker.into_iter().for_each(Waker::wake);
        } else if let Some((id, settlement)) = state.ends.pop_front() {
            self.0.trace.note("ledger", 0, "notes an end", 0);
            self.settle_now(&mut state, id, settlement);
        }
    }

    pub(crate) fn refund_some(&self, serial: u64) {
        let mut state = self.turned();
        let amount = state.dice.below(2_000_000);
        let amount = Usd::from_nanos(amount).unwrap();
        let account = state.dice.percent(30);
        let all = state.holds.len();
        let at = state.dice.index(all);
        let Some(hold) = state.holds.get(at).cloned() else {
            return;
        };
        // An id that was used before, sometimes.
        let id = format!("r{}", serial - state.dice.below(serial.min(2)));
        let refund = match hold.accounts.first() {
            Some(first) if account => Refund::of_account(id, first.clone(), amount),
            _ => Refund::of_hold(id, hold.id, amount),
        };
        let by_account = matches!(refund.target(), RefundTarget::Account(_));
        let ours = state.shadow.refund(&refund);
        let theirs = self.0.ledger.refund(&refund).now_or_never();
        let theirs = theirs.and_then(Result::ok).map(Usd::nanos);
        let what = if by_account {
            "of an account"
        } else {
            "of a hold"
        };
        let done = theirs.unwrap_or(u64::MAX);
        self.0.trace.note("refund", at as u64, what, done);
        state.seen.refunds += u64::from(theirs.is_some_and(|done| done > 0));
        if ours != theirs {
            self.0
                .trace
                .wrong(|| format!("refunded {theirs:?}, and not {ours:?}: {refund:?}"));
        }
        self.compare_whole(&mut state);
    }

    pub(crate) fn holds(&self) -> Vec<Hold> {
        self.state().holds.clone()
    }

    pub(crate) fn fate(&self, number: usize) -> Option<Fate> {
        let state = self.state();
        state.shadow.fates.get(&state.holds[number].id).copied()
    }

    pub(crate) fn end(&self, number: usize) -> Option<End> {
        self.state().holds[number].end
    }

    pub(crate) fn with_shadow<T>(&self, read: impl FnOnce(&Shadow) -> T) -> T {
        read(&self.state().shadow)
    }

    pub(crate) fn seen(&self) -> Seen {
        self.state().seen
    }
}

impl State {
    fn number(&mut self, ask: &Ask<'_>) -> usize {
        if let Some(number) = self.numbers.get(&ask.id()) {
            return *number;
        }
        let counted = ask.scopes().iter().filter(|scope| scope.is_counted());
        self.holds.push(Hold {
            id: ask.id(),
            granted: false,
            told_ends: 0,
            end: None,
            accounts: counted
                .map(|scope| tower_genai::budget::AccountId::clone(scope.account()))
                .collect(),
        });
        self.numbers.insert(ask.id(), self.holds.len() - 1);
        self.holds.len() - 1
    }

    fn way(&mut self) -> Way {
        if self.dice.percent(self.faults.late) {
            let late = [Way::TakenAnsweredLater, Way::TakenLater];
            return self.dice.pick(&late);
        }
        if self.dice.percent(self.faults.down) {
            let down = [Way::DownUntaken, Way::DownTaken, Way::LaterDownTaken];
            return self.dice.pick(&down);
        }
        Way::AtOnce
    }
}

impl Ledger for SimLedger {
    fn reserve(&self, ask: &Ask<'_>) -> Reserving {
        let way = match ask.is_forced() {
            true => Way::AtOnce,
            false => self.state().way(),
        };
        if way == Way::AtOnce {
            return Reserving::Done(self.reserve_now(ask));
        }
        self.state().seen.faults += 1;
        let down = |asked: &Ask<'_>| {
            let at = SystemTime::UNIX_EPOCH;
            Refused::unavailable(&asked.scopes()[0], asked.bound(), at)
        };
        let early = match way {
            Way::DownUntaken => {
                let number = self.state().number(ask) as u64;
                self.0.trace.note("hold", number, "ledger down", 0);
                return Reserving::Done(Err(down(ask)));
            }
            Way::DownTaken | Way::LaterDownTaken => {
                // Whoever asked does not learn what came of it.
                let _ = self.reserve_now(ask);
                self.state().granted = None;
                Some(Err(down(ask)))
            }
            Way::TakenAnsweredLater => {
                let answer = self.reserve_now(ask);
                self.state().granted = None;
                Some(answer)
            }
            Way::AtOnce | Way::TakenLater => None,
        };
        if let (Way::DownTaken, Some(answer)) = (way, early.clone()) {
            let number = self.state().number(ask) as u64;
            self.0
                .trace
                .note("hold", number, "ledger down, but taken", 0);
            return Reserving::Done(answer);
        }
        let slot = Arc::new(Mutex::new(Slot::default()));
        self.state().later.push(Arc::clone(&slot));
        let (this, owned) = (self.clone(), Owned::of(ask));
        Reserving::Later(Box::pin(std::future::poll_fn(move |cx| {
            let mut slot = slot.lock().unwrap();
            if !slot.ready {
                slot.waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
            drop(slot);
            Poll::Ready(match &early {
                None => this.reserve_now(&owned.ask()),
                Some(answer) => {
                    let number = this.state().number(&owned.ask());
                    if answer.is_ok() {
                        this.state().granted = Some(number);
                    }
                    answer.clone()
                }
            })
        })))
    }

    fn settle(&self, hold: HoldId, settlement: Settlement) {
        let mut state = self.state();
        let end = settlement.end();
        let (then, amount) = match end {
            End::Released => ("released", 0),
            End::Metered(cost) => ("metered", cost.nanos()),
            End::AtBound => ("at its bound", 0),
            End::Cut(seen) => ("cut", seen.nanos()),
            _ => ("counted", 0),
        };
        let number = state.numbers.get(&hold).copied();
        let shown = number.map_or(u64::MAX, |number| number as u64);
        self.0.trace.note("end of hold", shown, then, amount);
        if let Some(number) = number {
            let hold = &mut state.holds[number];
            hold.told_ends += 1;
            hold.end = Some(end);
            if hold.told_ends > 1 {
                self.0.trace.wrong(|| format!("hold {number} ended twice"));
            }
            if !hold.granted && end != End::Released {
                self.0
                    .trace
                    .wrong(|| format!("hold {number} was never granted, and ended as {end:?}"));
            }
        }
        let faults = state.faults;
        if state.dice.percent(faults.slow_ends) {
            state.ends.push_back((hold, settlement));
        } else {
            self.settle_now(&mut state, hold, settlement);
        }
    }

    fn allowance(&self, scope: &Scope) -> Option<Allowance> {
        let state = self.turned();
        let seen = self.0.ledger.allowance(scope);
        self.compare_hint(&state, scope, seen.as_ref());
        seen
    }

    fn snapshot(&self) -> LedgerFuture<'_, Result<Snapshot, LedgerError>> {
        self.0.ledger.snapshot()
    }

    fn refund(&self, refund: &Refund) -> LedgerFuture<'_, Result<Usd, RefundError>> {
        self.0.ledger.refund(refund)
    }

    fn flush(&self) -> LedgerFuture<'_, Result<(), LedgerError>> {
        self.0.ledger.flush()
    }
}
