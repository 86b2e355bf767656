use crate::{
    catalog::{Model, ReasoningForm},
    chat::Effort,
};

/// Levels from the lowest to the highest, with the budget that stands for each.
const LEVELS: [(&str, u32); 6] = [
    ("minimal", 128),
    ("low", 1024),
    ("medium", 2048),
    ("high", 4096),
    ("xhigh", 8192),
    ("max", 16_384),
];
/// The smallest budget that any model takes.
const LEAST_BUDGET: u32 = 128;

/// How a model is told how much to think.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Thinking {
    /// `thinkingLevel`, in capital letters.
    Level(String),
    /// `thinkingBudget`: 0 for none, -1 for as much as the model likes.
    Budget(i64),
}

/// What an effort is to a model; `None` where the model's own way is meant.
pub(super) fn thinking(
    effort: &Effort<'_>,
    model: &Model,
    most_output: Option<u32>,
) -> Option<Thinking> {
    if model.reasoning() == Some(ReasoningForm::Budget) {
        return Some(Thinking::Budget(budget(effort, most_output)));
    }
    let wanted = match effort {
        // A model that has levels cannot be kept from thinking.
        Effort::Off => "none",
        Effort::Adaptive => return None,
        Effort::Level(level) => level,
        Effort::Budget(tokens) => {
            let fits = LEVELS.iter().rev().find(|(_, budget)| budget <= tokens);
            fits.map_or("none", |(level, _)| level)
        }
    };
    Some(Thinking::Level(level(wanted, model).to_ascii_uppercase()))
}

/// The nearest level that is not higher, of those that the catalog knows; else the lowest.
fn level<'m>(wanted: &'m str, model: &'m Model) -> &'m str {
    let rank = |level: &str| LEVELS.iter().position(|(name, _)| *name == level);
    let listed = || model.efforts().iter().map(|effort| effort.level());
    if model.effort(wanted).is_some() && rank(wanted).is_some() {
        return wanted;
    }
    let ranked = |level: &'m str| rank(level).map(|rank| (rank, level));
    let most = rank(wanted);
    let below = listed()
        .filter_map(ranked)
        .filter(|(at, _)| Some(*at) <= most);
    let nearest = below.max().or_else(|| listed().filter_map(ranked).min());
    match (nearest, wanted) {
        (Some((_, level)), _) => level,
        // Of an unlisted model no more is known than what every one takes.
        (None, "medium") => "medium",
        (None, "high" | "xhigh" | "max") => "high",
        (None, _) => "low",
    }
}

fn budget(effort: &Effort<'_>, most_output: Option<u32>) -> i64 {
    let tokens = match effort {
        Effort::Off => return 0,
        Effort::Adaptive => return -1,
        Effort::Level(level) if level == "none" => return 0,
        Effort::Level(level) => {
            let known = LEVELS.iter().find(|(name, _)| name == level);
            match known {
                Some((_, tokens)) => *tokens,
                None => return -1,
            }
        }
        Effort::Budget(tokens) => *tokens,
    };
    // Thinking is a part of the output: a quarter of it is left for the answer.
    let most = most_output.map(|most| (most - most / 4).max(LEAST_BUDGET));
    i64::from(most.map_or(tokens, |most| tokens.min(most)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::gemini::tests::candidate;

    fn level_of(effort: Effort<'_>, efforts: &[&str]) -> Option<Thinking> {
        let efforts = efforts
            .iter()
            .map(|level| format!("{{ level = \"{level}\" }}"));
        let efforts = efforts.collect::<Vec<_>>().join(", ");
        let candidate = candidate(&format!("effort = [{efforts}]"));
        thinking(&effort, candidate.model(), None)
    }

    #[test]
    fn the_nearest_level_that_is_not_higher_is_asked_for() {
        let level = |word: &str| Some(Thinking::Level(word.into()));
        let of = |word: &'static str| Effort::Level(word.into());
        assert_eq!(level_of(of("medium"), &["low", "high"]), level("LOW"));
        assert_eq!(level_of(of("max"), &["low", "high"]), level("HIGH"));
        assert_eq!(level_of(of("minimal"), &["low", "high"]), level("LOW"));
        assert_eq!(
            level_of(Effort::Off, &["minimal", "high"]),
            level("MINIMAL")
        );
        assert_eq!(level_of(of("xhigh"), &[]), level("HIGH"));
        assert_eq!(level_of(Effort::Budget(3000), &[]), level("MEDIUM"));
        assert_eq!(level_of(Effort::Adaptive, &[]), None);
    }

    #[test]
    fn a_budget_leaves_room_for_the_answer() {
        let candidate = candidate("reasoning = \"budget\"");
        let of = |effort, most| thinking(&effort, candidate.model(), most);
        let budget = |tokens| Some(Thinking::Budget(tokens));
        assert_eq!(of(Effort::Level("high".into()), None), budget(4096));
        assert_eq!(of(Effort::Level("high".into()), Some(1000)), budget(750));
        assert_eq!(of(Effort::Off, Some(1000)), budget(0));
        assert_eq!(of(Effort::Adaptive, None), budget(-1));
        assert_eq!(of(Effort::Budget(512), Some(10)), budget(128));
    }
}
