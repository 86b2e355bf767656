use std::collections::HashMap;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::{
    Finding,
    cell::{Cell, Changed, Ended},
};

/// Everything that is watched of the candidates of one stream of calls.
///
/// Plain state: no clock, no lock, no chance. Bounded: of candidates and tasks beyond [`CELLS`], nothing is watched.
#[derive(Debug, Default)]
pub(in crate::profile) struct Drifts {
    arms: HashMap<u32, Watched, RandomState>,
    cells: usize,
    behind: bool,
}

#[derive(Debug)]
struct Watched {
    all: Cell,
    tasks: HashMap<u32, OnTask, RandomState>,
}

#[derive(Debug, Default)]
struct OnTask {
    /// There where there are several tasks.
    cell: Option<Box<Cell>>,
    scored: f64,
    mean: f64,
}

/// So many pairs of candidate and task are watched.
const CELLS: usize = 128;
/// What one takes, with what its tests remember, in bytes.
const CELL: u64 = 10 << 10;
/// So many scores make the mean of a task known.
const KNOWN: f64 = 30.0;

/// Where there are several tasks, scores are looked at around this.
const CENTRE: f64 = 0.5;

/// What was found at once: mostly nothing.
pub(in crate::profile) type Found = SmallVec<[Finding; 2]>;

impl Drifts {
    /// An answer was scored, which was predicted.
    pub(in crate::profile) fn scored(
        &mut self,
        arm: u32,
        task: u32,
        (predicted, score, weight): (f64, f64, f64),
    ) -> Found {
        let mut found = Found::new();
        let ahead = score - predicted;
        if !ahead.is_finite() || weight.is_nan() || weight <= 0.0 {
            return found;
        }
        let Some(watched) = self.watched(arm, task) else {
            return found;
        };
        let centred = watched.centred(task, score);
        if let Some(on) = watched.tasks.get_mut(&task) {
            on.scored += weight;
            on.mean += (score - on.mean) * weight / on.scored;
            let cell = on.cell.as_mut();
            let changed = cell.and_then(|cell| cell.scored(score, ahead, weight));
            found.extend(changed.map(|changed| finding(arm, Some(task), changed)));
        }
        let changed = centred.and_then(|centred| watched.all.scored(centred, ahead, weight));
        found.extend(changed.map(|mut changed| {
            let moved = watched.moved();
            changed.shift.before = (changed.shift.before + moved).clamp(0.0, 1.0);
            changed.shift.after = (changed.shift.after + moved).clamp(0.0, 1.0);
            finding(arm, None, changed)
        }));
        found
    }

    /// How many bytes that takes, about.
    pub(in crate::profile) fn bytes(&self) -> u64 {
        let cells = |watched: &Watched| {
            let on_tasks = watched.tasks.values();
            1 + on_tasks.filter(|on| on.cell.is_some()).count()
        };
        self.arms.values().map(cells).sum::<usize>() as u64 * CELL
    }

    /// An attempt has ended.
    pub(in crate::profile) fn ended(&mut self, arm: u32, task: u32, ended: &Ended<'_>) -> Found {
        let mut found = Found::new();
        let Some(watched) = self.watched(arm, task) else {
            return found;
        };
        watched.all.ended(ended, &mut |changed| {
            found.push(finding(arm, None, changed));
        });
        let cell = watched.tasks.get_mut(&task);
        if let Some(cell) = cell.and_then(|on| on.cell.as_mut()) {
            // Which model answers does not hang on the task.
            let nameless = Ended {
                served: None,
                ..*ended
            };
            cell.ended(&nameless, &mut |changed| {
                found.push(finding(arm, Some(task), changed));
            });
        }
        self.behind = self.arms.values().any(Watched::is_behind);
        found
    }

    #[cfg(test)]
    pub(in crate::profile) const fn cells(&self) -> usize {
        self.cells
    }

    /// What is to be added to what is predicted of a candidate.
    pub(in crate::profile) fn offset(&self, arm: u32, task: u32) -> f64 {
        let Some(watched) = self.arms.get(&arm) else {
            return 0.0;
        };
        let on = watched.tasks.get(&task).and_then(|on| on.cell.as_ref());
        match on.map_or(0.0, |cell| cell.offset()) {
            0.0 => watched.all.offset(),
            offset => offset,
        }
    }

    /// Whether a candidate is to be asked after the others.
    pub(in crate::profile) fn is_behind(&self, arm: u32, task: u32) -> bool {
        self.behind
            && self.arms.get(&arm).is_some_and(|watched| {
                let on = watched.tasks.get(&task).and_then(|on| on.cell.as_ref());
                watched.all.is_behind() || on.is_some_and(|cell| cell.is_behind())
            })
    }

    fn watched(&mut self, arm: u32, task: u32) -> Option<&mut Watched> {
        let full = self.cells >= CELLS;
        let watched = match self.arms.entry(arm) {
            std::collections::hash_map::Entry::Occupied(there) => there.into_mut(),
            std::collections::hash_map::Entry::Vacant(_) if full => return None,
            std::collections::hash_map::Entry::Vacant(free) => {
                self.cells += 1;
                free.insert(Watched {
                    all: Cell::new(false),
                    tasks: HashMap::default(),
                })
            }
        };
        if !watched.tasks.contains_key(&task) && !full {
            self.cells += 1;
            // A task that is the only one is all tasks.
            let first = watched.tasks.is_empty();
            if !first {
                if watched.tasks.len() == 1 {
                    watched.all.split();
                }
                for on in watched.tasks.values_mut().filter(|on| on.cell.is_none()) {
                    on.cell = Some(Box::new(Cell::new(true)));
                }
            }
            let on = OnTask {
                cell: (!first).then(|| Box::new(Cell::new(true))),
                ..OnTask::default()
            };
            watched.tasks.insert(task, on);
        }
        Some(watched)
    }
}

impl Watched {
    /// A score less what its task makes, so that another mix of tasks is no change; `None` where that is not known yet. Where
    /// there is one task, as it is.
    fn centred(&self, task: u32, score: f64) -> Option<f64> {
        if self.tasks.len() < 2 {
            return Some(score);
        }
        let on = self.tasks.get(&task).filter(|on| on.scored >= KNOWN)?;
        Some(score - on.mean + CENTRE)
    }

    /// How far the mean of all scores is from where they are centred.
    fn moved(&self) -> f64 {
        if self.tasks.len() < 2 {
            return 0.0;
        }
        let (sum, scored) = self.tasks.values().fold((0.0, 0.0), |(sum, scored), on| {
            (on.mean.mul_add(on.scored, sum), scored + on.scored)
        });
        if scored > 0.0 {
            sum / scored - CENTRE
        } else {
            0.0
        }
    }

    fn is_behind(&self) -> bool {
        let mut tasks = self.tasks.values().filter_map(|on| on.cell.as_ref());
        self.all.is_behind() || tasks.any(|cell| cell.is_behind())
    }
}

/// How many there are, as a number of them.
#[allow(clippy::cast_sign_loss, reason = "it is none below nought")]
fn whole(count: f64) -> u64 {
    count.max(0.0) as u64
}

fn finding(arm: u32, task: Option<u32>, changed: Changed) -> Finding {
    Finding {
        arm,
        task,
        what: changed.what,
        recovered: changed.recovered,
        worse: changed.worse,
        before: changed.shift.before,
        after: changed.shift.after,
        since: whole(changed.shift.since),
        of: whole(changed.shift.of),
        names: changed.names,
    }
}
