//! What a request says of itself that a provider reads otherwise, and answers whose sums do not agree.

use http::StatusCode;
use tower::ServiceExt;
use tower_genai::{
    budget::{Budget, Window},
    catalog::Catalog,
    query::{Api, Query},
    stack::Stack,
};

use crate::support::{
    CALL, PATH, PRICED, budget, call, call_with, catalog, finish, spent, tenants, whole,
};

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let mut padded = [0; 3];
        padded[..group.len()].copy_from_slice(group);
        let bits = u32::from(padded[0]) << 16 | u32::from(padded[1]) << 8 | u32::from(padded[2]);
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= group.len() {
                letter as char
            } else {
                '='
            });
        }
    }
    text
}

fn with_image(kind: &str, bytes: &[u8]) -> String {
    let data = base64(bytes);
    format!(
        r#"{{"model":"m","max_tokens":100,"messages":[{{"role":"user","content":[
        {{"type":"image_url","image_url":{{"url":"data:image/{kind};base64,{data}"}}}}]}}]}}"#
    )
}

fn size(kind: &str, bytes: &[u8]) -> Option<(u32, u32)> {
    let body = with_image(kind, bytes);
    let query = Query::read(Api::OpenAiChat, body.as_bytes()).unwrap();
    query.images()[0].size()
}

/// A screen of one pixel, and on it a first picture of 2048 by 2048. Decoders (Pillow among them) make the screen as large as
/// the picture.
fn gif() -> Vec<u8> {
    let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    gif.extend(b"\x2c\0\0\0\0\x00\x08\x00\x08\0\x02\x02\x44\x01\0\x3b");
    gif.resize(gif.len() + 60, 0);
    gif
}

/// What no decoder takes for a marker, `FF 00`, is passed over by all of them two bytes at a time, and here as a piece with
/// a length. So they find a frame of 2048 by 2048, and behind it words of a camera; here it is the words that are the frame.
fn jpeg() -> Vec<u8> {
    let mut jpeg = b"\xff\xd8".to_vec();
    // Here: a piece of 0x19 bytes, which ends behind the head of the comment.
    jpeg.extend(b"\xff\x00\x00\x19");
    // There: the frame.
    jpeg.extend(b"\xff\xc0\x00\x11\x08\x08\x00\x08\x00\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01");
    // There: a comment. Here: a frame of one pixel.
    jpeg.extend(b"\xff\xfe\x00\x15");
    jpeg.extend(b"\xff\xc0\x00\x11\x08\x00\x01\x00\x01\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01");
    jpeg.resize(jpeg.len() + 60, 0);
    jpeg
}

/// The size of a GIF is that of its screen or of its first picture, whichever is more.
#[test]
fn a_gif_is_at_least_as_large_as_its_first_picture() {
    let found = size("gif", &gif());
    assert!(found.is_none_or(|size| size >= (2_048, 2_048)), "{found:?}");
}

/// Where a decoder and this reader may go different ways, nothing is known of the size.
#[test]
fn a_jpeg_with_bytes_between_its_pieces_is_of_no_known_size() {
    let found = size("jpeg", &jpeg());
    assert!(found.is_none_or(|size| size >= (2_048, 2_048)), "{found:?}");
}

/// Most decoders of base64 take `-` for a letter only where they are told so; Python's own passes over it. With some inside of
/// a comment, the two do not end it at the same place: what is the frame here is a part of the comment there.
#[test]
fn an_image_in_letters_of_two_kinds_is_of_no_known_size() {
    let head = base64(b"\xff\xd8\xff\xfe\x00\x17");
    let mut body =
        b"\xff\xc0\x00\x11\x08\x00\x01\x00\x01\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01\0\0"
            .to_vec();
    body.extend(b"\xff\xc0\x00\x11\x08\x08\x00\x08\x00\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01");
    body.resize(90, 0);
    let data = format!("{head}{}{}", "-".repeat(28), base64(&body));
    let body = format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":[
        {{"type":"image_url","image_url":{{"url":"data:image/jpeg;base64,{data}"}}}}]}}]}}"#
    );
    let query = Query::read(Api::OpenAiChat, body.as_bytes()).unwrap();
    let found = query.images()[0].size();
    assert!(found.is_none_or(|size| size >= (2_048, 2_048)), "{found:?}");
}

const VISION: &str = r#"
    price = { input = "1.00", output = "2.00" }
    image_tokens = "anthropic"
    can = ["vision", "stream"]"#;

/// 2048 by 2048 by the documented area: 5592, of which the provider bills its most, 4784.
const SEEN: &str = r#"{"model":"m",
    "choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],
    "usage":{"prompt_tokens":4800,"completion_tokens":1}}"#;

/// One caller's image, forged so that it is held at less than it costs, must neither spend more than there is nor take the
/// model away from everybody else: its size counts as unknown, and so it is held at the largest.
#[tokio::test]
async fn a_forged_image_takes_no_model_from_others() {
    for (kind, bytes) in [("gif", gif()), ("jpeg", jpeg())] {
        let each = Budget::new("each")
            .limit("0.004".parse().unwrap(), Window::Day)
            .each_tenant();
        let stack = Stack::server(
            whole(200, SEEN),
            catalog("", VISION),
            tenants(["eve", "ann"], |caller| caller),
        )
        .budget(each)
        .boxed();
        let body = with_image(kind, &bytes);
        let first = stack
            .clone()
            .oneshot(call_with("eve", &body))
            .await
            .unwrap();
        drop(first);
        let other = CALL.replacen('{', r#"{"max_tokens":10,"#, 1);
        let other = stack.oneshot(call_with("ann", &other)).await.unwrap();
        assert_eq!(other.status(), StatusCode::OK, "{kind} {PATH}");
    }
}

/// A file may be speech, or pictures of pages: whatever tokens it has may be billed at the dearest rate of a
/// prompt, and fill the context.
#[tokio::test]
async fn a_file_is_held_at_the_dearest_rate_that_it_may_have() {
    for (unit, detail) in [
        ("audio_input", "audio_tokens"),
        ("image_input", "image_tokens"),
    ] {
        let model = format!(
            r#"
            price = {{ input = "1.00", output = "2.00", {unit} = "10.00" }}
            image_tokens = "gemini"
            can = ["files", "stream"]"#
        );
        let answer = format!(
            r#"{{"model":"m",
            "choices":[{{"index":0,"message":{{"role":"assistant","content":"x"}},"finish_reason":"stop"}}],
            "usage":{{"prompt_tokens":100100,"completion_tokens":1,"prompt_tokens_details":{{"{detail}":100000}}}}}}"#
        );
        let budget = budget("0.5");
        let stack =
            Stack::client_with(whole(200, &answer), catalog("", &model)).budget(budget.clone());
        let body = r#"{"model":"m","max_tokens":10,"messages":[{"role":"user","content":[
            {"type":"file","file":{"file_data":"data:audio/mpeg;base64,AAAA"}}]}]}"#;
        let response = stack.boxed().oneshot(call(body)).await.unwrap();
        drop(response);
        assert!(spent(&budget) <= 500_000_000, "{unit}: {}", spent(&budget));
    }
}

/// Tools count as the bytes of their longest spelling. Chat templates of Llama 3 among others spell them with four spaces for
/// each level, so what lies deep and weighs nothing by itself costs tokens for its place.
#[test]
fn tools_are_bounded_however_they_are_indented() {
    let depth = 100;
    let many = vec!["[]"; 2_000].join(",");
    let deep = format!("{}{many}{}", "[".repeat(depth), "]".repeat(depth));
    let tool =
        format!(r#"{{"type":"function","function":{{"name":"f","parameters":{{"x":{deep}}}}}}}"#);
    let body = format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}],"tools":[{tool}]}}"#
    );
    let query = Query::read(Api::OpenAiChat, body.as_bytes()).unwrap();
    // A line for each, of which the longest run of spaces that is one token in a large vocabulary is 128.
    let indent = 4 * (depth as u64 + 3);
    let tokens = 2_000 * (indent.div_ceil(128) + 1);
    let bound = query.tokens().input_bound;
    assert!(bound >= tokens, "{bound} < {tokens}");
}

/// Google's compatible address leaves thinking out of `completion_tokens` and names it in the total alone. Tokens that are
/// in the total and nowhere else were used, and are billed as such of the answer.
#[tokio::test]
async fn tokens_of_the_total_alone_are_not_free() {
    let answer = r#"{"model":"m",
        "choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],
        "usage":{"prompt_tokens":10,"completion_tokens":10,"total_tokens":900}}"#;
    let budget = budget("10");
    let stack = Stack::client_with(whole(200, answer), catalog("", PRICED)).budget(budget.clone());
    finish(stack, CALL).await;
    // All of it came out: 880 tokens that nobody sees are thoughts.
    assert!(
        spent(&budget) >= 10 * 1_000 + 890 * 2_000,
        "{}",
        spent(&budget)
    );
}

/// Held: neither of these shapes of one number is below what was used, and none panics.
#[tokio::test]
async fn sums_that_contradict_each_other_are_never_less_than_what_was_used() {
    for usage in [
        r#"{"prompt_tokens":1000,"completion_tokens":1000,"cost":"1e-99999999999"}"#,
        r#"{"prompt_tokens":1000,"completion_tokens":1000,"cost":1e400}"#,
        r#"{"prompt_tokens":1000,"completion_tokens":1000,"cost":-1}"#,
        r#"{"prompt_tokens":1000,"completion_tokens":1000,"cost":0}"#,
        r#"{"prompt_tokens":1000,"completion_tokens":1000,"cost_in_usd_ticks":"x","cost":0.000001}"#,
        r#"{"prompt_tokens":1000,"completion_tokens":1000,"cost":0.0000001,"is_byok":true}"#,
        r#"{"prompt_tokens":1000,"completion_tokens":1000,"total_tokens":1}"#,
        r#"{"prompt_tokens":1000,"completion_tokens":1000,"completion_tokens_details":{"reasoning_tokens":5000},"total_tokens":2000}"#,
        r#"{"prompt_tokens":1000,"completion_tokens":1000,"prompt_tokens_details":{"cached_tokens":2000}}"#,
    ] {
        let answer = format!(
            r#"{{"model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"x"}},"finish_reason":"stop"}}],"usage":{usage}}}"#
        );
        let budget = budget("10");
        let stack =
            Stack::client_with(whole(200, &answer), catalog("", PRICED)).budget(budget.clone());
        let body = CALL.replacen('{', r#"{"max_tokens":1000,"#, 1);
        let response = stack.boxed().oneshot(call(&body)).await.unwrap();
        drop(response);
        assert!(spent(&budget) >= 2_000_000, "{usage}: {}", spent(&budget));
    }
}

/// A slip of units is not believed upwards, and nothing at all is not either. Downwards, where it lets a budget be overspent,
/// no more than a tenth of the price is: not a thousandth, nor the smallest number that can be written.
#[tokio::test]
async fn a_cost_that_is_next_to_nothing_is_not_believed() {
    for cost in ["1e-400", "0.000000001", "0.000003"] {
        let answer = format!(
            r#"{{"model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"x"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":1000,"completion_tokens":1000,"cost":{cost}}}}}"#
        );
        let budget = budget("10");
        let stack =
            Stack::client_with(whole(200, &answer), catalog("", PRICED)).budget(budget.clone());
        finish(stack, CALL).await;
        assert!(spent(&budget) >= 3_000_000, "{cost}: {}", spent(&budget));
    }
}

/// A limit of no output at all is none that a provider would keep to: some take nought for no limit.
#[tokio::test]
async fn no_limit_of_nought_is_written() {
    let fake = whole(200, crate::support::ANSWER);
    let stack = Stack::client_with(fake.clone(), catalog("", PRICED))
        .budget(budget("10").default_max_output(0));
    let _ = stack.boxed().oneshot(call(CALL)).await.unwrap();
    for body in crate::support::sent(&fake) {
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_ne!(body["max_tokens"], 0, "{body}");
        assert_ne!(body["max_completion_tokens"], 0, "{body}");
    }
}

/// A caller's own limit of nought makes no call cheap: it is held as if there were none.
#[tokio::test]
async fn a_limit_of_nought_is_none() {
    let fake = whole(200, crate::support::ANSWER);
    let stack = Stack::client_with(fake.clone(), catalog("", PRICED)).budget(budget("0.0015"));
    let body = CALL.replacen('{', r#"{"max_tokens":0,"#, 1);
    let response = stack.boxed().oneshot(call(&body)).await.unwrap();
    assert_ne!(response.status(), StatusCode::OK);
    assert!(crate::support::sent(&fake).is_empty());
}

/// Held: the builtin catalog counts what it can count by its vocabulary, and signs that mean something to models are text.
#[cfg(feature = "tokens")]
#[test]
fn special_signs_are_counted_as_text() {
    use tower_genai::query::{CountTokens, O200k};
    let count = O200k::new().count("o200k", "<|endoftext|>").unwrap();
    assert!(count >= 5, "{count}");
    let _ = Catalog::builtin();
}

/// Held: a tier costs what it costs however it is written, before and after.
#[tokio::test]
async fn a_tier_in_another_case_is_no_cheaper() {
    let model = r#"
        price = { input = "1.00", output = "2.00" }
        rates = [{ tier = "priority", input = "2.00", output = "4.00" }]"#;
    for tier in ["priority", "Priority", "PRIORITY", " priority"] {
        let answer = crate::support::ANSWER.replacen('{', r#"{"service_tier":"Priority","#, 1);
        let budget = budget("10");
        let stack =
            Stack::client_with(whole(200, &answer), catalog("", model)).budget(budget.clone());
        let tiered = format!(r#"{{"service_tier":"{tier}","max_tokens":1000,"#);
        let body = CALL.replacen('{', &tiered, 1);
        let response = stack.boxed().oneshot(call(&body)).await.unwrap();
        let ok = response.status() == StatusCode::OK;
        assert_eq!(spent(&budget), if ok { 6_000_000 } else { 0 }, "{tier}");
    }
}

/// Counting takes time that the call does not pay for where it is refused in the end. So a call may have so much counted and no
/// more, in however many pieces it comes; the bound by bytes is there for the rest.
#[tokio::test]
async fn a_call_that_cannot_pay_has_little_counted() {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    let counted = Arc::new(AtomicUsize::new(0));
    let sum = counted.clone();
    let model = format!("{PRICED}\ntokenizer = \"o200k\"");
    let stack = Stack::client_with(whole(200, crate::support::ANSWER), catalog("", &model))
        .count_tokens(move |_: &str, text: &str| {
            sum.fetch_add(text.len(), Ordering::Relaxed);
            Some(text.len() as u64 / 4)
        })
        .budget(budget("0.001"));
    let piece = format!(
        r#"{{"role":"user","content":"{}"}}"#,
        "word ".repeat(40_000)
    );
    let messages = vec![piece; 40].join(",");
    let body = format!(r#"{{"model":"m","messages":[{messages}]}}"#);
    let response = stack.boxed().oneshot(call(&body)).await.unwrap();
    assert_ne!(response.status(), StatusCode::OK);
    let counted = counted.load(Ordering::Relaxed);
    assert!(
        counted <= 1 << 20,
        "{counted} bytes, at 20 microseconds a thousand"
    );
}
