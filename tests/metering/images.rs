//! What images and files in a prompt are held at.

use http::StatusCode;
use tower::ServiceExt;
use tower_genai::{
    catalog::{Catalog, ImageTokens},
    context::Context,
    query::{Api, ImageIn, Query},
    select::{Call, Selector},
};

use crate::support::{budget, catalog};

/// A PNG's header of 1024 by 1024, and one whose end is nobody's business.
pub(crate) const PNG: &str =
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAABAAAAAQACAIAAADwf7zUAAAAAElFTkSuQmCC";

fn ask(content: &str) -> String {
    format!(
        r#"{{"model":"m","max_tokens":100,"messages":[{{"role":"user","content":[{{"type":"text","text":"look"}},{content}]}}]}}"#
    )
}

fn image(url: &str, more: &str) -> String {
    format!(r#"{{"type":"image_url","image_url":{{"url":"{url}"{more}}}}}"#)
}

/// The most that a call can cost, in nano-dollars; where it cannot be bounded, the field.
fn bound(catalog: &Catalog, body: &str) -> Result<u64, String> {
    let query = Query::read(Api::OpenAiChat, body.as_bytes()).unwrap();
    let context = Context::new();
    let plan = Selector::new(catalog.clone())
        .plan(&Call::new(&query, &context))
        .unwrap();
    let quote = &plan.candidates()[0].quote;
    match quote.bound.bound() {
        Some(usd) => Ok(usd.nanos()),
        None => Err(quote.unbounded.clone().unwrap().into_owned()),
    }
}

#[test]
fn an_image_in_the_request_is_held_at_its_size() {
    let query = Query::read(Api::OpenAiChat, ask(&image(PNG, "")).as_bytes()).unwrap();
    assert_eq!(query.images(), [ImageIn::new(Some((1_024, 1_024)), false)]);
    let price = r#"price = { input = "1.00", output = "1.00" }"#;
    let with = |formula: &str| catalog("", &format!("{price}\n{formula}"));
    let plain = bound(&with(""), &ask(r#"{"type":"text","text":""}"#)).unwrap();
    for (formula, url, more, tokens) in [
        ("", PNG, "", 49_152),
        (r#"image_tokens = "openai-tiles""#, PNG, "", 765),
        (
            r#"image_tokens = "openai-tiles""#,
            PNG,
            r#","detail":"low""#,
            85,
        ),
        (
            r#"image_tokens = "openai-tiles""#,
            "https://x.test/a.png",
            "",
            1_445,
        ),
        (
            r#"image_tokens = "openai-mini-tiles""#,
            "https://x.test/a.png",
            "",
            48_169,
        ),
        (r#"image_tokens = "anthropic""#, PNG, "", 1_399),
        (
            r#"image_tokens = "anthropic""#,
            PNG,
            r#","detail":"low""#,
            1_399,
        ),
        (r#"image_tokens = "gemini""#, PNG, "", 2_240),
        ("image_tokens = 300", "https://x.test/a.png", "", 300),
        // What says two things, or more than is known, says nothing.
        (
            r#"image_tokens = "openai-tiles""#,
            PNG,
            r#","detail":"low","detail":"high""#,
            1_445,
        ),
        (
            r#"image_tokens = "openai-tiles""#,
            PNG,
            r#","detail":"low","max_pixels":9"#,
            1_445,
        ),
    ] {
        let with_image = bound(&with(formula), &ask(&image(url, more))).unwrap();
        assert_eq!(with_image - plain, tokens * 1_000, "{formula} {more}");
    }
}

#[test]
fn images_that_are_priced_apart_are_held_as_both() {
    let price = r#"price = { input = "1.00", output = "1.00", image_input = "8.00" }
        image_tokens = "openai-tiles""#;
    let catalog = catalog("", price);
    let plain = bound(&catalog, &ask(r#"{"type":"text","text":""}"#)).unwrap();
    let with_image = bound(&catalog, &ask(&image(PNG, ""))).unwrap();
    assert_eq!(with_image - plain, 765 * 9_000);
}

#[test]
fn a_file_in_the_request_is_held_at_the_whole_context() {
    let file = |inner: &str| ask(&format!(r#"{{"type":"file","file":{{{inner}}}}}"#));
    let inline = file(r#""filename":"a.pdf","file_data":"data:application/pdf;base64,AAAA""#);
    let field = "messages[].content[].file";
    let price = r#"price = { input = "1.00", output = "1.00" }"#;
    let known = catalog("", &format!("{price}\nimage_tokens = \"anthropic\""));
    // 200 000 tokens of context.
    assert_eq!(bound(&known, &inline).unwrap(), 200_000_000 + 100_000);
    for elsewhere in [
        r#""file_id":"file-1""#,
        r#""file_data":"https://x.test/a.pdf""#,
        r#""file_data":"data:,","file_id":"file-1""#,
        r#""filename":"a.pdf""#,
    ] {
        assert_eq!(
            bound(&known, &file(elsewhere)).unwrap_err(),
            field,
            "{elsewhere}"
        );
    }
    // Where a picture's tokens do not count for the context, or pages have a price, that says nothing.
    for more in [
        "",
        "image_tokens = \"openai-mini-tiles\"",
        "image_tokens = \"anthropic\"\nrates = [{ page = \"0.002\" }]",
    ] {
        let other = catalog("", &format!("{price}\n{more}"));
        assert_eq!(bound(&other, &inline).unwrap_err(), field, "{more}");
    }
}

#[tokio::test]
async fn what_has_no_bound_is_refused_by_name_under_a_hard_budget() {
    use crate::support::{call, text, whole};
    use tower_genai::stack::Stack;
    for (body, field) in [
        (
            ask(r#"{"type":"file","file":{"file_id":"f"}}"#),
            "messages[].content[].file",
        ),
        (
            ask(r#"{"type":"video_url","video_url":{"url":"x"}}"#),
            "messages[].content[].type",
        ),
        (
            ask("7")
                .replace(",7]", "]")
                .replacen('{', r#"{"web_search_options":{},"#, 1),
            "web_search_options",
        ),
        (
            ask("7")
                .replace(",7]", "]")
                .replacen('{', r#"{"background":true,"#, 1),
            "background",
        ),
        (
            ask("7")
                .replace(",7]", "]")
                .replacen('{', r#"{"tools":[{"type":"web_search"}],"#, 1),
            "tools[].type",
        ),
        (
            ask("7")
                .replace(",7]", "]")
                .replacen('{', r#"{"modalities":["text","image"],"#, 1),
            "modalities",
        ),
        (
            ask("7")
                .replace(",7]", "]")
                .replacen('{', r#"{"service_tier":"warp","#, 1),
            "service_tier",
        ),
    ] {
        let fake = whole(200, "{}");
        let stack = Stack::client_with(
            fake.clone(),
            catalog("", r#"price = { input = "1.00", output = "1.00" }"#),
        );
        let response = stack
            .budget(budget("10"))
            .boxed()
            .oneshot(call(&body))
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{field}");
        let said = text(response).await;
        assert!(said.contains(field), "{field}: {said}");
        assert_eq!(fake.called(), 0, "{field}");
    }
}

#[test]
fn speech_is_held_as_text_and_as_speech() {
    let speech = ask(r#"{"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}}"#);
    let price = r#"price = { input = "1.00", output = "1.00", audio_input = "10.00" }"#;
    let silent = bound(&catalog("", price), &ask(r#"{"type":"text","text":""}"#)).unwrap();
    let spoken = bound(&catalog("", price), &speech).unwrap();
    assert!(
        spoken - silent >= 4 * 11_000,
        "a token for each byte of base64"
    );
    // A price that does not say what speech costs says nothing.
    let silent = catalog("", r#"price = { input = "1.00", output = "1.00" }"#);
    assert_eq!(bound(&silent, &speech).unwrap_err(), "price");
    let of_gemini = speech.replace("\"m\"", "\"gemini-3.1-pro\"");
    assert!(bound(&Catalog::builtin(), &of_gemini).is_ok());
}

#[test]
fn a_template_s_own_prompt_is_held() {
    let price = r#"price = { input = "1.00", output = "1.00" }"#;
    let body = ask(r#"{"type":"text","text":""}"#);
    let plain = bound(&catalog("", price), &body).unwrap();
    let more = bound(
        &catalog("", &format!("{price}\nprompt_overhead = 500")),
        &body,
    )
    .unwrap();
    assert_eq!(more - plain, 500_000);
    assert_eq!(
        ImageTokens::TILES,
        ImageTokens::Tiles {
            base: 85,
            tile: 170
        }
    );
}
