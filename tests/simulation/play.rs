//! One seed is played: step by step, to the end, and then everything has to add up.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::Duration,
};

use tokio::{runtime::Builder, task::unconstrained};

use crate::{
    call::Call,
    dice::Dice,
    rest,
    tally::Tally,
    world::{MakeLedger, World},
};

/// After so much time without a word nothing comes any more.
const SILENCE: Duration = Duration::from_secs(90);

/// So long nothing takes that ends.
const ROUNDS: u32 = 5_000;
/// No answer has so many frames that nobody waits for.
const SPINS: u32 = 5_000;

#[derive(Clone, Copy)]
enum Step {
    Start,
    Poll,
    PollAny,
    Provider,
    Leave,
    Time,
    Jump,
    Reload,
    Refund,
    Check,
    Ledger,
    Background,
}

/// Plays a seed; says what came of it, and a number that is another one if anything was.
///
/// # Panics
/// Where something is not as it must be, after it has said how to see it again.
pub(crate) fn play(seed: u64, make: MakeLedger) -> (Tally, u64) {
    let mut runtime = Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    fastrand::seed(seed);
    let mut dice = Dice::new(seed);
    let world = World::new(&mut dice, make);
    let trace = world.trace.clone();
    let played = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(unconstrained(Playing::new(world, dice).whole()))
    }));
    match played {
        Ok(tally) => (tally, trace.hash()),
        Err(panic) => {
            let (steps, words) = (trace.steps(), trace.words());
            eprintln!(
                "seed {seed} fails at step {steps}. What led to it:\n{words}\
                 Again: SEED={seed} cargo nextest run --features full simulation --no-capture"
            );
            resume_unwind(panic)
        }
    }
}

struct Playing {
    world: World,
    dice: Dice,
    calls: Vec<Call>,
    goal: u64,
    tally: Tally,
}

impl Playing {
    fn new(world: World, mut dice: Dice) -> Self {
        let goal = dice.between(60, 400);
        Self {
            world,
            dice,
            calls: Vec::new(),
            goal,
            tally: Tally::default(),
        }
    }

    async fn whole(mut self) -> Tally {
        while self.tally.calls < self.goal {
            self.step().await;
            self.world.trace.panic_if_wrong();
        }
        self.wind_down().await;
        let Self { world, tally, .. } = self;
        rest::check(world, tally)
    }

    fn next(&mut self) -> Step {
        let habits = self.world.habits;
        let open = self.calls.len() as u64;
        let busy = u64::from(open > 0);
        let woken = u64::from(self.calls.iter().any(Call::is_woken));
        let waiting = self.world.ledger.waiting() as u64;
        self.dice.weighted(&[
            (if open < habits.at_once { 600 } else { 0 }, Step::Start),
            (1_000 * woken, Step::Poll),
            (30 * busy, Step::PollAny),
            (600 * u64::from(self.world.fleet.open() > 0), Step::Provider),
            (habits.leaving * busy, Step::Leave),
            (60, Step::Time),
            (habits.jumping, Step::Jump),
            (habits.reloading, Step::Reload),
            (habits.refunding, Step::Refund),
            (3, Step::Check),
            (200 * waiting.min(2), Step::Ledger),
            (50, Step::Background),
        ])
    }

    async fn step(&mut self) {
        self.tally.steps = self.world.trace.step();
        match self.next() {
            Step::Start => self.start(),
            Step::Poll => self.poll_woken(),
            Step::PollAny => {
                let at = self.dice.index(self.calls.len());
                self.poll(at);
            }
            Step::Provider => {
                let steps = self.dice.pick(&[1, 1, 2, 5, 100]);
                self.world.fleet.go_on(steps);
            }
            Step::Leave => {
                let at = self.dice.index(self.calls.len());
                self.leave(at);
            }
            Step::Time => self.pass_time().await,
            Step::Jump => self.jump(),
            Step::Reload => {
                let (at, what) = self.world.budgets.change(&mut self.dice);
                self.world.trace.note("budget", at, what, 0);
                self.tally.reloads += 1;
            }
            Step::Refund => self.world.ledger.refund_some(self.tally.steps),
            Step::Check => self.world.ledger.check(),
            Step::Ledger => self.world.ledger.go_on(),
            Step::Background => tokio::task::yield_now().await,
        }
    }

    fn start(&mut self) {
        let (way, answer) = self.world.call(&mut self.dice);
        let id = self.tally.calls;
        self.tally.calls += 1;
        self.world.trace.note("call", id, "by way", way as u64);
        self.calls.push(Call::new(id, Box::pin(answer)));
        if self.dice.percent(80) {
            self.poll(self.calls.len() - 1);
        }
    }

    fn poll_woken(&mut self) {
        let woken = self.calls.iter().filter(|call| call.is_woken()).count();
        let nth = self.dice.index(woken);
        let mut places = (0..self.calls.len()).filter(|at| self.calls[*at].is_woken());
        let Some(at) = places.nth(nth) else { return };
        // Most callers read all that is there.
        let times = self.dice.pick(&[1, 1, 40]);
        for _ in 0..times {
            if !self.poll(at) || !self.calls[at].is_woken() {
                break;
            }
        }
    }

    /// Polls once; says whether the call goes on.
    fn poll(&mut self, at: usize) -> bool {
        let call = &mut self.calls[at];
        let (then, amount) = call.poll();
        self.world.trace.note("poll call", call.id, then, amount);
        if !call.is_over() {
            return true;
        }
        match then {
            "whole" if call.status != 200 => self.tally.turned_away += 1,
            "whole" => self.tally.whole += 1,
            "broken" => self.tally.broken += 1,
            _ => self.tally.turned_away += 1,
        }
        self.calls.swap_remove(at);
        false
    }

    fn leave(&mut self, at: usize) {
        let call = self.calls.swap_remove(at);
        let (id, answer) = (call.id, call.has_answer());
        drop(call);
        self.tally.dropped += 1;
        let then = if answer {
            "leaves its answer"
        } else {
            "leaves"
        };
        self.world.trace.note("call", id, then, 0);
    }

    async fn pass_time(&mut self) {
        let millis = self
            .dice
            .weighted(&[(6, 5), (4, 60), (3, 1_000), (1, 30_000)]);
        let millis = self.dice.between(1, millis);
        self.world.trace.note("time", 0, "passes", millis);
        let by = Duration::from_millis(millis);
        self.world.clock.advance(by);
        tokio::time::advance(by).await;
    }

    fn jump(&mut self) {
        const HOUR: u64 = 3_600;
        let most = self.dice.pick(&[60, HOUR, 26 * HOUR, 32 * 24 * HOUR]);
        let by = Duration::from_secs(self.dice.between(1, most));
        let back = self.dice.percent(30);
        let now = self.world.clock.now();
        let to = if back { now - by } else { now + by };
        self.world.clock.set(to);
        let then = if back { "goes back" } else { "jumps" };
        self.world.trace.note("clock", 0, then, by.as_secs());
        self.tally.jumps += 1;
    }

    /// No call begins any more; those that are open go on as far as they are told that there is more.
    async fn wind_down(&mut self) {
        let mut silent = Duration::ZERO;
        for round in 0.. {
            assert!(round < ROUNDS, "it never comes to rest");
            self.tally.steps = self.world.trace.step();
            while self.world.ledger.waiting() > 0 {
                self.world.ledger.go_on();
            }
            self.world.fleet.go_on_all();
            tokio::task::yield_now().await;
            let mut moved = false;
            for at in (0..self.calls.len()).rev() {
                let mut polls = 0;
                while at < self.calls.len() && self.calls[at].is_woken() && self.poll(at) {
                    moved = true;
                    polls += 1;
                    assert!(polls < SPINS, "call {} spins", self.calls[at].id);
                }
            }
            self.world.trace.panic_if_wrong();
            let tasks = tokio::runtime::Handle::current()
                .metrics()
                .num_alive_tasks();
            let over = self.calls.is_empty() && tasks == 0 && self.world.fleet.open() == 0;
            if over && self.world.ledger.waiting() == 0 {
                break;
            }
            if moved {
                silent = Duration::ZERO;
                continue;
            }
            if silent >= SILENCE {
                if !self.world.fleet.has_silent() {
                    let ids: Vec<_> = self.calls.iter().map(|call| call.id).collect();
                    panic!("nobody tells calls {ids:?} to go on; {tasks} tasks");
                }
                // Their providers never answer, and nothing limits how long they may take.
                for at in (0..self.calls.len()).rev() {
                    self.leave(at);
                }
                silent = Duration::ZERO;
            }
            let by = Duration::from_millis(500);
            silent += by;
            self.world.clock.advance(by);
            tokio::time::advance(by).await;
        }
    }
}
