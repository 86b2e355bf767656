use std::fmt::Write as _;

use tower_genai::sim::Dialect;

pub(crate) const DIALECTS: [Dialect; 3] = [Dialect::OpenAi, Dialect::Anthropic, Dialect::Gemini];

/// A dialect's name in catalogs, markers and scripts.
pub(crate) fn word(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAi => "openai",
        Dialect::Anthropic => "anthropic",
        Dialect::Gemini => "gemini",
        other => panic!("{other:?} is not played here"),
    }
}

/// The name of the one model that speaks a dialect, and of its provider.
pub(crate) fn name(dialect: Dialect) -> String {
    format!("chaos-{}", word(dialect))
}

/// What a model answers to the question of this number, whole. No word of it stands anywhere else.
pub(crate) fn text(dialect: Dialect, number: usize) -> String {
    let letter = &word(dialect)[..1];
    let words = 4 + number * 7 % 9;
    let words = (0..words).map(|at| format!("{letter}{number}.{at}"));
    words.collect::<Vec<_>>().join(" ")
}

/// Tells each model, in the instructions, what it is to answer.
pub(crate) fn system(number: usize) -> String {
    let mut system = String::from("Say it to the end.");
    for dialect in DIALECTS {
        let text = text(dialect, number);
        write!(system, " [[sim@{}: say={text}]]", word(dialect)).unwrap();
    }
    system
}

pub(crate) fn user(number: usize) -> String {
    format!("Question {number}?")
}

/// The number of the question that a request's body asks.
pub(crate) fn asked(body: &[u8]) -> Option<usize> {
    let body = std::str::from_utf8(body).ok()?;
    let (_, from) = body.split_once("Question ")?;
    let (number, _) = from.split_once('?')?;
    number.parse().ok()
}
