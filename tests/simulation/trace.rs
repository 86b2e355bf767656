//! What has happened, step by step: the last of it in words, and all of it as one number.

use std::{
    collections::VecDeque,
    fmt::Write,
    sync::{Arc, Mutex},
};

/// So many of the latest events are kept.
const KEPT: usize = 60;

/// Clones are one and the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    step: u64,
    hash: u64,
    last: VecDeque<Event>,
    wrong: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct Event {
    step: u64,
    what: &'static str,
    on: u64,
    then: &'static str,
    amount: u64,
}

impl Trace {
    /// The next step begins.
    pub(crate) fn step(&self) -> u64 {
        let mut inner = self.0.lock().unwrap();
        inner.step += 1;
        inner.step
    }

    pub(crate) fn note(&self, what: &'static str, on: u64, then: &'static str, amount: u64) {
        let mut inner = self.0.lock().unwrap();
        let event = Event {
            step: inner.step,
            what,
            on,
            then,
            amount,
        };
        let mut hash = inner.hash;
        for part in [event.step, sum(what), on, sum(then), amount] {
            hash = (hash.rotate_left(5) ^ part).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
        inner.hash = hash;
        if inner.last.len() == KEPT {
            inner.last.pop_front();
        }
        inner.last.push_back(event);
    }

    /// Something is not as it must be. The first such word counts, and the world stops after the step.
    pub(crate) fn wrong(&self, why: impl FnOnce() -> String) {
        let mut inner = self.0.lock().unwrap();
        if inner.wrong.is_none() {
            let step = inner.step;
            inner.wrong = Some(format!("step {step}: {}", why()));
        }
    }

    #[track_caller]
    pub(crate) fn panic_if_wrong(&self) {
        let wrong = self.0.lock().unwrap().wrong.take();
        if let Some(wrong) = wrong {
            panic!("{wrong}");
        }
    }

    /// The same number again where the same has happened.
    pub(crate) fn hash(&self) -> u64 {
        self.0.lock().unwrap().hash
    }

    pub(crate) fn steps(&self) -> u64 {
        self.0.lock().unwrap().step
    }

    /// The latest events in words.
    pub(crate) fn words(&self) -> String {
        let inner = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let mut words = String::new();
        for event in &inner.last {
            let Event {
                step,
                what,
                on,
                then,
                amount,
            } = event;
            let _ = writeln!(words, "  {step:>6}  {what} {on}: {then} {amount}");
        }
        words
    }
}

fn sum(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
