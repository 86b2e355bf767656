use std::time::SystemTime;

use super::{Date, MoveOver};

/// From when until when a provider serves a model, and what follows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifecycle {
    pub(super) released: Option<Date>,
    pub(super) deprecated: Option<Date>,
    pub(super) sunset: Option<Date>,
    pub(super) successor: Option<Box<str>>,
    pub(super) move_over: Option<MoveOver>,
}

impl Lifecycle {
    /// The first day of service.
    pub const fn released(&self) -> Option<Date> {
        self.released
    }

    /// The day from which the provider advises against it.
    pub const fn deprecated(&self) -> Option<Date> {
        self.deprecated
    }

    /// The first day without service.
    pub const fn sunset(&self) -> Option<Date> {
        self.sunset
    }

    /// The model that takes over, by name.
    pub fn successor(&self) -> Option<&str> {
        self.successor.as_deref()
    }

    /// By which schedule calls that name it move to its successor; `None` where all do at its sunset.
    pub const fn move_over(&self) -> Option<&MoveOver> {
        self.move_over.as_ref()
    }

    /// The share of conversations that have moved to its successor by its schedule, 0 to 1; zero without one.
    pub fn moved_share(&self, at: SystemTime) -> f64 {
        let share = |moves: &MoveOver| moves.share(self.deprecated, self.sunset, Date::of(at));
        self.move_over.as_ref().map_or(0.0, share)
    }

    /// Whether service has begun.
    pub fn is_released(&self, at: SystemTime) -> bool {
        self.released.is_none_or(|day| day <= Date::of(at))
    }

    /// Whether the provider advises against it, or has ended it.
    pub fn is_deprecated(&self, at: SystemTime) -> bool {
        self.deprecated.is_some_and(|day| day <= Date::of(at)) || self.is_gone(at)
    }

    /// Whether who names it is to be told of its end: it is deprecated, or has a sunset and nobody wrote from when it is.
    pub fn is_ending(&self, at: SystemTime) -> bool {
        self.is_deprecated(at) || (self.deprecated.is_none() && self.sunset.is_some())
    }

    /// Whether service has ended.
    pub fn is_gone(&self, at: SystemTime) -> bool {
        self.sunset.is_some_and(|day| day <= Date::of(at))
    }
}
