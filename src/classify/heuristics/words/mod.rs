//! Terms by language. Common ones, chosen by hand; a rule's name is all of it that an explanation shows.

use super::rule::Rule;

mod chinese;
mod english;
mod fields;
mod french;
mod german;
mod italian;
mod japanese;
mod portuguese;
mod russian;
mod spanish;

/// All tables.
pub(super) fn tables() -> impl Iterator<Item = &'static [Rule]> {
    [
        english::RULES,
        fields::RULES,
        german::RULES,
        french::RULES,
        spanish::RULES,
        portuguese::RULES,
        italian::RULES,
        russian::RULES,
        chinese::RULES,
        japanese::RULES,
    ]
    .into_iter()
}
