//! What a gateway's file says of money.

use http::StatusCode;
use tower::ServiceExt;
use tower_genai::stack::{Stack, config::Config};

use crate::support::{ANSWER, CALL, call, whole};

/// Held: an address with a password shows neither in errors nor in Debug.
#[test]
fn no_password_of_a_ledger_is_shown() {
    const SECRET: &str = "hunter2secret";
    let lines = |url: &str| {
        [
            format!("[ledger]\nkind = \"redis\"\nurl = {url}"),
            format!("[ledger]\nkind = \"redis\"\nurl = {url}\nurl_env = \"X_NONE\""),
            format!("[ledger]\nkind = \"file\"\nurl = {url}\npath = \"x\""),
            format!("[ledger]\nkind = \"redis\"\nurl = {url} junk"),
            format!("[ledger]\nkind = \"redis\"\nurl = [{url}]"),
            format!("[ledger]\nkind = \"redis\"\nurl = {{ a = {url} }}"),
            format!("[ledger]\nkind = \"redis\"\nurll = {url}"),
            format!("[ledger]\nkind = \"redis\"\nurl = {url}\nurl = {url}"),
            format!("[ledger]\npath = {url}\nkind = \"redis\""),
            format!("ledger = {url}"),
        ]
    };
    let unended = format!("\"redis://:{SECRET}@127.0.0.1");
    let whole = format!("{unended}\"");
    for text in lines(&whole).into_iter().chain(lines(&unended)) {
        let shown = match Config::parse("gateway.toml", &text) {
            Ok(config) => format!("{config:?} {:?}", config.warnings()),
            Err(why) => format!("{why} {why:?} {why:#?}"),
        };
        assert!(!shown.contains(SECRET), "{text}\n\n{shown}");
    }
}

/// The address itself where the name of its variable belongs is an easy slip; what stands there may have a password, and
/// is not repeated.
#[test]
fn an_address_in_the_place_of_its_variable_is_not_shown() {
    let text = "[ledger]\nkind = \"redis\"\nurl_env = \"redis://:hunter2@127.0.0.1\"";
    let why = Config::parse("gateway.toml", text).unwrap_err();
    assert!(!why.to_string().contains("hunter2"), "{why}");
}

/// Held: numbers at their ends are refused, or taken, but none panics.
#[test]
fn no_number_of_a_budget_panics() {
    for (key, values) in [
        (
            "limit",
            &[
                "\"0\"",
                "\"9223372036.85\"",
                "\"-1\"",
                "\"1e9\"",
                "0",
                "\"99999999999999999999\"",
            ][..],
        ),
        (
            "max_share",
            &["0", "1", "\"0\"", "\"1\"", "2", "-1", "1e-30", "nan", "inf"][..],
        ),
        (
            "hold_wait",
            &[
                "\"0s\"",
                "\"99999999999999h\"",
                "\"18446744073709551615ms\"",
                "\"-1s\"",
            ][..],
        ),
        (
            "requests_per_minute",
            &["0", "1", "9223372036854775807", "-1"][..],
        ),
        (
            "tokens_per_minute",
            &["0", "1", "9223372036854775807", "-1"][..],
        ),
        (
            "default_max_output",
            &["0", "1", "4294967295", "4294967296", "-1"][..],
        ),
        (
            "alerts",
            &["[]", "[0]", "[0.5, 0.5]", "[1, 0]", "[2]", "[nan]", "0.5"][..],
        ),
    ] {
        for value in values {
            let mut text = String::from("[[budget]]\nscope = \"b\"\nwindow = \"day\"\n");
            if key != "limit" {
                text += "limit = \"1.00\"\n";
            }
            text += &format!("{key} = {value}\n");
            let _ = Config::parse("gateway.toml", &text).map(Config::open);
        }
    }
}

/// Held: the longest wait that the file takes is one that a call can wait.
#[tokio::test(start_paused = true)]
async fn the_longest_wait_of_a_file_can_be_waited() {
    use futures::FutureExt;
    use tower_genai::budget::{CutRule, Hold, HoldLabel};

    let mut tried = 0;
    for wait in ["8760h", "31536000s"] {
        let text = format!(
            "[[budget]]\nscope = \"b\"\nwindow = \"day\"\nlimit = \"1.00\"\nhold_wait = \"{wait}\"\n"
        );
        let Ok(config) = Config::parse("gateway.toml", &text) else {
            continue;
        };
        tried += 1;
        let scope = config.budgets().next().unwrap().scope();
        let open = || {
            let label = HoldLabel::new("m", "acme");
            Hold::open(
                std::slice::from_ref(&scope),
                "1".parse().unwrap(),
                label,
                CutRule::Bound,
            )
        };
        let all = open().await.unwrap();
        let mut next = Box::pin(open());
        assert!(next.as_mut().now_or_never().is_none());
        drop(all);
        assert!(next.await.is_ok());
    }
    assert!(tried > 0);
}

/// A file that names a ledger that lasts gets one, or is refused; never one that forgets.
#[cfg(feature = "redb")]
#[test]
fn a_ledger_in_a_file_is_none_in_memory() {
    let path = std::env::temp_dir().join(format!("holes-{}.redb", std::process::id()));
    let text = format!(
        "[ledger]\nkind = \"file\"\npath = {path:?}\n[[budget]]\nscope = \"b\"\nwindow = \"day\"\nlimit = \"1.00\"\n"
    );
    let opened = Config::parse("gateway.toml", &text).unwrap().open();
    let shown = opened.map(|config| format!("{:?}", config.ledger()));
    let _ = std::fs::remove_file(path);
    assert!(
        shown
            .as_ref()
            .is_ok_and(|shown| !shown.starts_with("MemoryLedger")),
        "{shown:?}"
    );
}

/// A stack that is made of a text keeps its budgets where the text says, or says that it does not.
#[cfg(feature = "redb")]
#[tokio::test]
async fn a_stack_of_a_text_has_its_ledger() {
    let path = std::env::temp_dir().join(format!("holes-{}-stack.redb", std::process::id()));
    let text = format!(
        r#"
        [ledger]
        kind = "file"
        path = {path:?}
        [[budget]]
        scope = "b"
        window = "day"
        limit = "1.00"
        [[provider]]
        name = "acme"
        dialect = "openai"
        base_url = "http://acme.test/v1"
        [[model]]
        name = "m"
        provider = "acme"
        price = {{ input = "1.00", output = "2.00" }}
        "#
    );
    let status = match Stack::from_toml(whole(200, ANSWER), &text) {
        Err(_) => None,
        Ok(stack) => {
            let response = stack.boxed().oneshot(call(CALL)).await.unwrap();
            Some(response.status())
        }
    };
    let _ = std::fs::remove_file(path);
    assert!(
        status.is_none_or(|status| status == StatusCode::OK),
        "{status:?}"
    );
}
