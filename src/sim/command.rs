//! Faults and manners that a caller asks for in the request.

use std::time::Duration;

use http::{HeaderName, HeaderValue};

use super::{Fault, Framing, Manner, UsageFault};

/// Reads `name=value` words separated by `;`. What is not understood is named in the error.
pub(crate) fn parse(text: &str) -> Result<Vec<Fault>, String> {
    let words: Vec<(&str, &str)> = text
        .split(';')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(|word| word.split_once('=').unwrap_or((word, "")))
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect();
    let said = |name: &str| {
        let found = words.iter().find(|(n, _)| *n == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let mut faults = Vec::new();
    for (name, value) in &words {
        let number = || value.parse::<u64>().map_err(|_| bad(name, value));
        let fault = match *name {
            "status" => Fault::Status {
                status: value
                    .parse()
                    .ok()
                    .filter(|status| (200..600).contains(status))
                    .ok_or_else(|| bad(name, value))?,
                code: said("code"),
                message: said("message"),
                retry_after: said("retry_after"),
            },
            "code" | "message" | "retry_after" => continue,
            "delay" => Fault::Delay(Duration::from_millis(number()?)),
            "hang_up" => Fault::HangUp,
            "refused" => Fault::Refused,
            "cut" => Fault::CutAfter(number()?),
            "cut_at" => Fault::CutAt(number()?),
            "pings" => Fault::PingsAfter {
                events: number()?,
                every: Duration::from_millis(100),
            },
            "drip" => Fault::Drip(Duration::from_millis(number()?)),
            "stall" => Fault::StallAfter(number()?),
            "garbage" => Fault::Garbage,
            "html" => Fault::Html,
            "empty" => Fault::Empty,
            "error" => Fault::ErrorEventAfter(number()?),
            "no_done" => Fault::NoDone,
            "usage" => Fault::Usage(usage(value).ok_or_else(|| bad(name, value))?),
            "finish" => Fault::Finish((*value).to_owned()),
            "content_type" => Fault::WrongContentType,
            "redirect" => Fault::Redirect((*value).to_owned()),
            "header" => header(value).ok_or_else(|| bad(name, value))?,
            "framing" => Fault::Framing(framing(value).ok_or_else(|| bad(name, value))?),
            _ => Fault::Manner(manner(name, value).ok_or_else(|| bad(name, value))?),
        };
        faults.push(fault);
    }
    Ok(faults)
}

fn bad(name: &str, value: &str) -> String {
    format!("The simulator does not know the command '{name}={value}'.")
}

fn usage(value: &str) -> Option<UsageFault> {
    Some(match value.split_once(':').unwrap_or((value, "")) {
        ("missing", "") => UsageFault::Missing,
        ("null", "") => UsageFault::Null,
        ("zero", "") => UsageFault::Zero,
        ("negative", "") => UsageFault::Negative,
        ("huge", "") => UsageFault::Huge,
        ("float", "") => UsageFault::Float,
        ("text", "") => UsageFault::Text,
        ("cumulative", "") => UsageFault::Cumulative,
        ("twice", "") => UsageFault::Twice,
        ("model", name) if !name.is_empty() => UsageFault::Model(name.to_owned()),
        ("tier", name) if !name.is_empty() => UsageFault::Tier(name.to_owned()),
        _ => return None,
    })
}

fn manner(name: &str, value: &str) -> Option<Manner> {
    let number = || value.parse::<u64>().ok();
    Some(match (name, value) {
        ("refusal", "") => Manner::Refuses,
        ("filter", "") => Manner::Filtered,
        ("blocked", "") => Manner::Blocked,
        ("thinking", _) => Manner::Thinks(number()?),
        ("redacted", "") => Manner::Redacted,
        ("citations", "") => Manner::Cites,
        ("parallel", _) => Manner::Calls(number()?),
        ("preamble", "") => Manner::Preamble,
        ("no_tools", "") => Manner::Talks,
        ("malformed", "") => Manner::Malformed,
        ("pause", "") => Manner::Pauses,
        ("stop", "") => Manner::Stops,
        ("length", _) => Manner::Cut(number()?),
        ("echo", "") => Manner::Echoes,
        ("say", text) => Manner::Says(text.to_owned()),
        _ => return None,
    })
}

fn header(value: &str) -> Option<Fault> {
    let (name, value) = value.split_once(':')?;
    let name = HeaderName::try_from(name.trim()).ok()?;
    let value = HeaderValue::try_from(value.trim()).ok()?;
    Some(Fault::Header(name, value))
}

fn framing(value: &str) -> Option<Framing> {
    Some(match value {
        "bytes" => Framing::Bytes,
        "merged" => Framing::Merged,
        "comments" => Framing::Comments,
        "crlf" => Framing::CrLf,
        "cr" => Framing::Cr,
        "bom" => Framing::Bom,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_commands_make_several_faults() {
        let faults = parse("delay=5; status=429;retry_after=2; code=busy").unwrap();
        assert_eq!(faults.len(), 2);
        assert!(matches!(&faults[0], Fault::Delay(d) if d.as_millis() == 5));
        assert!(matches!(
            &faults[1],
            Fault::Status { status: 429, code: Some(code), message: None, retry_after: Some(after) }
                if code == "busy" && after == "2"
        ));
    }

    #[test]
    fn every_usage_has_a_word() {
        for word in [
            "missing",
            "null",
            "zero",
            "negative",
            "huge",
            "float",
            "text",
            "cumulative",
            "twice",
            "model:gpt-x",
            "tier:flex",
        ] {
            assert!(parse(&format!("usage={word}")).is_ok(), "{word}");
        }
        assert!(parse("usage=odd").is_err());
    }

    #[test]
    fn manners_are_commands_too() {
        let faults = parse("thinking=40; echo; say=Hi there").unwrap();
        let manners: Vec<_> = faults
            .into_iter()
            .map(|fault| match fault {
                Fault::Manner(manner) => manner,
                other => panic!("{other:?}"),
            })
            .collect();
        let said = Manner::Says("Hi there".to_owned());
        assert_eq!(manners, [Manner::Thinks(40), Manner::Echoes, said]);
        assert!(parse("thinking=much").is_err());
        assert!(parse("echo=1").is_err());
    }

    #[test]
    fn unknown_commands_are_named() {
        assert!(parse("explode").unwrap_err().contains("explode"));
        assert!(parse("status=abc").unwrap_err().contains("status=abc"));
        assert!(parse("status=99").is_err());
    }
}
