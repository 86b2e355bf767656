use serde_json::{Number, Value};

use super::{
    Comparison, Judge, JudgeFuture,
    judge::{at_once, of_both},
};

/// Whether two answers are the same JSON value. The order of keys, white space, and whether a number is written as `1`,
/// `1.0` or `1e0` make no difference. Nothing is told where neither is JSON.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Json;

impl Json {
    /// The judge.
    pub const fn new() -> Self {
        Self
    }
}

impl Judge for Json {
    fn judge<'a>(&'a self, comparison: &'a Comparison<'a>) -> JudgeFuture<'a> {
        let [one, other] = [comparison.answer(), comparison.other()]
            .map(|said| serde_json::from_str(said.words().trim()).ok());
        at_once(of_both(one, other, same))
    }
}

/// As deep as the parser lets values be.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => same_number(one, other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let has = |(key, one)| other.get(key).is_some_and(|other| same(one, other));
            one.len() == other.len() && one.iter().all(has)
        }
        _ => one == other,
    }
}

/// Whole numbers are compared as such: as floats, large ones that differ would be the same.
fn same_number(one: &Number, other: &Number) -> bool {
    let whole = |number: &Number| number.is_i64() || number.is_u64();
    if whole(one) && whole(other) {
        return one == other;
    }
    one.as_f64() == other.as_f64()
}
