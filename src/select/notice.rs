use std::{fmt, sync::Arc, time::SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Call, Plan, Unplanned};
use crate::{
    catalog::{Lifecycle, Model, Resolved, Snapshot},
    query::RefusalKind,
};

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// That a call names a model whose end is announced or past, or is sent to one first.
#[derive(Clone)]
pub(crate) struct Notice {
    pub(super) model: Arc<Model>,
    pub(super) successor: Option<Arc<Model>>,
    /// Whether the caller chose the model.
    pub(super) named: bool,
}

impl Notice {
    fn of(
        model: &Arc<Model>,
        named: bool,
        snapshot: &Snapshot,
        at: SystemTime,
    ) -> Option<Box<Self>> {
        model.lifecycle().is_ending(at).then(|| {
            Box::new(Self {
                model: Arc::clone(model),
                successor: snapshot.successor(model, at).cloned(),
                named,
            })
        })
    }

    /// The model that a name means by itself, whoever answers in its place.
    fn named<'a>(resolved: &Resolved<'a>) -> Option<&'a Arc<Model>> {
        match *resolved {
            Resolved::Model { model, instead_of } => Some(instead_of.unwrap_or(model)),
            Resolved::Gone { model } => Some(model),
            Resolved::Alias(_) | Resolved::Unknown { .. } => None,
        }
    }

    /// Adds what there is to be told to what was planned.
    pub(super) fn put(
        planned: Result<Plan, Unplanned>,
        call: &Call<'_>,
        resolved: &Resolved<'_>,
        snapshot: &Snapshot,
        at: SystemTime,
    ) -> Result<Plan, Unplanned> {
        let named = Self::named(resolved);
        match planned {
            Ok(plan) => {
                let first = || Some(plan.candidates().first()?.candidate.model());
                let model = named.or_else(first);
                let notice = model.and_then(|model| Self::of(model, named.is_some(), snapshot, at));
                Ok(plan.with_notice(notice))
            }
            // What is said not to exist has no end either.
            Err(unplanned) => {
                let gone = matches!(resolved, Resolved::Gone { .. });
                let denied = !gone && unplanned.refusal().kind() == RefusalKind::UnknownModel;
                let model = named.filter(|model| call.may_use(model) && !denied);
                let notice = model.and_then(|model| Self::of(model, true, snapshot, at));
                Err(unplanned.with_notice(notice))
            }
        }
    }

    /// The model of whose end the caller is told: the one that it named.
    pub(super) fn to_caller(&self) -> Option<&Arc<Model>> {
        self.named.then_some(&self.model)
    }
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let successor = self.successor.as_deref();
        f.debug_struct("Notice")
            .field("model", &self.model.name())
            .field("successor", &successor.map(Model::name))
            .field("named", &self.named)
            .finish()
    }
}

/// Tells the caller of a model that a name in its request means, as of an instant, when that model's end is announced or past.
pub(crate) fn tell_of(name: &str, snapshot: &Snapshot, at: SystemTime, headers: &mut HeaderMap) {
    let resolved = snapshot.known(name, at);
    let named = resolved.as_ref().and_then(Notice::named);
    if let Some(model) = named.filter(|model| model.lifecycle().is_ending(at)) {
        tell(model.lifecycle(), headers);
    }
}

/// `Deprecation` (RFC 9745) and `Sunset` (RFC 8594), as far as the days are known, in place of what is there.
pub(super) fn tell(lifecycle: &Lifecycle, headers: &mut HeaderMap) {
    let deprecation = lifecycle.deprecated().map(|day| format!("@{}", day.unix()));
    let sunset = lifecycle.sunset().and_then(|day| day.http());
    for (name, value) in [(DEPRECATION, deprecation), (SUNSET, sunset)] {
        match value.and_then(|value| HeaderValue::try_from(value).ok()) {
            Some(value) => headers.insert(name, value),
            None => headers.remove(name),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Date, Provider};

    fn told(deprecated: Option<&str>, sunset: Option<&str>, at: &str) -> HeaderMap {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let mut model = Model::builder("m", "acme");
        if let Some(deprecated) = deprecated {
            model = model.deprecated(day(deprecated));
        }
        if let Some(sunset) = sunset {
            model = model.sunset(day(sunset));
        }
        let provider = Provider::builder("acme", "openai", "http://127.0.0.1:1/v1");
        let snapshot = Snapshot::builder().provider(provider).model(model);
        let mut headers = HeaderMap::new();
        let at = day(at).starts();
        tell_of("acme/m", &snapshot.build().unwrap(), at, &mut headers);
        headers
    }

    #[test]
    fn days_are_written_as_the_two_standards_have_them() {
        // The examples of RFC 9745 and RFC 8594, at midnight.
        let headers = told(Some("2023-06-30"), Some("2024-12-31"), "2024-01-01");
        assert_eq!(headers["deprecation"], "@1688083200");
        assert_eq!(headers["sunset"], "Tue, 31 Dec 2024 00:00:00 GMT");
        let headers = told(Some("2026-12-01"), Some("9999-12-31"), "2026-12-01");
        assert_eq!(headers["sunset"], "Fri, 31 Dec 9999 00:00:00 GMT");
    }

    #[test]
    fn only_days_that_are_known_are_told() {
        let keys = |headers: HeaderMap| {
            let mut keys: Vec<_> = headers.keys().map(|key| key.as_str().to_owned()).collect();
            keys.sort_unstable();
            keys.join(" ")
        };
        let (day, end) = (Some("2026-12-01"), Some("2027-06-01"));
        assert_eq!(keys(told(day, end, "2026-11-30")), "");
        assert_eq!(keys(told(day, end, "2026-12-01")), "deprecation sunset");
        assert_eq!(keys(told(day, end, "2030-01-01")), "deprecation sunset");
        assert_eq!(keys(told(day, None, "2026-12-01")), "deprecation");
        // From when it is deprecated nobody wrote; its end is known all the same.
        assert_eq!(keys(told(None, end, "2026-11-30")), "sunset");
        assert_eq!(keys(told(None, None, "2026-11-30")), "");
    }
}
