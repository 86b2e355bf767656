use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use super::{
    data::Data,
    prior::{Drawn, Prior},
};
use crate::{
    play::{Played, Setting, play},
    stream::Stream,
};

/// A setting that is played with many seeds.
#[derive(Clone, Copy)]
pub(crate) struct Spec<'a> {
    pub(crate) data: &'a Data,
    pub(crate) prior: Prior,
    /// Of how many calls the score is told; `None` where the catalog alone decides.
    pub(crate) feedback: Option<f64>,
    pub(crate) quality: f64,
    pub(crate) order: Order<'a>,
}

/// In which order calls come.
#[derive(Clone, Copy)]
pub(crate) enum Order<'a> {
    /// Any, of these.
    Any(&'a [usize]),
    /// Those of some data sets first, then those of the others; within each part any.
    Shifting,
}

/// A setting played with one seed.
pub(crate) struct Run<'a> {
    pub(crate) stream: &'a Stream,
    pub(crate) drawn: Drawn,
    pub(crate) played: Vec<Played>,
    /// How many calls come before the others.
    pub(crate) before: usize,
}

/// Plays each setting with each seed, some at a time, and keeps what `look` sees in each.
pub(crate) fn each<T: Send>(
    specs: &[Spec<'_>],
    seeds: u64,
    threads: usize,
    look: impl Fn(&Run<'_>) -> T + Sync,
) -> Result<Vec<Vec<T>>, String> {
    let jobs: Vec<(usize, u64)> = (0..specs.len())
        .flat_map(|spec| (1..=seeds).map(move |seed| (spec, seed)))
        .collect();
    let next = AtomicUsize::new(0);
    let seen: Mutex<Vec<(usize, T)>> = Mutex::default();
    let work = || -> Result<(), String> {
        while let Some((spec, seed)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let sees = look(&specs[*spec].play(*seed)?);
            let place = spec * usize::try_from(seeds).unwrap_or_default();
            let place = place + usize::try_from(*seed).unwrap_or_default();
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.push((place, sees));
        }
        Ok(())
    };
    let ended: Vec<Result<(), String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let panicked = |_| Err("a thread panicked".to_owned());
        let join =
            |thread: std::thread::ScopedJoinHandle<'_, _>| thread.join().unwrap_or_else(panicked);
        threads.into_iter().map(join).collect()
    });
    ended.into_iter().collect::<Result<(), _>>()?;
    let mut seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    seen.sort_by_key(|(place, _)| *place);
    let mut seen = seen.into_iter().map(|(_, sees)| sees);
    let each = specs
        .iter()
        .map(|_| (0..seeds).filter_map(|_| seen.next()).collect());
    Ok(each.collect())
}

impl<'a> Spec<'a> {
    fn play(&self, seed: u64) -> Result<Run<'a>, String> {
        let mut random = fastrand::Rng::with_seed(seed);
        let stream = self.prior.stream(self.data);
        let (order, before) = self.order.draw(stream, &mut random);
        let drawn = self.prior.draw(self.data, &mut random)?;
        let setting = Setting {
            catalog: drawn.catalog.clone(),
            learn: self.feedback.is_some(),
            feedback: self.feedback.unwrap_or_default(),
            quality: Some(self.quality),
            seed,
        };
        let played = play(stream, order, &setting, |_| Ok(()))?;
        Ok(Run {
            stream,
            drawn,
            played,
            before,
        })
    }
}

impl Order<'_> {
    fn draw(self, stream: &Stream, random: &mut fastrand::Rng) -> (Vec<usize>, usize) {
        match self {
            Self::Any(places) => {
                let mut order = places.to_vec();
                random.shuffle(&mut order);
                (order, 0)
            }
            Self::Shifting => {
                let of = |at: &usize| stream.calls[*at].dataset.as_deref().unwrap_or_default();
                let all: Vec<usize> = (0..stream.calls.len()).collect();
                let mut sets: Vec<&str> = all.iter().map(of).collect();
                sets.sort_unstable();
                sets.dedup();
                random.shuffle(&mut sets);
                let first = &sets[..sets.len().div_ceil(2)];
                let (mut order, mut others): (Vec<_>, Vec<_>) =
                    all.iter().partition(|at| first.contains(&of(at)));
                random.shuffle(&mut order);
                random.shuffle(&mut others);
                let before = order.len();
                order.extend(others);
                (order, before)
            }
        }
    }
}
