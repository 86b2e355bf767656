use redis::{Value, from_redis_value};

use super::super::{KeptLabel, KeptRow, StoreError};
use crate::profile::stats::Counts;

fn odd() -> StoreError {
    StoreError::unavailable("Redis answers something of another form")
}

/// The last entry, and the labels of others; what makes no sense to this version is passed over, and stays there.
pub(super) fn labels(value: Value) -> Result<(String, Vec<KeptLabel>), StoreError> {
    let (last, texts): (String, Vec<Vec<u8>>) = from_redis_value(value).map_err(|_| odd())?;
    let mut strange = 0_u64;
    let labels = texts.iter().filter_map(|text| {
        let value = serde_json::from_slice(text).ok();
        let label = value.and_then(|value| KeptLabel::from_json(&value).ok());
        strange += u64::from(label.is_none());
        label
    });
    let labels = labels.collect();
    if strange > 0 {
        tracing::warn!(
            strange,
            "labels in Redis that make no sense are passed over"
        );
    }
    Ok((last, labels))
}

/// A row's name.
pub(super) fn name(row: &KeptRow) -> String {
    serde_json::json!([row.model, row.effort, row.task]).to_string()
}

/// A row's sums, the time that they are as of first.
pub(super) fn sums(counts: &Counts) -> String {
    let mut text = counts.at().to_string();
    for sum in counts.sums() {
        text.push(' ');
        text.push_str(&sum.to_string());
    }
    text
}

/// All rows; what makes no sense to this version is passed over.
pub(super) fn rows(value: Value) -> Result<Vec<KeptRow>, StoreError> {
    let pairs: Vec<(String, String)> = from_redis_value(value).map_err(|_| odd())?;
    let rows = pairs.iter().filter_map(|(name, sums)| {
        let (model, effort, task): (Box<str>, Box<str>, Box<str>) =
            serde_json::from_str(name).ok()?;
        let mut sums = sums.split(' ').map(|sum| sum.parse().unwrap_or(f64::NAN));
        let counts = Counts::from_sums(sums.next()?, sums)?;
        Some(KeptRow {
            model,
            effort,
            task,
            counts,
        })
    });
    Ok(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::stats::What;

    #[test]
    fn sums_come_back_and_nonsense_is_passed_over() {
        let mut counts = Counts::new(1_764_500_000.25);
        counts.count(What::Cost, 0.000_012_345_678_9);
        let row = KeptRow::new(("a\"b", ""), "coding", counts);
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let answer = [
            (name(&row), sums(&row.counts)),
            ("[\"a\"]".into(), "0 1".into()),
            (name(&row), "0 one".into()),
            (name(&row), String::new()),
        ];
        let answer = answer.iter().flat_map(|(a, b)| [text(a), text(b)]);
        assert_eq!(rows(Value::Array(answer.collect())), Ok(vec![row]));
        assert!(rows(Value::Int(1)).is_err());
        let answer = vec![text("1-1"), Value::Array(vec![text("{}"), text("no")])];
        assert_eq!(labels(Value::Array(answer)), Ok(("1-1".into(), vec![])));
    }
}
