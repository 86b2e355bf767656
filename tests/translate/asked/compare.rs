//! Whether what was sent says what was asked.

use serde_json::Value;

use super::{Asked, Choice, Effort, Format, Item, Who, json_schema, parsed};
use crate::way::Vendor;

/// A stretch of a conversation in the order in which every format can have it.
#[derive(Debug, PartialEq)]
enum Piece {
    /// Texts of one side, one behind the other.
    Texts(Who, Vec<String>, bool),
    Other(Item),
}

/// In which other words a dialect says the same.
fn alike(asked: &Asked, sent: &Asked, dialect: Vendor) -> Asked {
    let mut asked = asked.clone();
    if dialect == Vendor::Anthropic {
        // Tools that may not be called are not offered.
        if let Choice::Of(names, required) = &asked.choice
            && names.len() > 1
        {
            asked.tools.retain(|tool| names.contains(&tool.name));
            asked.choice = if *required { Choice::Any } else { Choice::Auto };
        }
        // Claude takes one of the two.
        if asked.numbers.contains_key("temperature") {
            asked.numbers.remove("top_p");
        }
    }
    // Gemini 3 thinks a little in any case.
    let least = |effort: &Option<Effort>| matches!(effort, Some(Effort::Level(word)) if word == "low" || word == "minimal");
    if dialect == Vendor::Gemini && asked.effort == Some(Effort::Off) && least(&sent.effort) {
        asked.effort.clone_from(&sent.effort);
    }
    asked
}

/// What differs between what was asked and what was sent to a provider of a dialect; nothing where all is well.
pub(crate) fn differences(asked: &Asked, sent: &Asked, dialect: Vendor) -> Vec<String> {
    let asked = &alike(asked, sent, dialect);
    let mut found = Vec::new();
    let mut differ = |what: &str, is: bool, detail: &dyn Fn() -> String| {
        if is {
            found.push(format!("{what}: {}", detail()));
        }
    };
    differ("system", !says(&asked.system, &sent.system, false), &|| {
        format!("{:?} != {:?}", asked.system, sent.system)
    });
    let (ours, theirs) = (pieces(&asked.items), pieces(&sent.items));
    let theirs = without_captions(theirs, &ours);
    let same =
        ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(a, b)| agree(a, b, dialect));
    differ("turns", !same, &|| format!("{ours:?} != {theirs:?}"));
    differ("tools", asked.tools != sent.tools, &|| {
        format!("{:?} != {:?}", asked.tools, sent.tools)
    });
    differ("choice", !chosen(asked, sent), &|| {
        format!("{:?} != {:?}", asked.choice, sent.choice)
    });
    // With one tool that must be called there is nothing to be parallel with.
    differ("parallel", asked.serial != sent.serial, &|| {
        format!("{} != {}", asked.serial, sent.serial)
    });
    differ("format", !formed(&asked.format, &sent.format), &|| {
        format!("{:?} != {:?}", asked.format, sent.format)
    });
    differ("stop", asked.stop != sent.stop, &|| {
        format!("{:?} != {:?}", asked.stop, sent.stop)
    });
    for name in [
        "temperature",
        "top_p",
        "top_k",
        "presence_penalty",
        "frequency_penalty",
    ] {
        let value = |of: &Asked| of.numbers.get(name).copied();
        // A penalty of zero is none.
        let value = |of: &Asked| value(of).filter(|n| *n != 0.0 || !name.ends_with("penalty"));
        differ(name, value(asked) != value(sent), &|| {
            format!("{:?} != {:?}", value(asked), value(sent))
        });
    }
    // Anthropic demands a limit, and one above the budget of thinking.
    let limited = asked.limit == sent.limit
        || (dialect == Vendor::Anthropic && asked.limit.is_none() && sent.limit.is_some());
    differ("limit", !limited, &|| {
        format!("{:?} != {:?}", asked.limit, sent.limit)
    });
    differ("effort", !tried(&asked.effort, &sent.effort), &|| {
        format!("{:?} != {:?}", asked.effort, sent.effort)
    });
    differ("choices", asked.choices != sent.choices, &|| {
        format!("{} != {}", asked.choices, sent.choices)
    });
    found
}

/// Texts say the same, wherever they are cut; among more words where they may be framed.
fn says(asked: &[String], sent: &[String], framed: bool) -> bool {
    let words = |texts: &[String]| -> Vec<String> {
        let words = texts.iter().flat_map(|text| text.split_whitespace());
        words.map(str::to_owned).collect()
    };
    let all = sent.join("\n");
    let verbatim = asked.iter().all(|text| all.contains(text.trim()));
    verbatim && (framed || words(asked).concat() == words(sent).concat())
}

/// Results first and in the order of the calls, what was among them behind them, texts together.
fn pieces(items: &[Item]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for run in items.chunk_by(|a, b| a.who() == b.who()) {
        let mut results: Vec<_> = run.iter().filter(|item| is_result(item)).collect();
        results.sort_by_key(|item| match item {
            Item::Result { call, .. } => *call,
            _ => None,
        });
        let rest = run.iter().filter(|item| !is_result(item));
        for item in results.into_iter().chain(rest) {
            match item {
                Item::Text { text, .. } if text.trim().is_empty() => {}
                Item::Text { who, text, framed } => match pieces.last_mut() {
                    Some(Piece::Texts(of, texts, is)) if of == who => {
                        texts.push(text.clone());
                        *is |= framed;
                    }
                    _ => pieces.push(Piece::Texts(*who, vec![text.clone()], *framed)),
                },
                item => pieces.push(Piece::Other(item.clone())),
            }
        }
    }
    pieces
}

/// What is said in front of images that were in a tool's result, left out.
fn without_captions(mut sent: Vec<Piece>, asked: &[Piece]) -> Vec<Piece> {
    let is_result = |piece: &Piece| matches!(piece, Piece::Other(item) if is_result(item));
    let is_media = |piece: Option<&Piece>| matches!(piece, Some(Piece::Other(Item::Media { .. })));
    let mut at = 1;
    while at < sent.len() && sent.len() > asked.len() {
        let caption = matches!(sent[at], Piece::Texts(..))
            && is_result(&sent[at - 1])
            && is_media(sent.get(at + 1))
            && is_media(asked.get(at));
        if caption {
            sent.remove(at);
        }
        at += 1;
    }
    sent
}

const fn is_result(item: &Item) -> bool {
    matches!(item, Item::Result { .. })
}

fn agree(asked: &Piece, sent: &Piece, dialect: Vendor) -> bool {
    match (asked, sent) {
        (Piece::Texts(who, texts, framed), Piece::Texts(of, sent, _)) => {
            who == of && says(texts, sent, *framed)
        }
        (
            Piece::Other(Item::Result { call, text, error }),
            Piece::Other(Item::Result {
                call: of,
                text: said,
                error: failed,
            }),
        ) => {
            // OpenAI's form has no word for a failure: it is said in front, or not at all.
            let unsaid = dialect == Vendor::OpenAi && *error && said.contains(text.as_str());
            call == of && (unsaid || (error == failed && same_result(text, said)))
        }
        (asked, sent) => asked == sent,
    }
}

fn same_result(asked: &str, sent: &str) -> bool {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    words(asked) == words(sent) || parsed(asked) == parsed(sent)
}

/// A named tool is the same as the only one of those allowed.
fn chosen(asked: &Asked, sent: &Asked) -> bool {
    let all = |of: &Asked| match &of.choice {
        Choice::Any if of.tools.len() == 1 => Choice::Of(vec![of.tools[0].name.clone()], true),
        choice => choice.clone(),
    };
    all(asked) == all(sent)
}

fn formed(asked: &Option<Format>, sent: &Option<Format>) -> bool {
    match (asked, sent) {
        (Some(Format::Schema(asked)), Some(Format::Schema(sent))) => {
            json_schema::skeleton(asked) == json_schema::skeleton(sent)
        }
        (asked, sent) => asked == sent,
    }
}

/// Levels keep their words, budgets their numbers; one turns into the other, and neither into nothing.
fn tried(asked: &Option<Effort>, sent: &Option<Effort>) -> bool {
    match (asked, sent) {
        (Some(Effort::Level(_)), Some(Effort::Budget(tokens))) => *tokens > 0,
        (Some(Effort::Budget(_)), Some(Effort::Level(_))) => true,
        (Some(Effort::Adaptive), None) => true,
        (asked, sent) => asked == sent,
    }
}

/// What was passed on as it was, but for what may be written.
pub(crate) fn unchanged(asked: &Value, sent: &Value, may_change: &[&str]) -> bool {
    let strip = |value: &Value| {
        let mut value = value.clone();
        if let Value::Object(members) = &mut value {
            members.retain(|name, _| !may_change.contains(&name.as_str()));
        }
        value
    };
    strip(asked) == strip(sent)
}
