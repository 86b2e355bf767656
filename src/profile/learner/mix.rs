use super::memory::Memory;

/// A call that is so many calls old counts a little more than a third.
const LATELY: f64 = 100.0;
/// So many tasks are counted; the one that was asked least goes first.
const TASKS: usize = 64;
/// So many labels are taken to be known of a task of which none is.
const UNSEEN: f64 = 0.5;

/// Of which tasks calls are lately.
#[derive(Debug, Default)]
pub(super) struct Mix {
    tasks: Vec<(u32, f64)>,
}

impl Mix {
    /// There is a call.
    pub(super) fn note(&mut self, task: u32) {
        const KEEP: f64 = 1.0 - 1.0 / LATELY;
        for (_, calls) in &mut self.tasks {
            *calls *= KEEP;
        }
        if let Some((_, calls)) = self.tasks.iter_mut().find(|(of, _)| *of == task) {
            *calls += 1.0;
            return;
        }
        if self.tasks.len() >= TASKS {
            let by_calls = |a: &usize, b: &usize| self.tasks[*a].1.total_cmp(&self.tasks[*b].1);
            if let Some(least) = (0..self.tasks.len()).min_by(by_calls) {
                self.tasks.swap_remove(least);
            }
        }
        self.tasks.push((task, 1.0));
    }

    /// How many labels say of such calls as much as one that is of such calls: 1 where the labels are of the same tasks in
    /// the same shares, more the fewer there are of what is asked lately (1 and the chi-squared divergence of the calls'
    /// tasks from the labels').
    pub(super) fn unlike(&self, memory: &Memory) -> f64 {
        let calls: f64 = self.tasks.iter().map(|(_, calls)| calls).sum();
        let labels = UNSEEN.mul_add(self.tasks.len() as f64, memory.len() as f64);
        let parts = self.tasks.iter().map(|(task, asked)| {
            let asked = asked / calls;
            let known = f64::from(memory.tasks.get(task).copied().unwrap_or_default()) + UNSEEN;
            asked * asked * labels / known
        });
        parts.sum::<f64>().max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(tasks: &[(u32, u16)]) -> Memory {
        let mut memory = Memory::default();
        for (task, labels) in tasks {
            memory.tasks.insert(*task, f32::from(*labels));
            for _ in 0..*labels {
                memory.rows.push([0; crate::profile::Vector::LEN]);
            }
        }
        memory
    }

    fn calls(tasks: impl IntoIterator<Item = u32>) -> Mix {
        let mut mix = Mix::default();
        tasks.into_iter().for_each(|task| mix.note(task));
        mix
    }

    #[test]
    fn the_same_mix_counts_whole_and_another_one_the_less_the_farther_it_is() {
        let mix = |shares: [u32; 3]| {
            let round = [0, 1, 2].map(|task| vec![task; shares[task as usize] as usize]);
            calls(round.concat().into_iter().cycle().take(1_000))
        };
        let known = labels(&[(0, 500), (1, 500)]);
        let same = mix([1, 1, 0]).unlike(&known);
        assert!((1.0..1.02).contains(&same), "{same}");
        let half = mix([1, 0, 0]).unlike(&known);
        assert!((half - 2.0).abs() < 0.05, "{half}");
        let new = mix([0, 0, 1]).unlike(&known);
        assert!(new > 1_000.0, "{new}");
        let some = mix([2, 2, 1]).unlike(&known);
        assert!((10.0..100.0).contains(&some), "{some}");
    }

    #[test]
    fn nothing_known_and_nothing_asked_are_alike() {
        assert_eq!(Mix::default().unlike(&Memory::default()), 1.0);
        assert_eq!(calls([7]).unlike(&Memory::default()), 1.0);
    }

    #[test]
    fn tasks_without_end_stay_bounded() {
        let mix = calls(0..10_000);
        assert_eq!(mix.tasks.len(), TASKS);
        assert!(mix.tasks.iter().any(|(task, _)| *task == 9_999));
        assert!(mix.unlike(&Memory::default()).is_finite());
    }
}
