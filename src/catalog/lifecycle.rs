use std::time::SystemTime;

use super::Date;

/// From when until when a provider serves a model, and what follows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifecycle {
    pub(super) released: Option<Date>,
    pub(super) deprecated: Option<Date>,
    pub(super) sunset: Option<Date>,
    pub(super) successor: Option<Box<str>>,
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

    /// Whether service has begun.
    pub fn is_released(&self, at: SystemTime) -> bool {
        self.released.is_none_or(|day| day <= Date::of(at))
    }

    /// Whether the provider advises against it, or has ended it.
    pub fn is_deprecated(&self, at: SystemTime) -> bool {
        self.deprecated.is_some_and(|day| day <= Date::of(at)) || self.is_gone(at)
    }

    /// Whether service has ended.
    pub fn is_gone(&self, at: SystemTime) -> bool {
        self.sunset.is_some_and(|day| day <= Date::of(at))
    }
}
