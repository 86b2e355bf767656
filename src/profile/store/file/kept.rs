use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use foldhash::fast::RandomState;

use super::super::{Heard, KeptLabel, KeptRow, MOST, Rows, Stream, StreamName, Told};
use crate::{context::Tenant, profile::stats::What};

/// So many streams are kept.
const STREAMS: usize = 16_384;
/// So many rows are kept of a tenant.
const ROWS: usize = 16_384;
/// What has faded to this share of a call is as good as nothing.
const FADED: f64 = 0.01;

/// All that a file has.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) streams: HashMap<StreamName, VecDeque<KeptLabel>, RandomState>,
    pub(super) rows: HashMap<Option<Tenant>, Vec<KeptRow>, RandomState>,
    /// What was taken in last: it is not taken in twice.
    last: Option<(u64, u64)>,
    /// What streams had before that, for those who have nothing of them yet.
    anew: Vec<Stream>,
}

impl Kept {
    /// Takes in what is new. What the process has nothing of yet is told as it was before.
    pub(super) fn take(&mut self, told: &Told) -> Heard {
        if self.last != Some((told.process, told.number)) {
            self.last = Some((told.process, told.number));
            let anew = told.streams.iter().filter(|stream| stream.anew);
            self.anew = anew
                .filter_map(|stream| self.stream(&stream.name))
                .collect();
            for stream in &told.streams {
                for label in &stream.labels {
                    self.label(&stream.name, label.clone());
                }
            }
            let half_life = Duration::try_from_secs_f64(told.half_life_s).unwrap_or_default();
            for rows in &told.rows {
                for row in &rows.rows {
                    self.row(rows.tenant.as_ref(), row, half_life);
                }
            }
            self.fade(told.at, half_life);
        }
        Heard {
            streams: self.anew.clone(),
            rows: Vec::new(),
        }
    }

    /// All of it.
    pub(super) fn all(&self) -> Heard {
        let names = self.streams.keys();
        let rows = self.rows.iter();
        Heard {
            streams: names.filter_map(|name| self.stream(name)).collect(),
            rows: rows
                .map(|(tenant, rows)| Rows::new(tenant.clone(), rows.clone()))
                .collect(),
        }
    }

    fn stream(&self, name: &StreamName) -> Option<Stream> {
        let labels = self.streams.get(name)?;
        Some(Stream::new(name.clone(), labels.iter().cloned().collect()))
    }

    pub(super) fn label(&mut self, name: &StreamName, label: KeptLabel) {
        if self.streams.len() >= STREAMS && !self.streams.contains_key(name) {
            return;
        }
        let labels = self.streams.entry(name.clone()).or_default();
        if labels.len() >= MOST {
            labels.pop_front();
        }
        labels.push_back(label);
    }

    pub(super) fn row(&mut self, tenant: Option<&Tenant>, row: &KeptRow, half_life: Duration) {
        let rows = self.rows.entry(tenant.cloned()).or_default();
        if let Some(known) = rows.iter_mut().find(|known| known.is(row)) {
            known.counts.add(&row.counts, half_life);
        } else if rows.len() < ROWS {
            rows.push(row.clone());
        }
    }

    fn fade(&mut self, now: f64, half_life: Duration) {
        self.rows.retain(|_, rows| {
            rows.retain_mut(|row| {
                row.counts.fade(now, half_life);
                row.counts.get(What::Calls) >= FADED
            });
            !rows.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        profile::{Vector, learner::Label},
        query::Prompt,
    };

    #[test]
    fn the_last_labels_of_a_stream_are_kept_and_no_more() {
        let (mut kept, name) = (Kept::default(), StreamName::new(None, "auto"));
        for at in 0..2_000 {
            let label = Label {
                vector: Vector::of(&Prompt::new("")),
                task: 0,
                arm: 0,
                prior: None,
                predicted: 0.5,
                score: 1.0,
                weight: 1.0,
                at: f64::from(at),
            };
            kept.label(&name, KeptLabel::new(&label, ("glm-5", ""), "coding"));
        }
        let labels = &kept.streams[&name];
        assert_eq!(labels.len(), MOST);
        assert_eq!(labels.front().map(KeptLabel::at), Some(976.0));
    }

    #[test]
    fn rows_that_have_faded_go() {
        let day = Duration::from_secs(86_400);
        let mut counts = crate::profile::stats::Counts::new(0.0);
        counts.count(What::Calls, 1.0);
        let mut kept = Kept::default();
        kept.row(None, &KeptRow::new(("glm-5", ""), "coding", counts), day);
        kept.fade(6.0 * 86_400.0, day);
        assert_eq!(kept.rows[&None].len(), 1);
        kept.fade(7.0 * 86_400.0, day);
        assert!(kept.rows.is_empty());
    }
}
