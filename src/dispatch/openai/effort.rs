use crate::{
    catalog::{Model, ReasoningForm},
    chat::{Effort, json::Object},
    query::Capability,
};

/// Levels from none to the most.
const LEVELS: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/// Writes the members that tell a model how much to think, in the form that its server knows. Says whether there are
/// any.
pub(super) fn members(out: &mut Object<'_>, effort: &Effort<'_>, model: &Model) -> bool {
    let form = model.reasoning().unwrap_or(ReasoningForm::Effort);
    let off = match effort {
        Effort::Off => true,
        Effort::Level(level) => level == "none",
        Effort::Adaptive | Effort::Budget(_) => false,
    };
    let switch = |out: &mut Object<'_>| {
        let word = if off { "disabled" } else { "enabled" };
        let mut thinking = Object::begin(out.member("thinking"));
        thinking.text("type", word);
        thinking.end();
    };
    let level = |out: &mut Object<'_>| match level(effort, model) {
        Some(level) => {
            out.text("reasoning_effort", level);
            true
        }
        None => false,
    };
    match form {
        ReasoningForm::Switch => {
            switch(out);
            true
        }
        ReasoningForm::SwitchAndEffort => {
            switch(out);
            if !off {
                level(out);
            }
            true
        }
        ReasoningForm::Template => {
            let word = if off { "false" } else { "true" };
            let mut template = Object::begin(out.member("chat_template_kwargs"));
            template.raw("enable_thinking", word);
            template.end();
            true
        }
        _ => level(out),
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
    use std::sync::Arc;

    use super::*;
    use crate::catalog::{Catalog, Effort as Listed, Provider};

    fn written(effort: Effort<'_>, form: Option<ReasoningForm>, efforts: &[&str]) -> String {
        let provider = Provider::builder("p", "openai", "https://o.example");
        let mut model = Model::builder("m", "p").free().can([Capability::Reasoning]);
        for level in efforts {
            model = model.effort(Listed::new(*level));
        }
        if let Some(form) = form {
            model = model.reasoning(form);
        }
        let catalog = Catalog::builder().provider(provider).model(model).build();
        let model = Arc::clone(catalog.unwrap().snapshot().model("m").unwrap());
        let mut out = Vec::new();
        let mut object = Object::begin(&mut out);
        members(&mut object, &effort, &model);
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
