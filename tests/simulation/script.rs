//! What one call comes to at its provider, decided when it comes.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::{
    dice::Dice,
    prices::{Prices, Tier, Used},
};

/// Most tokens in one event of a stream.
const MOST_IN_EVENT: u64 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    Comes,
    /// The connection breaks; whether anything was made, nobody says.
    Breaks,
    /// No connection is made.
    Refused,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Clean,
    Broken,
    Never,
}

/// What the answer says of what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The usage, at its end.
    Usage,
    /// Also in every event, how far it has come.
    Always,
    Nothing,
}

#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) head: Head,
    pub(crate) status: u16,
    pub(crate) event_stream: bool,
    pub(crate) retry_after: Option<u64>,
    /// Bytes, and the tokens that are made for them.
    pub(crate) frames: VecDeque<(Bytes, u64)>,
    pub(crate) end: End,
    /// The connection waits in the client's own line at first.
    pub(crate) queued: bool,
    /// Nothing is billed, whatever comes of it.
    pub(crate) free: bool,
    pub(crate) used: Used,
    /// The tier that serves it, and what the answer says of that.
    pub(crate) tier: Tier,
    pub(crate) named: Option<Tier>,
    /// Another model of the provider's serves it, and the answer says so.
    pub(crate) by_other: bool,
    /// Such a call costs what it says whoever it was asked of.
    pub(crate) dearer: bool,
}

/// What was asked, as the provider reads it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) stream: bool,
    pub(crate) choices: u64,
    /// For each choice.
    pub(crate) most: u64,
    /// Bytes of the prompt.
    pub(crate) prompt: u64,
    pub(crate) tier: Option<Tier>,
    pub(crate) auto: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Well,
    Unsaid,
    Error,
    InBand,
    LateInBand,
    BreaksBefore,
    Refused,
    Breaks,
    Unfinished,
    Silent,
    Stalls,
    Garbage,
    WrongType,
    Filtered,
    ErrorWithUsage,
}

const KINDS: [(u64, Kind); 15] = [
    (58, Kind::Well),
    (4, Kind::Unsaid),
    (8, Kind::Error),
    (3, Kind::InBand),
    (3, Kind::LateInBand),
    (3, Kind::BreaksBefore),
    (2, Kind::Refused),
    (4, Kind::Breaks),
    (2, Kind::Unfinished),
    (3, Kind::Silent),
    (3, Kind::Stalls),
    (2, Kind::Garbage),
    (2, Kind::WrongType),
    (2, Kind::Filtered),
    (1, Kind::ErrorWithUsage),
];

struct Writer<'a> {
    dice: &'a mut Dice,
    asked: Asked,
    model: &'a str,
    tier: Option<Tier>,
    told: Told,
    used: Used,
    events: Vec<(String, u64)>,
    made: u64,
}

impl Script {
    /// `models` are the one asked for and the provider's other one.
    pub(crate) fn some(dice: &mut Dice, asked: Asked, models: [(&str, &Prices); 2]) -> Self {
        let kind = dice.weighted(&KINDS);
        let by_other = dice.percent(4);
        let (model, prices) = models[usize::from(by_other)];
        let prompt = dice.between(1, asked.prompt.max(1));
        let mut used = Used {
            prompt,
            cached: if dice.percent(20) {
                dice.below(prompt)
            } else {
                0
            },
            answer: 0,
        };
        let (tier, named) = tier(dice, &asked, prices);
        let told = match (kind, dice.below(5)) {
            (Kind::Unsaid | Kind::InBand, _) => Told::Nothing,
            (_, 0) => Told::Always,
            _ => Told::Usage,
        };
        // An answer that hit its limit, or a short one.
        let each = match dice.percent(15) {
            true => asked.most,
            false => dice.between(0, asked.most.min(24)),
        };
        let spread = asked.choices * each;
        used.answer = spread;
        let mut writer = Writer {
            dice,
            asked,
            model,
            tier: named,
            told,
            used,
            events: Vec::new(),
            made: 0,
        };
        let mut script = Self {
            head: Head::Comes,
            status: 200,
            event_stream: asked.stream,
            retry_after: None,
            frames: VecDeque::new(),
            end: End::Clean,
            queued: false,
            free: false,
            used,
            tier,
            named,
            by_other,
            dearer: by_other || (tier == Tier::Priority && asked.tier.is_none() && !asked.auto),
        };
        match kind {
            Kind::Well | Kind::Unsaid => writer.answer(each),
            Kind::Error => {
                let statuses = [500, 503, 503, 429, 429, 404, 401, 400, 529];
                script.status = writer.dice.pick(&statuses);
                script.event_stream = false;
                script.free = true;
                script.retry_after = writer.dice.percent(30).then(|| writer.dice.between(0, 3));
                writer.error(false);
            }
            Kind::ErrorWithUsage => {
                script.status = 500;
                script.event_stream = false;
                used.answer = 0;
                writer.used = used;
                writer.error_with_usage();
            }
            Kind::InBand => {
                script.free = true;
                if asked.stream && writer.dice.percent(50) {
                    writer.role();
                }
                used.answer = 0;
                writer.error(asked.stream);
            }
            Kind::LateInBand | Kind::Breaks | Kind::Unfinished | Kind::Stalls => {
                writer.begins(each.max(1));
                match kind {
                    Kind::LateInBand if asked.stream => writer.error(true),
                    Kind::Breaks | Kind::LateInBand => script.end = End::Broken,
                    Kind::Stalls => script.end = End::Never,
                    _ => {}
                }
                used.answer = writer.made;
            }
            Kind::BreaksBefore => script.head = Head::Breaks,
            Kind::Refused => {
                script.head = Head::Refused;
                script.free = true;
            }
            Kind::Silent => script.head = Head::Never,
            Kind::Garbage => {
                script.event_stream &= writer.dice.percent(50);
                used.answer = 0;
                writer.events.push(("<html>oh no</html>\n\n".into(), 0));
            }
            Kind::WrongType => {
                script.event_stream = false;
                writer.whole(each, "stop");
            }
            Kind::Filtered => {
                used.answer = 0;
                writer.used = used;
                writer.filtered();
            }
        }
        script.used = used;
        let events = writer.events;
        script.frames = frames(dice, events);
        script.queued = dice.percent(10);
        script
    }

    /// What a call costs that has used this, and what a reader of its answer must take that for.
    pub(crate) fn bills(&self, used: Used, asked: Option<Tier>, prices: &Prices) -> (u64, u64) {
        let bill = prices.bill(used, self.tier);
        let read = match (self.named, asked) {
            (Some(named), _) => prices.bill(used, named),
            (None, Some(asked)) => prices.bill(used, Tier::Plain).max(prices.bill(used, asked)),
            (None, None) => prices.bill(used, Tier::Plain),
        };
        (bill, read)
    }
}

/// The tier that serves a call, and what the answer says of it.
fn tier(dice: &mut Dice, asked: &Asked, prices: &Prices) -> (Tier, Option<Tier>) {
    let wanted = asked.tier.filter(|tier| prices.has(*tier));
    let mut tier = match wanted {
        // As asked, mostly.
        Some(wanted) if dice.percent(80) => wanted,
        Some(_) => Tier::Plain,
        None if asked.auto && prices.has(Tier::Priority) && dice.percent(50) => Tier::Priority,
        None => Tier::Plain,
    };
    if dice.percent(2) && prices.has(Tier::Flex) {
        tier = Tier::Flex;
    }
    if dice.percent(1) && prices.has(Tier::Priority) {
        tier = Tier::Priority;
    }
    if asked.tier.is_none() && !asked.auto && tier == Tier::Plain && dice.percent(70) {
        return (tier, None);
    }
    if wanted == Some(tier) && dice.percent(30) {
        return (tier, None);
    }
    (tier, Some(tier))
}

/// Events as they are sent: some in pieces, some together.
fn frames(dice: &mut Dice, events: Vec<(String, u64)>) -> VecDeque<(Bytes, u64)> {
    let mut frames = VecDeque::new();
    let mut events = events.into_iter();
    while let Some((mut text, mut tokens)) = events.next() {
        match dice.below(10) {
            0 if text.len() > 2 => {
                let at = dice.between(1, text.len() as u64 - 1);
                let (head, tail) = text.split_at(usize::try_from(at).unwrap());
                frames.push_back((Bytes::copy_from_slice(head.as_bytes()), tokens));
                frames.push_back((Bytes::copy_from_slice(tail.as_bytes()), 0));
            }
            1 | 2 => {
                if let Some((next, more)) = events.next() {
                    text.push_str(&next);
                    tokens += more;
                }
                frames.push_back((text.into(), tokens));
            }
            _ => frames.push_back((text.into(), tokens)),
        }
    }
    frames
}

impl Writer<'_> {
    fn answer(&mut self, each: u64) {
        if self.asked.stream {
            self.begins(each);
            self.ends("stop");
        } else {
            self.whole(each, "stop");
        }
    }

    /// All or some of the content, without an end.
    fn begins(&mut self, each: u64) {
        if !self.asked.stream {
            self.made = each * self.asked.choices;
            let text = self.whole_text(each, "stop");
            let cut = text.len() / 2;
            self.events.push((text[..cut].to_owned(), self.made));
            return;
        }
        if self.dice.percent(80) {
            self.role();
        }
        for choice in 0..self.asked.choices {
            let mut left = each;
            while left > 0 {
                let tokens = self.dice.between(1, MOST_IN_EVENT).min(left);
                left -= tokens;
                self.made += tokens;
                let words = "w".repeat(usize::try_from(tokens).unwrap());
                let delta = format!(r#"{{"content":"{words}"}}"#);
                self.event(choice, &delta, "null", tokens);
            }
            if self.dice.percent(10) {
                self.events.push((": ping\n\n".into(), 0));
            }
        }
    }

    fn ends(&mut self, why: &str) {
        let why = format!("\"{why}\"");
        for choice in 0..self.asked.choices {
            self.event(choice, "{}", &why, 0);
        }
        if self.told != Told::Nothing {
            let (usage, model, tier) = (self.usage(self.used.answer), self.model, self.tier());
            let event = format!(r#"{{"model":"{model}"{tier},"choices":[]{usage}}}"#);
            self.events.push((format!("data: {event}\n\n"), 0));
        }
        self.events.push(("data: [DONE]\n\n".into(), 0));
    }

    fn role(&mut self) {
        self.event(0, r#"{"role":"assistant","content":""}"#, "null", 0);
    }

    fn filtered(&mut self) {
        if self.asked.stream {
            self.role();
            self.ends("content_filter");
        } else {
            self.whole(0, "content_filter");
        }
    }

    fn event(&mut self, choice: u64, delta: &str, finish: &str, tokens: u64) {
        let usage = match self.told {
            Told::Always => self.usage(self.made),
            _ => String::new(),
        };
        let (model, tier) = (self.model, self.tier());
        let json = format!(
            r#"{{"model":"{model}"{tier},"choices":[{{"index":{choice},"delta":{delta},"finish_reason":{finish}}}]{usage}}}"#
        );
        self.events.push((format!("data: {json}\n\n"), tokens));
    }

    fn tier(&self) -> String {
        self.tier.map_or_else(String::new, |tier| {
            format!(r#","service_tier":"{}""#, tier.word())
        })
    }

    fn usage(&self, answer: u64) -> String {
        let Used { prompt, cached, .. } = self.used;
        let cached = match cached {
            0 => String::new(),
            _ => format!(r#","prompt_tokens_details":{{"cached_tokens":{cached}}}"#),
        };
        format!(
            r#","usage":{{"prompt_tokens":{prompt},"completion_tokens":{answer},"total_tokens":{}{cached}}}"#,
            prompt + answer
        )
    }

    fn whole_text(&self, each: u64, why: &str) -> String {
        let words = "w".repeat(usize::try_from(each).unwrap());
        let choices: Vec<_> = (0..self.asked.choices)
            .map(|index| {
                format!(
                    r#"{{"index":{index},"message":{{"role":"assistant","content":"{words}"}},"finish_reason":"{why}"}}"#
                )
            })
            .collect();
        let usage = match self.told {
            Told::Nothing => String::new(),
            _ => self.usage(self.used.answer),
        };
        format!(
            r#"{{"model":"{}"{},"choices":[{}]{usage}}}"#,
            self.model,
            self.tier(),
            choices.join(",")
        )
    }

    fn whole(&mut self, each: u64, why: &str) {
        self.made = each * self.asked.choices;
        let text = self.whole_text(each, why);
        self.events.push((text, self.made));
    }

    fn error(&mut self, streamed: bool) {
        let codes = ["server_error", "overloaded", "rate_limit_exceeded"];
        let code = self.dice.pick(&codes);
        let error =
            format!(r#"{{"error":{{"message":"oh","type":"some_error","code":"{code}"}}}}"#);
        let text = match streamed {
            true => format!("data: {error}\n\n"),
            false => error,
        };
        self.events.push((text, 0));
    }

    fn error_with_usage(&mut self) {
        let (usage, model, tier) = (self.usage(0), self.model, self.tier());
        let error = format!(
            r#"{{"model":"{model}"{tier},"error":{{"message":"oh","code":"server_error"}}{usage}}}"#
        );
        self.events.push((error, 0));
    }
}
