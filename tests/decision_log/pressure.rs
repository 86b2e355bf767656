use std::{
    io::{self, Write},
    sync::{
        Arc,
        mpsc::{self, Receiver},
    },
};

use tower_genai::{
    catalog::Catalog,
    context::Context,
    observe::{Decision, DecisionId, Event, JsonLines, Observer},
    profile::Feedback,
    query::{Prompt, Query},
    select::{Call, Selector},
};

use crate::support::{Paper, catalog};

fn decision() -> Arc<Decision> {
    let catalog = Catalog::from_toml(&catalog("http://127.0.0.1:1")).unwrap();
    let query = Query::of_prompt("auto", Prompt::new("Hello"));
    let context = Context::new();
    let plan = Selector::new(catalog).plan(&Call::new(&query, &context));
    Arc::clone(plan.unwrap().decision().unwrap())
}

/// Waits for a word before each write.
struct Slow(Receiver<()>, Paper);

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Whoever says nothing any more wants all of it.
        let _ = self.0.recv();
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn nobody_waits_for_a_disk_and_what_is_lost_is_counted() {
    const CALLS: u64 = 12_000;
    let (go, wait) = mpsc::channel();
    let paper = Paper::default();
    let log = JsonLines::to(Slow(wait, paper.clone())).unwrap();
    // Scores of decisions that are not open are written at once.
    for _ in 0..CALLS {
        log.feedback(&Feedback::new(DecisionId::random(), 0.5));
    }
    let lost = log.lost();
    assert!(lost > 0);
    drop(go);
    log.flush().unwrap();
    assert_eq!(paper.lines().len() as u64 + lost, CALLS);
    assert_eq!(log.lost(), lost);
}

struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("no space left"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::Error::other("no space left"))
    }
}

#[test]
fn a_full_disk_is_told_and_nobody_panics() {
    let log = JsonLines::to(Full).unwrap();
    log.observe(&Event::Decided(&decision()));
    assert!(log.flush().is_err());
    assert!(log.flush().is_err());
}
