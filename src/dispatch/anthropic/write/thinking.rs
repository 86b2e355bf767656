use super::{Writing, turns::Turns};
use crate::{
    catalog::{self, Model, ReasoningForm},
    chat::{Effort, Request, ToolChoice, json::Object},
    dispatch::Outgoing,
    query::Capability,
};

/// The levels that the format has, from the lowest.
const LEVELS: [&str; 5] = ["low", "medium", "high", "xhigh", "max"];
/// Those that every model has which has any.
const USUAL: [&str; 3] = ["low", "medium", "high"];
/// The smallest budget that is taken.
const LEAST_BUDGET: u64 = 1_024;

/// How much is thought, in the form that the model takes.
#[derive(Debug, Default)]
pub(super) struct Thought {
    how: How,
    effort: Option<Box<str>>,
    shown: Option<bool>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum How {
    /// Nothing is said of it.
    #[default]
    Unsaid,
    Off,
    Adaptive,
    Budget(u64),
}

impl Thought {
    /// How much is to be thought: as the caller says, else as the candidate is asked to.
    pub(super) fn of(
        call: &Outgoing<'_>,
        request: &Request<'_>,
        turns: &Turns<'_>,
        most: u64,
        writing: &mut Writing<'_>,
    ) -> Self {
        let model = writing.model;
        let asked = request.reasoning.as_ref();
        let candidates = || {
            let level = call.candidate.effort().map(catalog::Effort::level)?;
            Some(Effort::Level(level.to_owned().into()))
        };
        let Some(effort) = asked
            .and_then(|asked| asked.effort.clone())
            .or_else(candidates)
        else {
            return Self::default();
        };
        let off = match &effort {
            Effort::Off => true,
            Effort::Level(level) => *level == *"none",
            _ => false,
        };
        if !model.can().has(Capability::Reasoning) {
            if !off {
                writing.drop("the reasoning effort: the model does not think");
            }
            return Self::default();
        }
        let mut thought = Self {
            shown: asked.and_then(|asked| asked.shown),
            ..Self::default()
        };
        let budgets = matches!(
            model.reasoning(),
            Some(ReasoningForm::Budget | ReasoningForm::Switch)
        );
        match (off, budgets) {
            // Models with budgets do not think unless they are told to.
            (true, true) => {}
            (true, false) => thought.how = How::Off,
            (false, true) => {
                // Room for the answer itself has to stay.
                let budget = budget(&effort).min(most / 4 * 3);
                if budget < LEAST_BUDGET {
                    writing.drop("thinking, for which the limit of output has no room");
                } else {
                    thought.how = How::Budget(budget);
                }
            }
            (false, false) => {
                thought.how = How::Adaptive;
                thought.effort = level(&effort).map(|wanted| nearest(wanted, model));
            }
        }
        thought.fit(request, turns, writing);
        thought
    }

    /// Leaves thinking out where it does not go with what else is asked.
    fn fit(&mut self, request: &Request<'_>, turns: &Turns<'_>, writing: &mut Writing<'_>) {
        if !self.thinks() {
            return;
        }
        let forced = matches!(
            &request.tool_choice,
            Some(
                ToolChoice::Required
                    | ToolChoice::Named(_)
                    | ToolChoice::Allowed { required: true, .. }
            )
        );
        let why = if forced {
            "thinking, which does not go with a tool that must be called"
        } else if turns.is_prefilled() {
            "thinking, which does not go with an answer that is begun"
        } else if self.how != How::Adaptive && turns.lacks_thinking() {
            "thinking, since that of the turn with calls is not there"
        } else {
            return;
        };
        writing.drop(why);
        self.how = How::Unsaid;
    }

    /// Whether the model thinks.
    pub(super) const fn thinks(&self) -> bool {
        matches!(self.how, How::Adaptive | How::Budget(_))
    }

    /// How hard it tries, where that is said.
    pub(super) fn effort(&self) -> Option<&str> {
        self.effort.as_deref()
    }

    pub(super) fn write(&self, object: &mut Object<'_>) {
        let kind = match self.how {
            How::Unsaid => return,
            How::Off => "disabled",
            How::Adaptive => "adaptive",
            How::Budget(_) => "enabled",
        };
        let mut thinking = Object::begin(object.member("thinking"));
        thinking.text("type", kind);
        if let How::Budget(budget) = self.how {
            thinking.number("budget_tokens", budget);
        }
        // Newer models leave the words out unless they are asked for.
        if self.shown == Some(true) && self.how == How::Adaptive {
            thinking.text("display", "summarized");
        }
        thinking.end();
    }
}

/// The level of an effort; a budget has the one that comes to about as much.
fn level<'e>(effort: &'e Effort<'_>) -> Option<&'e str> {
    match effort {
        Effort::Level(level) => Some(level),
        Effort::Budget(0..4_096) => Some("low"),
        Effort::Budget(4_096..16_384) => Some("medium"),
        Effort::Budget(_) => Some("high"),
        Effort::Adaptive | Effort::Off => None,
    }
}

/// The tokens that a level comes to, for models that take nothing else.
fn budget(effort: &Effort<'_>) -> u64 {
    match effort {
        Effort::Budget(tokens) => u64::from(*tokens).max(LEAST_BUDGET),
        Effort::Level(level) => match &**level {
            "minimal" | "low" => LEAST_BUDGET,
            "medium" => 2_048,
            "xhigh" => 8_192,
            "max" => 16_384,
            _ => 4_096,
        },
        Effort::Adaptive | Effort::Off => 4_096,
    }
}

/// The level of the model that is nearest to one, and not higher; the lowest, where all are higher.
fn nearest(wanted: &str, model: &Model) -> Box<str> {
    let listed = |level: &str| match model.efforts() {
        [] => USUAL.contains(&level),
        efforts => efforts.iter().any(|effort| effort.level() == level),
    };
    let place = LEVELS.iter().position(|level| *level == wanted);
    // What is below all of them, such as `minimal`, and what nobody knows.
    let most = place.unwrap_or(if wanted == "minimal" { 0 } else { 2 });
    let below = LEVELS[..=most].iter().rev().find(|level| listed(level));
    let above = || LEVELS.iter().find(|level| listed(level));
    below.or_else(above).map_or("low", |level| *level).into()
}
