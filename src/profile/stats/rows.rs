use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use foldhash::fast::RandomState;

use super::{Counts, Spread};
use crate::context::Tenant;

/// So many rows are kept.
const MOST: usize = 16_384;

/// Whose calls, which candidate and which task, the last two by their numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) tenant: Option<Tenant>,
    pub(crate) candidate: u32,
    pub(crate) task: u32,
}

/// What was counted of all candidates.
pub(crate) struct Rows {
    half_life: Duration,
    rows: Mutex<HashMap<Key, Row, RandomState>>,
}

/// What a store knows already, what it is being told, and what it will be told.
#[derive(Clone, Debug)]
struct Row {
    kept: Counts,
    told: Counts,
    news: Counts,
    /// When it was last added to.
    last: f64,
}

impl Row {
    const fn new(at: f64) -> Self {
        Self {
            kept: Counts::new(at),
            told: Counts::new(at),
            news: Counts::new(at),
            last: at,
        }
    }

    fn all(&self, now: f64, half_life: Duration) -> Counts {
        let mut all = self.kept.clone();
        all.add(&self.told, half_life);
        all.add(&self.news, half_life);
        all.fade(now, half_life);
        all
    }
}

impl Rows {
    pub(crate) fn new(half_life: Duration) -> Self {
        Self {
            half_life,
            rows: Mutex::default(),
        }
    }

    /// Counts what was seen now.
    pub(crate) fn count(&self, key: Key, now: f64, what: impl FnOnce(&mut Counts)) {
        let mut rows = self.rows();
        let row = row(&mut rows, key, now);
        row.news.fade(now, self.half_life);
        row.last = row.last.max(now);
        what(&mut row.news);
    }

    /// Everything, as of now.
    pub(crate) fn all(&self, now: f64) -> Vec<(Key, Counts)> {
        let rows = self.rows();
        let all = rows.iter();
        all.map(|(key, row)| (key.clone(), row.all(now, self.half_life)))
            .collect()
    }

    /// How long answers are, as far as they were measured.
    pub(crate) fn output_tokens(&self, key: &Key, now: f64) -> Option<Spread> {
        let rows = self.rows();
        Spread::of(&rows.get(key)?.all(now, self.half_life))
    }

    /// What is to be told to a store: what was counted since the last time.
    pub(crate) fn news(&self) -> Vec<(Key, Counts)> {
        let mut rows = self.rows();
        let new = rows.iter_mut().filter(|(_, row)| !row.news.is_empty());
        new.map(|(key, row)| {
            let empty = Counts::new(row.news.at());
            let news = std::mem::replace(&mut row.news, empty);
            row.told.add(&news, self.half_life);
            (key.clone(), news)
        })
        .collect()
    }

    /// A store was told what was new: now it keeps that too.
    pub(crate) fn told(&self) {
        for row in self.rows().values_mut() {
            let told = std::mem::replace(&mut row.told, Counts::new(row.kept.at()));
            row.kept.add(&told, self.half_life);
        }
    }

    /// All that a store keeps of this, of this process and of others.
    pub(crate) fn kept(&self, key: Key, counts: Counts) {
        let mut rows = self.rows();
        let at = counts.at();
        let row = row(&mut rows, key, at);
        row.kept = counts;
    }

    fn rows(&self) -> MutexGuard<'_, HashMap<Key, Row, RandomState>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The row of a key; where there are too many, an eighth of them makes room: those that were added to the longest ago.
fn row(rows: &mut HashMap<Key, Row, RandomState>, key: Key, at: f64) -> &mut Row {
    if rows.len() >= MOST && !rows.contains_key(&key) {
        let mut ages: Vec<f64> = rows.values().map(|row| row.last).collect();
        let (_, oldest, _) = ages.select_nth_unstable_by(MOST / 8, f64::total_cmp);
        let (oldest, mut room) = (*oldest, MOST / 8);
        rows.retain(|_, row| {
            let goes = row.last <= oldest && room > 0;
            room -= usize::from(goes);
            !goes
        });
    }
    rows.entry(key).or_insert_with(|| Row::new(at))
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("rows", &self.rows().len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::What, *};

    const WEEK: Duration = Duration::from_secs(7 * 86_400);

    fn key(candidate: u32) -> Key {
        Key {
            tenant: None,
            candidate,
            task: 0,
        }
    }

    fn calls(rows: &Rows, candidate: u32) -> f64 {
        let all = rows.all(0.0).into_iter();
        let mut of = all.filter(|(at, _)| *at == key(candidate));
        of.next().map_or(0.0, |(_, counts)| counts.get(What::Calls))
    }

    #[test]
    fn what_is_told_to_a_store_counts_once() {
        let rows = Rows::new(WEEK);
        rows.count(key(1), 0.0, |counts| counts.count(What::Calls, 2.0));
        let news = rows.news();
        assert_eq!(news.len(), 1);
        assert_eq!(calls(&rows, 1), 2.0);
        rows.count(key(1), 0.0, |counts| counts.count(What::Calls, 1.0));
        assert_eq!(calls(&rows, 1), 3.0);
        rows.told();
        // The store answers with all that it has: another process's four besides.
        let mut kept = news[0].1.clone();
        kept.count(What::Calls, 4.0);
        rows.kept(key(1), kept);
        assert_eq!(calls(&rows, 1), 7.0);
        assert_eq!(rows.news()[0].1.get(What::Calls), 1.0);
        assert!(rows.news().is_empty());
        assert_eq!(calls(&rows, 1), 7.0);
    }

    #[test]
    fn the_oldest_make_room() {
        let rows = Rows::new(WEEK);
        for at in 0..=MOST {
            let at = u32::try_from(at).unwrap();
            rows.count(key(at), f64::from(at), |counts| {
                counts.count(What::Calls, 1.0);
            });
        }
        assert_eq!(rows.rows().len(), MOST - MOST / 8 + 1);
        assert_eq!(calls(&rows, 0), 0.0);
        assert_eq!(calls(&rows, u32::try_from(MOST).unwrap()), 1.0);
    }
}
