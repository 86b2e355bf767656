use std::{
    borrow::Cow,
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    budget::{
        AccountId, HoldLabel, ScopeKey, Window,
        book::{Counts, Doubt, DoubtRow, Held, HoldRow, Record, RefundRow, StateRow, WindowRow},
    },
    money::Usd,
};

/// The form of the rows. Another form has another number.
pub(super) const FORMAT: u32 = 1;

/// Sums that no ledger comes near, and that can be added up without care.
const MOST: u128 = u128::MAX >> 16;

type Text<'a> = Cow<'a, str>;

/// What there is one of in a file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    pub(super) format: u32,
    /// Who has opened it last.
    pub(super) owner: u128,
    now: i128,
    serial: u64,
    doubtful: u64,
    bound_exceeded: u64,
    would_refuse: u64,
    forced: u64,
    uncounted: u64,
    /// How many rows each table has, so that none goes missing in silence.
    pub(super) rows: RowCounts,
}

/// How many rows there are.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RowCounts {
    pub(super) holds: u64,
    pub(super) doubts: u64,
    pub(super) windows: u64,
    pub(super) names: u64,
    pub(super) refunds: u64,
    pub(super) closed: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Names {
    kinds: u8,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Refunded {
    amount: u64,
    nth: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Label<'a> {
    model: Text<'a>,
    provider: Text<'a>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Account<'a> {
    name: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<Text<'a>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Hold<'a> {
    bound: u64,
    label: Label<'a>,
    charges: Vec<(Account<'a>, u64)>,
    since: i128,
    expires_at: i128,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Doubtful<'a> {
    hold: Hold<'a>,
    charged: u64,
    refunded: u64,
    at: i128,
    expired: bool,
    nth: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WindowOf<'a> {
    account: Account<'a>,
    would_refuse: u64,
    window: Text<'a>,
    starts_at: i128,
    ends_at: Option<i128>,
    spent: u128,
    used: bool,
    alerted: u32,
    #[serde(default)]
    alerted_of: u64,
    models: Vec<Model<'a>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Model<'a> {
    label: Label<'a>,
    attempts: u64,
    spent: u128,
}

/// Why a row cannot be read.
type Unread = String;

pub(super) fn write<T: Serialize>(row: &T) -> Result<Vec<u8>, Unread> {
    serde_json::to_vec(row).map_err(|error| error.to_string())
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unread> {
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

// ===== what there is one of =====

impl State {
    pub(super) fn of(row: &StateRow, owner: u128) -> Self {
        Self {
            format: FORMAT,
            owner,
            now: nanos(row.now),
            serial: row.serial,
            doubtful: row.counts.doubtful,
            bound_exceeded: row.counts.bound_exceeded,
            would_refuse: row.counts.would_refuse,
            forced: row.counts.forced,
            uncounted: row.counts.uncounted,
            rows: RowCounts::default(),
        }
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, Unread> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        match read::<Format>(bytes)?.format {
            FORMAT => read(bytes),
            other => Err(format!(
                "it is written in form {other}, and this version knows form {FORMAT}"
            )),
        }
    }

    pub(super) fn row(&self) -> Result<StateRow, Unread> {
        Ok(StateRow {
            now: time(self.now)?,
            serial: count(self.serial)?,
            counts: Counts {
                doubtful: count(self.doubtful)?,
                bound_exceeded: count(self.bound_exceeded)?,
                would_refuse: count(self.would_refuse)?,
                forced: count(self.forced)?,
                uncounted: count(self.uncounted)?,
            },
        })
    }
}

// ===== names and refunds =====

pub(super) fn write_name(kinds: u8) -> Result<Vec<u8>, Unread> {
    write(&Names { kinds })
}

pub(super) fn read_name(bytes: &[u8]) -> Result<u8, Unread> {
    let kinds = read::<Names>(bytes)?.kinds;
    match kinds >> Window::ALL.len() {
        0 => Ok(kinds),
        _ => Err("it names a kind of window that there is not".into()),
    }
}

pub(super) fn write_refund(row: &RefundRow) -> Result<Vec<u8>, Unread> {
    write(&Refunded {
        amount: row.amount.nanos(),
        nth: row.nth,
    })
}

pub(super) fn read_refund(bytes: &[u8]) -> Result<RefundRow, Unread> {
    let row: Refunded = read(bytes)?;
    Ok(RefundRow {
        amount: usd(row.amount)?,
        nth: count(row.nth)?,
    })
}

// ===== holds and doubts =====

pub(super) fn write_hold(row: &HoldRow) -> Result<Vec<u8>, Unread> {
    write(&Hold::of(&row.held, &row.label))
}

pub(super) fn read_hold(bytes: &[u8]) -> Result<HoldRow, Unread> {
    let (held, label) = read::<Hold<'_>>(bytes)?.held()?;
    Ok(HoldRow { held, label })
}

pub(super) fn write_doubt(row: &DoubtRow) -> Result<Vec<u8>, Unread> {
    let doubt = &row.doubt;
    write(&Doubtful {
        hold: Hold::of(&doubt.held, &row.label),
        charged: doubt.charged.nanos(),
        refunded: doubt.refunded.nanos(),
        at: nanos(doubt.at),
        expired: doubt.expired,
        nth: doubt.nth,
    })
}

pub(super) fn read_doubt(bytes: &[u8]) -> Result<DoubtRow, Unread> {
    let row: Doubtful<'_> = read(bytes)?;
    let (held, label) = row.hold.held()?;
    let doubt = Doubt {
        held,
        charged: usd(row.charged)?,
        refunded: usd(row.refunded)?,
        at: time(row.at)?,
        expired: row.expired,
        nth: count(row.nth)?,
    };
    Ok(DoubtRow { doubt, label })
}

impl<'a> Hold<'a> {
    fn of(held: &'a Held, label: &'a HoldLabel) -> Self {
        let charges = held.charges.iter();
        Self {
            bound: held.bound.nanos(),
            label: Label::of(label),
            charges: charges
                .map(|charge| (Account::of(&charge.account), charge.serial))
                .collect(),
            since: nanos(held.since),
            expires_at: nanos(held.expires_at),
        }
    }

    fn held(self) -> Result<(Held, HoldLabel), Unread> {
        let charges = self.charges.into_iter();
        let charges: Result<Vec<_>, Unread> = charges
            .map(|(account, serial)| Ok((account.id()?, count(serial)?)))
            .collect();
        let (since, expires_at) = (time(self.since)?, time(self.expires_at)?);
        let held = Held::written(usd(self.bound)?, since, expires_at, charges?);
        Ok((held, self.label.label()))
    }
}

// ===== windows =====

pub(super) fn write_window(row: &WindowRow) -> Result<Vec<u8>, Unread> {
    let record = &row.record;
    let models = record.models.iter().zip(&row.labels);
    write(&WindowOf {
        account: Account::of(&row.account),
        would_refuse: row.would_refuse,
        window: record.window.as_str().into(),
        starts_at: nanos(record.starts_at),
        ends_at: record.ends_at.map(nanos),
        spent: record.spent,
        used: record.used,
        alerted: record.alerted,
        alerted_of: record.alerted_of.nanos(),
        models: models
            .map(|(tally, label)| Model {
                label: Label::of(label),
                attempts: tally.attempts,
                spent: tally.spent,
            })
            .collect(),
    })
}

pub(super) fn read_window(serial: u64, bytes: &[u8]) -> Result<WindowRow, Unread> {
    let row: WindowOf<'_> = read(bytes)?;
    let window = row.window.parse::<Window>();
    let window = window.map_err(|error| error.to_string())?;
    let bounds = (time(row.starts_at)?, row.ends_at.map(time).transpose()?);
    let mut models = Vec::with_capacity(row.models.len());
    let mut labels = Vec::with_capacity(row.models.len());
    for model in row.models {
        models.push((count(model.attempts)?, sum(model.spent)?));
        labels.push(model.label.label());
    }
    let mut record = Record::written(count(serial)?, window, bounds, sum(row.spent)?, models);
    record.used = row.used;
    record.alerted = row.alerted;
    record.alerted_of = Usd::from_nanos(row.alerted_of).unwrap_or(Usd::ZERO);
    Ok(WindowRow {
        account: row.account.id()?,
        would_refuse: count(row.would_refuse)?,
        record,
        labels,
    })
}

// ===== parts =====

impl<'a> Label<'a> {
    fn of(label: &'a HoldLabel) -> Self {
        Self {
            model: label.model().into(),
            provider: label.provider().into(),
        }
    }

    fn label(self) -> HoldLabel {
        HoldLabel::new(&*self.model, &*self.provider)
    }
}

impl<'a> Account<'a> {
    fn of(id: &'a AccountId) -> Self {
        Self {
            name: id.name().into(),
            key: id.key().map(|key| key.as_str().into()),
        }
    }

    fn id(self) -> Result<Arc<AccountId>, Unread> {
        let key = self.key.map(|key| ScopeKey::new(&key)).transpose();
        let key = key.map_err(|error| error.to_string())?;
        Ok(Arc::new(AccountId::new(&*self.name, key)))
    }
}

fn usd(nanos: u64) -> Result<Usd, Unread> {
    Usd::from_nanos(nanos).ok_or_else(|| format!("{nanos} nano-USD are more than there can be"))
}

fn sum(nanos: u128) -> Result<u128, Unread> {
    match nanos <= MOST {
        true => Ok(nanos),
        false => Err(format!("{nanos} nano-USD are more than there can be")),
    }
}

fn count(count: u64) -> Result<u64, Unread> {
    match i64::try_from(count) {
        Ok(_) => Ok(count),
        Err(_) => Err(format!("{count} is more than was ever counted")),
    }
}

/// Nanoseconds since the epoch; before it, below zero.
fn nanos(at: SystemTime) -> i128 {
    let whole = |length: Duration| i128::try_from(length.as_nanos()).unwrap_or(i128::MAX);
    match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => whole(after),
        Err(before) => -whole(before.duration()),
    }
}

fn time(nanos: i128) -> Result<SystemTime, Unread> {
    const SECOND: u128 = 1_000_000_000;
    let length = nanos.unsigned_abs();
    let seconds = u64::try_from(length / SECOND).ok();
    let part = u32::try_from(length % SECOND).ok();
    let length = seconds.zip(part).map(|(s, n)| Duration::new(s, n));
    let epoch = SystemTime::UNIX_EPOCH;
    length
        .and_then(|length| match nanos < 0 {
            true => epoch.checked_sub(length),
            false => epoch.checked_add(length),
        })
        .ok_or_else(|| format!("{nanos} ns is no time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back() {
        for at in [
            SystemTime::UNIX_EPOCH,
            SystemTime::UNIX_EPOCH + Duration::new(1_774_699_200, 999_999_999),
            SystemTime::UNIX_EPOCH - Duration::new(5, 1),
        ] {
            assert_eq!(time(nanos(at)), Ok(at));
        }
        assert!(time(i128::MAX).is_err() && time(i128::MIN).is_err());
    }

    #[test]
    fn windows_come_back_whole() {
        let bounds = (SystemTime::UNIX_EPOCH, None);
        let wide = u128::from(u64::MAX) * 1_000;
        let mut record = Record::written(7, Window::Total, bounds, wide, [(3, wide)]);
        record.used = true;
        record.alerted = 800_000;
        let key = ScopeKey::new("a \"key\" ü").unwrap();
        let row = WindowRow {
            account: Arc::new(AccountId::new("org", Some(key))),
            would_refuse: 5,
            record,
            labels: vec![HoldLabel::new("m", "p")],
        };
        let bytes = write_window(&row).unwrap();
        let back = read_window(7, &bytes).unwrap();
        assert_eq!(format!("{row:?}"), format!("{back:?}"));
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        let bad = |text: &str| read_window(1, text.as_bytes()).is_err();
        let good = r#"{"account":{"name":"a"},"would_refuse":0,"window":"day","starts_at":0,"ends_at":1,"spent":1,"used":true,"alerted":0,"models":[]}"#;
        assert!(!bad(good));
        assert!(bad(&good.replace("day", "fortnight")));
        assert!(bad(&good.replace("\"used\":true,", "")));
        assert!(bad(
            &good.replace("\"used\":true", "\"used\":true,\"more\":1")
        ));
        assert!(bad(&good.replace("\"spent\":1", "\"spent\":-1")));
        let most = format!("\"spent\":{}", u128::MAX);
        assert!(bad(&good.replace("\"spent\":1", &most)));
        assert!(read_name(br#"{"kinds":32}"#).is_err());
        assert!(read_refund(br#"{"amount":9223372036854775808,"nth":1}"#).is_err());
        let newer = State::read(br#"{"format":2,"anything":true}"#).unwrap_err();
        assert!(newer.contains("form 2"), "{newer}");
    }
}
