use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

/// When the log was last warned of each model whose end is announced or past.
#[derive(Debug, Default)]
pub(super) struct Warned(Mutex<HashMap<Box<str>, SystemTime>>);

const HOUR: Duration = Duration::from_secs(60 * 60);
/// Of more models than this nobody is warned within an hour, so that reloads with ever other names fill nothing.
const MOST: usize = 1_024;

impl Warned {
    /// Whether it is time to warn of a model; then it is not again for an hour of the clock, in either direction.
    pub(super) fn is_due(&self, model: &str, now: SystemTime) -> bool {
        let recent = |last: SystemTime| {
            let distance = now
                .duration_since(last)
                .unwrap_or_else(|ahead| ahead.duration());
            distance < HOUR
        };
        let mut warned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = warned.get_mut(model) {
            let due = !recent(*last);
            if due {
                *last = now;
            }
            return due;
        }
        if warned.len() >= MOST {
            warned.retain(|_, last| recent(*last));
        }
        let room = warned.len() < MOST;
        if room {
            warned.insert(model.into(), now);
        }
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_time_once_an_hour_for_each_model() {
        let warned = Warned::default();
        let at = |minutes: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(60 * minutes);
        assert!(warned.is_due("a", at(600)));
        assert!(!warned.is_due("a", at(600)));
        assert!(warned.is_due("b", at(601)));
        assert!(!warned.is_due("a", at(659)));
        assert!(warned.is_due("a", at(660)));
        // Another thread's clock, read a moment before.
        assert!(!warned.is_due("a", at(659)));
        assert!(warned.is_due("a", at(10)), "the clock was set back");
    }

    #[test]
    fn names_without_end_fill_nothing() {
        let warned = Warned::default();
        let at = |hours: u64| SystemTime::UNIX_EPOCH + HOUR * u32::try_from(hours).unwrap();
        let due = |at| {
            (0..3_000)
                .filter(|n| warned.is_due(&n.to_string(), at))
                .count()
        };
        assert_eq!(due(at(1)), MOST);
        assert_eq!(due(at(1)), 0);
        assert_eq!(due(at(2)), MOST);
        assert_eq!(warned.0.lock().unwrap().len(), MOST);
    }
}
