use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    caller::Caller,
    house::House,
    question::{DIALECTS, name, text},
};

/// What a caller tells of one call.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Told {
    pub(crate) number: usize,
    /// What the caller got in place of an answer.
    #[serde(default)]
    pub(crate) error: Option<String>,
    #[serde(default)]
    pub(crate) answer: Option<Answer>,
    /// From the request's first byte to the answer's last.
    pub(crate) millis: f64,
}

/// An answer, as it is in every dialect.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Answer {
    pub(crate) model: String,
    pub(crate) text: String,
    /// Why it ended, in the dialect's own word.
    pub(crate) finish: String,
    /// How often it was said that it ends.
    pub(crate) ends: usize,
    /// The tokens of the prompt and of the answer.
    pub(crate) usage: (u64, u64),
}

/// What came of all calls.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    told: BTreeMap<usize, Told>,
    twice: Vec<usize>,
}

impl Answers {
    pub(crate) fn hear(&mut self, told: Told) {
        let number = told.number;
        if self.told.insert(number, told).is_some() {
            self.twice.push(number);
        }
    }

    pub(crate) fn of(&self, number: usize) -> Option<&Told> {
        self.told.get(&number)
    }

    /// Says of each call that was not answered whole and once what became of it.
    pub(crate) fn judge(&self, callers: &[Caller], house: &House, wrong: &mut Vec<String>) {
        for number in &self.twice {
            wrong.push(format!("call {number} was told twice"));
        }
        for caller in callers {
            let noted = house.watch.of(&caller.tenant());
            for (nth, number) in caller.numbers.clone().enumerate() {
                let Err(why) = judge(caller, number, self.of(number)) else {
                    continue;
                };
                let story = noted.get(nth).map(|noted| noted.story(&house.watch));
                wrong.push(format!(
                    "call {number} ({:?} by {}, {}): {why}; {}",
                    caller.dialect,
                    caller.means.word(),
                    if Caller::streams(number) {
                        "streamed"
                    } else {
                        "whole"
                    },
                    story.as_deref().unwrap_or("never decided")
                ));
            }
        }
    }
}

fn judge(caller: &Caller, number: usize, told: Option<&Told>) -> Result<(), String> {
    let Some(told) = told else {
        return Err("nothing was told of it".into());
    };
    if let Some(error) = &told.error {
        return Err(error.clone());
    }
    let Some(answer) = &told.answer else {
        return Err("no answer".into());
    };
    let mut dialects = DIALECTS.into_iter();
    let Some(by) = dialects.find(|dialect| name(*dialect) == answer.model) else {
        return Err(format!("answered by {:?}", answer.model));
    };
    let whole = text(by, number);
    if answer.text != whole {
        return Err(format!("{:?} instead of {whole:?}", answer.text));
    }
    if answer.ends != 1 {
        return Err(format!("ended {} times", answer.ends));
    }
    let finish = match caller.dialect {
        tower_genai::sim::Dialect::Anthropic => "end_turn",
        tower_genai::sim::Dialect::OpenAi => "stop",
        _ => "STOP",
    };
    if answer.finish != finish {
        return Err(format!("ended as {:?}", answer.finish));
    }
    if answer.usage.0 == 0 || answer.usage.1 == 0 {
        return Err(format!("used {:?}", answer.usage));
    }
    Ok(())
}
