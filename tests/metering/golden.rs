//! Invoices whose sums are known: from a console, from a vendor's own count, or by hand from a price page.

use tower_genai::{dispatch::usage::Shape, stack::Stack};

use crate::{
    meter::{nanos, read},
    support::{CALL, catalog, finish, whole},
};

/// Claude 3.7 Sonnet.
const SONNET: &str = r#"price = { input = "3.00", output = "15.00", cache_read = "0.30", cache_write = "3.75", cache_write_1h = "6.00", web_search = "0.01", regions = { us = "1.1" } }
    rates = [
        { tier = "batch", input = "1.50", output = "7.50", cache_read = "0.15", cache_write = "1.875", cache_write_1h = "3.00" },
        { tier = "priority", input = "6.00", output = "30.00", cache_read = "0.60", cache_write = "7.50", cache_write_1h = "12.00" },
        { tier = "fast", input = "18.00", output = "90.00", cache_read = "1.80", cache_write = "22.50", cache_write_1h = "36.00" },
    ]"#;

/// Gemini 2.5 Pro, cached tokens at an eighth and a quarter of a dollar.
const GEMINI: &str = r#"price = { input = "1.25", output = "10.00", cache_read = "0.625", audio_input = "2.00", image_output = "30.00" }
    rates = [
        { over = 200_000, input = "2.50", output = "15.00", cache_read = "1.25", audio_input = "4.00" },
        { tier = "batch", input = "0.625", output = "5.00", cache_read = "0.3125" },
        { tier = "priority", input = "2.50", output = "20.00", cache_read = "1.25" },
    ]"#;

/// GPT-5.6, which charges for what it writes to its cache.
const GPT: &str = r#"price = { input = "4.00", output = "20.00", cache_read = "0.40", cache_write_30m = "5.00", audio_input = "32.00", audio_output = "64.00", web_search = "0.01" }
    rates = [
        { tier = "flex", input = "2.00", output = "10.00", cache_read = "0.20", cache_write_30m = "2.50" },
        { tier = "batch", input = "2.00", output = "10.00", cache_read = "0.20", cache_write_30m = "2.50" },
        { tier = "priority", input = "8.00", output = "40.00", cache_read = "0.80", cache_write_30m = "10.00" },
    ]"#;

/// Grok, text and images alike. Its longer prompts begin at 200 000 tokens, and not above them.
const GROK: &str = r#"price = { input = "2.00", output = "6.00", cache_read = "0.50" }
    rates = [{ over = 199_999, input = "4.00", output = "12.00", cache_read = "1.00" }]"#;

fn anthropic(usage: &str) -> u64 {
    nanos(
        SONNET,
        &read(Shape::Anthropic, &format!(r#"{{"usage":{usage}}}"#)),
    )
}

fn gemini(usage: &str) -> u64 {
    let json = format!(r#"{{"usageMetadata":{usage}}}"#);
    nanos(GEMINI, &read(Shape::Gemini, &json))
}

fn gpt(usage: &str, more: &str) -> u64 {
    let json = format!(r#"{{"usage":{usage}{more}}}"#);
    nanos(GPT, &read(Shape::OpenAiChat, &json))
}

#[test]
fn anthropic_s_console_says_5_4399_cents() {
    let usage = r#"{"input_tokens":3,"cache_creation_input_tokens":12304,"cache_read_input_tokens":0,"output_tokens":550,
        "cache_creation":{"ephemeral_5m_input_tokens":12304,"ephemeral_1h_input_tokens":0}}"#;
    assert_eq!(anthropic(usage), 54_399_000);
}

#[test]
fn anthropic_s_other_buckets() {
    for (usage, nanos) in [
        // Read from the cache, kept for five minutes, for an hour, and for who knows how long.
        (
            r#"{"input_tokens":1000,"output_tokens":100,"cache_read_input_tokens":10000}"#,
            7_500_000,
        ),
        (
            r#"{"input_tokens":0,"output_tokens":100,"cache_creation":{"ephemeral_5m_input_tokens":1000}}"#,
            5_250_000,
        ),
        (
            r#"{"input_tokens":0,"output_tokens":100,"cache_creation":{"ephemeral_1h_input_tokens":1000}}"#,
            7_500_000,
        ),
        (
            r#"{"input_tokens":0,"output_tokens":100,"cache_creation_input_tokens":1000}"#,
            7_500_000,
        ),
        // Thinking, searches, tiers, speed, region.
        (
            r#"{"input_tokens":1000,"output_tokens":100,"output_tokens_details":{"thinking_tokens":90}}"#,
            4_500_000,
        ),
        (
            r#"{"input_tokens":1000,"output_tokens":100,"server_tool_use":{"web_search_requests":3}}"#,
            34_500_000,
        ),
        (
            r#"{"input_tokens":1000,"output_tokens":100,"service_tier":"batch"}"#,
            2_250_000,
        ),
        (
            r#"{"input_tokens":1000,"output_tokens":100,"service_tier":"priority"}"#,
            9_000_000,
        ),
        (
            r#"{"input_tokens":1000,"output_tokens":100,"speed":"fast"}"#,
            27_000_000,
        ),
        (
            r#"{"input_tokens":1000,"output_tokens":100,"inference_geo":"us"}"#,
            4_950_000,
        ),
        (
            r#"{"input_tokens":1000,"output_tokens":100,"inference_geo":"global"}"#,
            4_500_000,
        ),
    ] {
        assert_eq!(anthropic(usage), nanos, "{usage}");
    }
}

#[test]
fn gemini_counts_cached_tokens_once() {
    let usage = |prompt: u64, cached: u64| {
        format!(
            r#"{{"promptTokenCount":{prompt},"cachedContentTokenCount":{cached},"candidatesTokenCount":1744,"totalTokenCount":{}}}"#,
            prompt + 1_744
        )
    };
    // At the base rates, as a list without the longer prompts has them.
    let base = GEMINI.replace("over = 200_000", "over = 300_000");
    let json = format!(r#"{{"usageMetadata":{}}}"#, usage(262_960, 257_955));
    let report = read(Shape::Gemini, &json);
    assert_eq!(nanos(&base, &report), 184_918_125);
    // And as it is billed: 5005 at 2.50, 257 955 at 1.25, 1744 at 15.
    assert_eq!(
        gemini(&usage(262_960, 257_955)),
        12_512_500 + 322_443_750 + 26_160_000
    );
}

#[test]
fn gemini_s_threshold_is_on_the_shorter_side() {
    let usage = |prompt: u64| {
        format!(
            r#"{{"promptTokenCount":{prompt},"cachedContentTokenCount":199000,"candidatesTokenCount":0}}"#
        )
    };
    assert_eq!(gemini(&usage(200_000)), 1_000 * 1_250 + 199_000 * 625);
    assert_eq!(gemini(&usage(200_001)), 1_001 * 2_500 + 199_000 * 1_250);
}

#[test]
fn grok_s_threshold_is_on_the_longer_side() {
    let grok = |prompt: u64| {
        let json = format!(r#"{{"usage":{{"prompt_tokens":{prompt},"completion_tokens":10}}}}"#);
        nanos(GROK, &read(Shape::OpenAiChat, &json))
    };
    assert_eq!(grok(199_999), 199_999 * 2_000 + 10 * 6_000);
    assert_eq!(grok(200_000), 200_000 * 4_000 + 10 * 12_000);
}

#[test]
fn gemini_s_other_buckets() {
    for (usage, nanos) in [
        (
            r#"{"promptTokenCount":1000,"candidatesTokenCount":100,"thoughtsTokenCount":50,"totalTokenCount":1150}"#,
            2_750_000,
        ),
        (
            r#"{"promptTokenCount":1000,"candidatesTokenCount":100,"thoughtsTokenCount":50,"totalTokenCount":1100}"#,
            2_250_000,
        ),
        (
            r#"{"promptTokenCount":1000,"candidatesTokenCount":100,"promptTokensDetails":[{"modality":"AUDIO","tokenCount":400}]}"#,
            2_550_000,
        ),
        (
            r#"{"promptTokenCount":1000,"candidatesTokenCount":100,"candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":100}]}"#,
            4_250_000,
        ),
        (
            r#"{"promptTokenCount":1000,"candidatesTokenCount":100,"toolUsePromptTokenCount":1000,"totalTokenCount":2100}"#,
            3_500_000,
        ),
        (
            r#"{"promptTokenCount":1000,"candidatesTokenCount":100,"trafficType":"ON_DEMAND_PRIORITY"}"#,
            4_500_000,
        ),
        (
            r#"{"promptTokenCount":1000,"candidatesTokenCount":100,"serviceTier":"batch"}"#,
            1_125_000,
        ),
    ] {
        assert_eq!(gemini(usage), nanos, "{usage}");
    }
}

#[test]
fn openai_s_buckets() {
    for (usage, more, nanos) in [
        (
            r#"{"prompt_tokens":1000,"completion_tokens":100}"#,
            "",
            6_000_000,
        ),
        (
            r#"{"prompt_tokens":1000,"completion_tokens":100,"prompt_tokens_details":{"cached_tokens":900}}"#,
            "",
            2_760_000,
        ),
        (
            r#"{"prompt_tokens":1000,"completion_tokens":100,"prompt_tokens_details":{"cache_write_tokens":900}}"#,
            "",
            6_900_000,
        ),
        (
            r#"{"prompt_tokens":1000,"completion_tokens":100,"completion_tokens_details":{"reasoning_tokens":90}}"#,
            "",
            6_000_000,
        ),
        (
            r#"{"prompt_tokens":1000,"completion_tokens":100,"prompt_tokens_details":{"audio_tokens":500}}"#,
            "",
            20_000_000,
        ),
        (
            r#"{"prompt_tokens":1000,"completion_tokens":100,"completion_tokens_details":{"audio_tokens":100}}"#,
            "",
            10_400_000,
        ),
        (
            r#"{"prompt_tokens":1000,"completion_tokens":100}"#,
            r#","service_tier":"flex""#,
            3_000_000,
        ),
        (
            r#"{"prompt_tokens":1000,"completion_tokens":100}"#,
            r#","service_tier":"batch""#,
            3_000_000,
        ),
        (
            r#"{"prompt_tokens":1000,"completion_tokens":100}"#,
            r#","service_tier":"priority""#,
            12_000_000,
        ),
        (
            r#"{"prompt_tokens":1000,"completion_tokens":100}"#,
            r#","service_tier":"default""#,
            6_000_000,
        ),
    ] {
        assert_eq!(gpt(usage, more), nanos, "{usage}{more}");
    }
    let searched = r#"{"usage":{"input_tokens":1000,"output_tokens":100},
        "output":[{"type":"web_search_call","action":{"type":"search"}}]}"#;
    assert_eq!(nanos_of(searched), 16_000_000);
}

fn nanos_of(response: &str) -> u64 {
    nanos(GPT, &read(Shape::OpenAiResponses, response))
}

#[test]
fn images_by_tokens_and_by_the_piece() {
    let price = r#"price = { input = "5.00", image_input = "8.00", output = "10.00", image_output = "32.00", cache_read = "1.25" }
        rates = [{ unit = "image", quality = "hd", size = "1024x1024", amount = "0.08" }, { unit = "image", amount = "0.04" }]"#;
    for (json, cost) in [
        (
            r#"{"data":[{}],"usage":{"input_tokens":50,"output_tokens":4160,"input_tokens_details":{"text_tokens":10,"image_tokens":40}}}"#,
            50_000 + 320_000 + 133_120_000,
        ),
        (
            r#"{"data":[{},{}],"quality":"hd","size":"1024x1024"}"#,
            160_000_000,
        ),
        (
            r#"{"data":[{}],"quality":"standard","size":"1024x1024"}"#,
            40_000_000,
        ),
    ] {
        assert_eq!(
            nanos(price, &read(Shape::OpenAiImages, json)),
            cost,
            "{json}"
        );
    }
}

#[test]
fn jobs_by_their_own_units() {
    let ark = read(Shape::Ark, r#"{"usage":{"completion_tokens":100000}}"#);
    assert_eq!(
        nanos(r#"price = { video_output = "6.40" }"#, &ark),
        640_000_000
    );
    let kling = read(Shape::Kling, r#"{"data":{"final_unit_deduction":"4"}}"#);
    assert_eq!(nanos(r#"price = { credit = "0.14" }"#, &kling), 560_000_000);
    let bfl = read(Shape::Bfl, r#"{"cost":4.5,"input_mp":1,"output_mp":2}"#);
    let price =
        r#"price = { megapixel_first = "0.03", megapixel = "0.015", megapixel_input = "0.015" }"#;
    assert_eq!(nanos(price, &bfl), 60_000_000);
    assert_eq!(
        bfl.cost.unwrap().nanos(),
        45_000_000,
        "and the provider's word counts"
    );
}

#[tokio::test]
async fn deepseek_and_xai_through_a_whole_call() {
    let answer = |usage: &str| {
        format!(
            r#"{{"model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"x"}},"finish_reason":"stop"}}],"usage":{usage}}}"#
        )
    };
    // 2461 tokens of prompt, of which 2432 cached and 1142 an image's: the two overlap. Its own ticks say as much.
    let usage = r#"{"prompt_tokens":2461,"completion_tokens":110,"total_tokens":2764,
        "prompt_tokens_details":{"text_tokens":1319,"image_tokens":1142,"cached_tokens":2432},
        "completion_tokens_details":{"reasoning_tokens":193},"cost_in_usd_ticks":30920000}"#;
    let finished = finish(
        Stack::client_with(whole(200, &answer(usage)), catalog("", GROK)),
        CALL,
    )
    .await;
    assert_eq!(finished.cost.unwrap().nanos(), 3_092_000);
    assert_eq!(finished.computed_cost, finished.reported_cost);

    let deepseek = r#"price = { input = "0.30", output = "1.20", cache_read = "0.006" }"#;
    let usage = r#"{"prompt_tokens":563,"completion_tokens":116,"prompt_cache_hit_tokens":512,"prompt_cache_miss_tokens":51}"#;
    let finished = finish(
        Stack::client_with(whole(200, &answer(usage)), catalog("", deepseek)),
        CALL,
    )
    .await;
    assert_eq!(finished.cost.unwrap().nanos(), 15_300 + 3_072 + 139_200);
}
