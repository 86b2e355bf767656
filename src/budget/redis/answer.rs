use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use redis::Value;

use super::{facts::hold_id, keys::account_of};
use crate::{
    budget::{AccountId, HoldId, HoldLabel, Window, book::Told},
    money::Usd,
};

/// What a script has answered.
#[derive(Debug)]
pub(super) enum Answer {
    /// The ledger is gone, or another one.
    Lost,
    /// Of what this process wrote, only so many writes are there.
    Back(u64),
    Done(Done),
}

/// What a script has done.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) status: String,
    pub(super) epoch: String,
    pub(super) seq: u64,
    pub(super) now: u64,
    pub(super) mine: u64,
    pub(super) told: Vec<Told>,
    pub(super) views: Vec<View>,
    pub(super) extra: Vec<Value>,
}

/// How an account's windows stand.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) account: String,
    pub(super) windows: Vec<Running>,
}

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) window: Window,
    pub(super) ends_at: Option<SystemTime>,
    pub(super) spent: u128,
    pub(super) held: u128,
    pub(super) serial: u64,
    pub(super) alerted: u32,
}

impl Answer {
    /// Reads one; `None` where it makes no sense.
    pub(super) fn read(value: Value) -> Option<Self> {
        let mut items = list(value)?.into_iter();
        let status = text(&items.next()?)?.to_owned();
        Some(match status.as_str() {
            "lost" => Self::Lost,
            "back" => Self::Back(number(&items.next()?)?),
            _ => Self::Done(Done {
                status,
                epoch: text(&items.next()?)?.to_owned(),
                seq: number(&items.next()?)?,
                now: number(&items.next()?)?,
                mine: number(&items.next()?)?,
                told: list(items.next()?)?
                    .into_iter()
                    .map(told)
                    .collect::<Option<_>>()?,
                views: list(items.next()?)?
                    .into_iter()
                    .map(view)
                    .collect::<Option<_>>()?,
                extra: items.next().and_then(list).unwrap_or_default(),
            }),
        })
    }
}

impl Done {
    /// A number among what the script said besides, counted from one there.
    pub(super) fn index(&self, at: usize) -> Option<usize> {
        let number = number(self.extra.get(at)?)?;
        usize::try_from(number).ok()?.checked_sub(1)
    }

    pub(super) fn text(&self, at: usize) -> Option<&str> {
        text(self.extra.get(at)?)
    }
}

fn told(value: Value) -> Option<Told> {
    let items = list(value)?;
    let part = |at: usize| items.get(at).and_then(text);
    let hold = hold_id(part(1)?)?;
    let label = HoldLabel::new(part(2)?, part(3)?);
    let bound = usd(part(4)?)?;
    Some(match part(0)? {
        "expired" => Told::Expired { hold, label, bound },
        "exceeded" => Told::Exceeded {
            hold,
            label,
            bound,
            spent: usd(part(5)?)?,
            account: part(6).and_then(account_of).map(Arc::new),
        },
        _ => return None,
    })
}

fn view(value: Value) -> Option<View> {
    let mut items = list(value)?.into_iter();
    let account = text(&items.next()?)?.to_owned();
    let windows = items.map(|row| {
        let row = list(row)?;
        let at = |index: usize| row.get(index);
        Some(Running {
            window: window(at(0)?)?,
            ends_at: end(at(2)?)?,
            spent: wide(at(3)?)?,
            held: wide(at(4)?)?,
            serial: number(at(5)?)?,
            alerted: u32::try_from(number(at(6)?)?).ok()?,
        })
    });
    Some(View {
        account,
        windows: windows.collect::<Option<_>>()?,
    })
}

pub(super) fn list(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(items) => Some(items),
        _ => None,
    }
}

pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
        Value::SimpleString(text) => Some(text),
        _ => None,
    }
}

pub(super) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        other => text(other)?.parse().ok(),
    }
}

/// An amount that may be wider than [`Usd`].
pub(super) fn wide(value: &Value) -> Option<u128> {
    text(value)?.parse().ok()
}

/// An amount; a wider one shows as the largest.
pub(super) fn usd(text: &str) -> Option<Usd> {
    text.parse::<u128>().ok().map(shown)
}

pub(super) fn shown(nanos: u128) -> Usd {
    let narrow = u64::try_from(nanos).ok().and_then(Usd::from_nanos);
    narrow.unwrap_or(Usd::MAX)
}

pub(super) fn window(value: &Value) -> Option<Window> {
    let kind = usize::try_from(number(value)?).ok()?;
    Window::ALL.get(kind).copied()
}

pub(super) fn time(micros: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_micros(micros))
}

/// A window's end: zero is none.
#[expect(
    clippy::option_option,
    reason = "no end is not an end that cannot be read"
)]
pub(super) fn end(value: &Value) -> Option<Option<SystemTime>> {
    match number(value)? {
        0 => Some(None),
        micros => time(micros).map(Some),
    }
}

pub(super) fn id(value: &Value) -> Option<HoldId> {
    hold_id(text(value)?)
}

pub(super) fn account(value: &Value) -> Option<AccountId> {
    account_of(text(value)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Nil),
            Just(Value::Okay),
            any::<i64>().prop_map(Value::Int),
            "[a-z0-9:/]{0,8}".prop_map(|text| Value::BulkString(text.into_bytes())),
            prop::sample::select(vec!["ok", "back", "lost", "expired", "3:org"])
                .prop_map(|text| Value::BulkString(text.as_bytes().to_vec())),
            prop::collection::vec(any::<u8>(), 0..8).prop_map(Value::BulkString),
        ];
        leaf.prop_recursive(4, 64, 9, |inner| {
            prop::collection::vec(inner, 0..9).prop_map(Value::Array)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_answer_panics(value in values()) {
            let _ = Answer::read(value);
        }
    }
}
