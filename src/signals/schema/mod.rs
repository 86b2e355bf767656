//! Whether a JSON value fits a schema, as far as vendors let schemas go.

mod check;
#[cfg(test)]
mod tests;

use serde_json::Value;

use self::check::Check;

/// Whether a value fits a schema; `None` where the schema is none, or it would take too long to tell.
pub(super) fn fits(schema: &Value, value: &Value) -> Option<bool> {
    Check::new(schema).fits(schema, value).ok()
}
