use std::{borrow::Cow, time::Duration};

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Number, value::RawValue};

use super::wire::{Text, text};
use crate::{chat::Problem, dispatch::phrases::Front, observe::FailureClass};

/// The longest wait that is believed.
const LONGEST_WAIT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The least that a day's quota of a model is waited for, whatever is said: what is said is about its minute.
const DAY_S_QUOTA: Duration = Duration::from_secs(60 * 60);

/// google.rpc.Status.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Status<'a> {
    code: Option<Number>,
    #[serde(borrow)]
    message: Option<Text<'a>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    details: Option<Vec<Detail<'a>>>,
}

/// Any of google.rpc's details; their members have names of their own.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Detail<'a> {
    #[serde(borrow)]
    reason: Option<Text<'a>>,
    #[serde(borrow)]
    retry_delay: Option<Text<'a>>,
    #[serde(borrow)]
    violations: Option<Vec<Violation<'a>>>,
    #[serde(borrow)]
    field_violations: Option<Vec<Violation<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Violation<'a> {
    #[serde(borrow)]
    quota_id: Option<Text<'a>>,
    #[serde(borrow)]
    field: Option<Text<'a>>,
}

/// What an error says, whatever shape it has.
pub(super) fn problem(error: &RawValue) -> Problem<'_> {
    let Ok(status) = serde_json::from_str::<Status<'_>>(error.get()) else {
        // An error as bare text, or with members of another shape.
        let message = serde_json::from_str::<Cow<'_, str>>(error.get()).ok();
        let long = message
            .as_deref()
            .map(Front::of)
            .is_some_and(|said| too_long(&said));
        return Problem {
            class: long.then_some(FailureClass::ContextTooLong),
            message,
            ..Problem::unknown()
        };
    };
    let details = || status.details.iter().flatten();
    let class = class(&status);
    let retry_after = details().find_map(|detail| seconds(text(&detail.retry_delay)));
    let retry_after = match class {
        Some(FailureClass::Rate) if is_spent(&status) => {
            Some(retry_after.map_or(DAY_S_QUOTA, |after| after.max(DAY_S_QUOTA)))
        }
        _ => retry_after,
    };
    let mut fields = details().flat_map(|detail| detail.field_violations.iter().flatten());
    let param = fields.find(|one| !text(&one.field).is_empty());
    let param = param.map(|one| Cow::from(text(&one.field).to_owned()));
    let of = |said: Option<Text<'_>>| said.map(|Text(said)| Cow::from(said.into_owned()));
    Problem {
        class,
        code: of(status.status).or_else(|| status.code.map(|code| code.to_string().into())),
        message: of(status.message),
        param,
        retry_after,
    }
}

/// A short code for records: never the message, which may quote the prompt.
pub(super) fn code(problem: &Problem<'_>) -> Box<str> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    match problem.code.as_deref() {
        Some(code) if (1..=64).contains(&code.len()) && code.bytes().all(word) => {
            code.to_ascii_lowercase().into()
        }
        _ => "error".into(),
    }
}

fn class(status: &Status<'_>) -> Option<FailureClass> {
    let number = || {
        let code = status.code.as_ref().and_then(Number::as_u64)?;
        StatusCode::from_u16(u16::try_from(code).ok()?).ok()
    };
    Some(match text(&status.status) {
        "INVALID_ARGUMENT" | "FAILED_PRECONDITION" | "OUT_OF_RANGE" => of_argument(status),
        "UNAUTHENTICATED" | "PERMISSION_DENIED" => FailureClass::Credential,
        "NOT_FOUND" => FailureClass::ModelGone,
        // Credit that was paid in advance and is used up has this word too.
        "RESOURCE_EXHAUSTED" if number() == Some(StatusCode::PAYMENT_REQUIRED) => {
            FailureClass::Credential
        }
        // A day's quota is as good as none: nothing is gained by waiting for it. Where it is one model's, the others
        // have their own.
        "RESOURCE_EXHAUSTED" if is_spent(status) && !is_of_a_model(status) => {
            FailureClass::Credential
        }
        "RESOURCE_EXHAUSTED" => FailureClass::Rate,
        "UNIMPLEMENTED" => FailureClass::Unsupported,
        "INTERNAL" | "UNAVAILABLE" | "DEADLINE_EXCEEDED" | "ABORTED" | "CANCELLED"
        | "DATA_LOSS" => FailureClass::Provider,
        // `UNKNOWN` too: then the number says more.
        _ => {
            let fails = |code: &StatusCode| code.is_client_error() || code.is_server_error();
            FailureClass::of_status(number().filter(fails)?)
        }
    })
}

/// One word stands for all that is wrong with a request, and for some that is not.
fn of_argument(status: &Status<'_>) -> FailureClass {
    const ACCOUNT: [&str; 3] = [
        "api key ",
        "user location is not supported",
        "gemini api free tier is not available",
    ];
    const NOT_THIS_MODEL: [&str; 6] = [
        "is not enabled for",
        "not supported for this model",
        "not supported by this model",
        "does not support",
        "this model only works",
        "is not supported by the model",
    ];
    let front = Front::of(text(&status.message));
    let reasons = status.details.iter().flatten();
    let mut reasons = reasons.map(|detail| text(&detail.reason));
    if reasons.any(|reason| matches!(reason, "API_KEY_INVALID" | "BILLING_DISABLED"))
        || front.begins(&ACCOUNT)
    {
        FailureClass::Credential
    } else if too_long(&front) {
        FailureClass::ContextTooLong
    } else if front.says(&NOT_THIS_MODEL) {
        FailureClass::Unsupported
    } else {
        FailureClass::Caller
    }
}

fn quotas<'s>(status: &'s Status<'_>) -> impl Iterator<Item = &'s str> {
    let details = status.details.iter().flatten();
    let violations = details.flat_map(|detail| detail.violations.iter().flatten());
    violations.map(|one| text(&one.quota_id))
}

/// Whether a quota of a day is used up.
fn is_spent(status: &Status<'_>) -> bool {
    quotas(status).any(|quota| quota.contains("PerDay"))
}

/// Whether those quotas of a day that are used up are all a single model's.
fn is_of_a_model(status: &Status<'_>) -> bool {
    let mut days = quotas(status).filter(|quota| quota.contains("PerDay"));
    days.all(|quota| quota.contains("PerModel"))
}

/// Whether a message says that the prompt is too long.
fn too_long(front: &Front) -> bool {
    front.says(&["input token count"])
        && front.says(&["exceeds the maximum", "only supports up to"])
}

/// A duration as google.protobuf.Duration has it: `34.4s`.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    let wait = Duration::try_from_secs_f64(seconds).ok()?;
    (wait <= LONGEST_WAIT).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(error: &str) -> (Option<FailureClass>, Box<str>, Option<Duration>) {
        let raw: &RawValue = serde_json::from_str(error).unwrap();
        let problem = problem(raw);
        (problem.class, code(&problem), problem.retry_after)
    }

    #[test]
    fn a_day_s_quota_is_no_rate() {
        let exhausted = |quota: &str| {
            format!(
                r#"{{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[
                {{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{{"quotaId":"{quota}"}}]}},
                {{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}}]}}"#
            )
        };
        let wait = Some(Duration::from_millis(34_400));
        let (class, code, after) = of(&exhausted("GenerateRequestsPerMinutePerProjectPerModel"));
        assert_eq!(
            (class, &*code, after),
            (Some(FailureClass::Rate), "resource_exhausted", wait)
        );
        let (class, _, after) = of(&exhausted("GenerateRequestsPerDayPerProject"));
        assert_eq!((class, after), (Some(FailureClass::Credential), wait));
        let (class, _, after) = of(&exhausted(
            "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
        ));
        let hour = Some(DAY_S_QUOTA);
        assert_eq!(
            (class, after),
            (Some(FailureClass::Rate), hour),
            "of this model alone"
        );
        let spent = r#"{"code":402,"status":"RESOURCE_EXHAUSTED","message":"credits"}"#;
        assert_eq!(of(spent).0, Some(FailureClass::Credential));
    }

    #[test]
    fn a_bad_key_and_a_long_prompt_are_told_from_bad_requests() {
        let invalid = |message: &str, reason: &str| {
            let error = format!(
                r#"{{"code":400,"message":"{message}","status":"INVALID_ARGUMENT","details":[{{"reason":"{reason}"}}]}}"#
            );
            of(&error).0
        };
        let credential = Some(FailureClass::Credential);
        assert_eq!(invalid("Bad.", "API_KEY_INVALID"), credential);
        assert_eq!(invalid("API key not valid. Please", ""), credential);
        let long = "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).";
        assert_eq!(invalid(long, ""), Some(FailureClass::ContextTooLong));
        let vertex = "Unable to submit request because the input token count is 9 but model only supports up to 8.";
        assert_eq!(invalid(vertex, ""), Some(FailureClass::ContextTooLong));
        let thinking = "Thinking is not enabled for models/gemini-x";
        assert_eq!(invalid(thinking, ""), Some(FailureClass::Unsupported));
        assert_eq!(invalid("Bad.", "X"), Some(FailureClass::Caller));
    }

    #[test]
    fn the_field_at_fault_is_named() {
        let error = r#"{"code":400,"status":"INVALID_ARGUMENT","message":"no","details":[{
            "@type":"type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations":[{"field":"contents[0].parts","description":"d"}]}]}"#;
        let raw: &RawValue = serde_json::from_str(error).unwrap();
        assert_eq!(problem(raw).param.as_deref(), Some("contents[0].parts"));
    }

    #[test]
    fn errors_of_any_shape_are_errors() {
        assert_eq!(of(r#"{"code":503}"#).0, Some(FailureClass::Provider));
        assert_eq!(of(r#"{"code":503}"#).1.as_ref(), "503");
        for odd in [
            r#""gone""#,
            "[]",
            "7",
            r#"{"details":7}"#,
            r#"{"code":99999999}"#,
        ] {
            assert_eq!(of(odd).0, None, "{odd}");
        }
        assert_eq!(
            of(r#"{"details":[{"retryDelay":"-1s"},{"retryDelay":"1e99s"}]}"#).2,
            None
        );
    }
}
