use serde_json::{Map, Value};

use super::check::{self, Checked, given, missing};
use crate::sim::{ask::Thinking, error::ApiError};

/// How a model is asked to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Off,
    /// With so many tokens at most.
    Enabled {
        budget: u64,
        shown: bool,
    },
    /// As much as the model sees fit.
    Adaptive {
        shown: bool,
    },
}

const LEAST: u64 = 1_024;

pub(crate) fn mode(map: &Map<String, Value>, max_tokens: Option<u64>) -> Checked<Mode> {
    let Some(config) = given(map, "thinking") else {
        return Ok(Mode::Off);
    };
    let config = check::object("thinking", config)?;
    let kinds = ["enabled", "adaptive", "between_tools", "disabled"];
    let kind = check::one_of("thinking", config, "type", &kinds)?;
    let kind = kind.ok_or_else(|| missing("thinking.type"))?;
    let fields: &[&str] = match kind {
        "enabled" => &["type", "budget_tokens", "display"],
        "adaptive" => &["type", "display"],
        _ => &["type"],
    };
    check::known(&format!("thinking.{kind}"), config, fields)?;
    let display = check::one_of("thinking", config, "display", &["summarized", "omitted"])?;
    let shown = display != Some("omitted");
    Ok(match kind {
        "enabled" => {
            let at = "thinking.enabled";
            let budget = check::integer(at, config, "budget_tokens", LEAST)?;
            let budget = budget.ok_or_else(|| missing("thinking.enabled.budget_tokens"))?;
            if max_tokens.is_some_and(|most| most <= budget) {
                return Err(ApiError::bad_request(
                    "`max_tokens` must be greater than `thinking.budget_tokens`.",
                ));
            }
            Mode::Enabled { budget, shown }
        }
        "adaptive" | "between_tools" => Mode::Adaptive { shown },
        _ => Mode::Off,
    })
}

impl Mode {
    pub(crate) fn is_on(self) -> bool {
        self != Self::Off
    }

    pub(crate) fn budget(self) -> Option<u64> {
        match self {
            Self::Enabled { budget, .. } => Some(budget),
            Self::Off | Self::Adaptive { .. } => None,
        }
    }

    pub(crate) fn thinking(self) -> Thinking {
        match self {
            Self::Off => Thinking::Off,
            Self::Enabled { shown, .. } | Self::Adaptive { shown } => Thinking::On { shown },
        }
    }
}
