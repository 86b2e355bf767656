use crate::{
    catalog::{Model, ReasoningForm},
    chat::{Effort, json::Object},
    query::Capability,
};

/// Levels from none to the most.
const LEVELS: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/// Writes the members that tell a model how much to think, in the form that its server knows.
pub(super) fn members(out: &mut Object<'_>, effort: &Effort<'_>, model: &Model) {
    let form = model.reasoning().unwrap_or(ReasoningForm::Effort);
    let off = match effort {
        Effort::Off => true,
        Effort::Level(level) => level == "none",
        Effort::Adaptive | Effort::Budget(_) => false,
    };
    match form {
        ReasoningForm::Switch | ReasoningForm::SwitchAndEffort => {
            let mut thinking = Object::begin(out.member("thinking"));
            thinking.text("type", if off { "disabled" } else { "enabled" });
            thinking.end();
        }
        ReasoningForm::Template => {
            let mut template = Object::begin(out.member("chat_template_kwargs"));
            template.raw("enable_thinking", if off { "false" } else { "true" });
            template.end();
        }
        _ => {}
    }
    let by_level = match form {
        ReasoningForm::Switch | ReasoningForm::Template => false,
        ReasoningForm::SwitchAndEffort => !off,
        _ => true,
    };
    if by_level && let Some(level) = level(effort, model) {
        out.text("reasoning_effort", level);
    }
}

/// The level to ask for; `None` where the model's own way is meant, or the model knows of none.
fn level<'a>(effort: &'a Effort<'_>, model: &'a Model) -> Option<&'a str> {
    let wanted = match effort {
        Effort::Adaptive => return None,
        Effort::Off => "none",
        Effort::Level(level) => level,
        Effort::Budget(tokens) => match tokens {
            0 => "none",
            1..4096 => "low",
            4096..16_384 => "medium",
            _ => "high",
        },
    };
    if model.efforts().is_empty() {
        // A model that does not think refuses the very word.
        let thinks = model.can().has(Capability::Reasoning);
        return (wanted != "none" || thinks).then_some(wanted);
    }
    let rank = |level: &str| LEVELS.iter().position(|known| *known == level);
    if model.effort(wanted).is_some() {
        return Some(wanted);
    }
    let Some(most) = rank(wanted) else {
        // A server's own word.
        return Some(wanted);
    };
    let listed = || {
        let levels = model.efforts().iter().map(|effort| effort.level());
        levels.filter_map(|level| rank(level).map(|rank| (rank, level)))
    };
    let below = listed().filter(|(rank, _)| *rank <= most).max();
    below.or(listed().min()).map(|(_, level)| level)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::candidate, *};

    fn written(effort: Effort<'_>, form: Option<ReasoningForm>, efforts: &[&str]) -> String {
        let named = ReasoningForm::NAMED.iter();
        let words = named.filter(|(_, named)| Some(*named) == form);
        let mut lines: String = words
            .map(|(word, _)| format!("reasoning = \"{word}\"\n"))
            .collect();
        if !efforts.is_empty() {
            let levels = efforts
                .iter()
                .map(|level| format!("{{ level = \"{level}\" }},"));
            lines.push_str(&format!("effort = [{}]", levels.collect::<String>()));
        }
        let candidate = candidate("", &lines);
        let mut out = Vec::new();
        let mut object = Object::begin(&mut out);
        members(&mut object, &effort, candidate.model());
        object.end();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_nearest_level_that_is_not_higher_is_asked_for() {
        let of = |effort, efforts: &[&str]| written(effort, None, efforts);
        let level = |word: &'static str| Effort::Level(word.into());
        let asked = |word: &str| format!(r#"{{"reasoning_effort":"{word}"}}"#);
        assert_eq!(of(level("max"), &["low", "high"]), asked("high"));
        assert_eq!(of(level("medium"), &["low", "high"]), asked("low"));
        assert_eq!(of(Effort::Off, &["none", "high"]), asked("none"));
        assert_eq!(of(Effort::Off, &["low", "high"]), asked("low"));
        assert_eq!(of(Effort::Budget(10_000), &[]), asked("medium"));
        assert_eq!(of(Effort::Adaptive, &["low"]), "{}");
        assert_eq!(of(level("turbo"), &["low"]), asked("turbo"));
    }

    #[test]
    fn servers_that_switch_thinking_are_told_by_their_own_words() {
        let high = || Effort::Level("high".into());
        let of = |effort, form| written(effort, Some(form), &[]);
        assert_eq!(
            of(high(), ReasoningForm::Switch),
            r#"{"thinking":{"type":"enabled"}}"#
        );
        assert_eq!(
            of(high(), ReasoningForm::SwitchAndEffort),
            r#"{"thinking":{"type":"enabled"},"reasoning_effort":"high"}"#
        );
        assert_eq!(
            of(Effort::Off, ReasoningForm::SwitchAndEffort),
            r#"{"thinking":{"type":"disabled"}}"#
        );
        assert_eq!(
            of(Effort::Off, ReasoningForm::Template),
            r#"{"chat_template_kwargs":{"enable_thinking":false}}"#
        );
    }
}
