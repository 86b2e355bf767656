//! Every provider's way of saying what was used, and every way of saying what cannot be.

use proptest::prelude::*;
use tower_genai::{
    catalog::{Unit, Usage},
    dispatch::{
        Reported,
        usage::{Reader, Shape},
    },
};

use crate::meter::{read, usage};

const SHAPES: [Shape; 9] = [
    Shape::OpenAiChat,
    Shape::OpenAiResponses,
    Shape::OpenAiImages,
    Shape::Anthropic,
    Shape::Gemini,
    Shape::Ark,
    Shape::Bfl,
    Shape::Kling,
    Shape::Ollama,
];

fn searches(count: u64) -> Vec<(Unit, u64)> {
    vec![(Unit::ToolCall("web_search".into()), count)]
}

#[test]
fn deepseek_s_hits_are_cached_and_its_misses_fresh() {
    let report = read(
        Shape::OpenAiChat,
        r#"{"usage":{"prompt_tokens":563,"completion_tokens":116,"total_tokens":679,
            "prompt_cache_hit_tokens":512,"prompt_cache_miss_tokens":51,
            "completion_tokens_details":{"reasoning_tokens":60}},"service_tier":"default"}"#,
    );
    let expected = Usage {
        cache_read: 512,
        reasoning: 60,
        ..Usage::text(51, 56)
    };
    assert_eq!(*usage(&report), expected);
    assert_eq!(report.tier.as_deref(), Some("default"));
}

#[test]
fn thinking_that_cannot_be_a_part_of_the_answer_is_apart() {
    let report = read(
        Shape::OpenAiChat,
        r#"{"usage":{"prompt_tokens":10,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":30}}}"#,
    );
    assert_eq!((usage(&report).output, usage(&report).reasoning), (5, 30));
}

#[test]
fn hosted_tools_are_counted_from_the_output_of_a_response() {
    let response = r#"{"usage":{"input_tokens":100,"output_tokens":50,
        "input_tokens_details":{"cached_tokens":40,"cache_write_tokens":10},
        "output_tokens_details":{"reasoning_tokens":20}},
        "service_tier":"flex",
        "output":[
            {"type":"web_search_call","action":{"type":"search"}},
            {"type":"web_search_call","action":{"type":"open_page"}},
            {"type":"web_search_call"},
            {"type":"file_search_call"},
            {"type":"message","content":[]}, "odd", 7]}"#;
    let event = format!(r#"{{"type":"response.completed","response":{response}}}"#);
    for json in [response, &event] {
        let report = read(Shape::OpenAiResponses, json);
        let mut extra = searches(2);
        extra.push((Unit::ToolCall("file_search".into()), 1));
        let expected = Usage {
            cache_read: 40,
            cache_write: 10,
            reasoning: 20,
            extra,
            ..Usage::text(50, 30)
        };
        assert_eq!(*usage(&report), expected);
        assert_eq!(report.tier.as_deref(), Some("flex"));
    }
}

#[test]
fn anthropic_s_input_leaves_out_the_cache() {
    let report = read(
        Shape::Anthropic,
        r#"{"usage":{"input_tokens":3,"output_tokens":550,"cache_read_input_tokens":7,
            "cache_creation_input_tokens":100,
            "cache_creation":{"ephemeral_5m_input_tokens":60,"ephemeral_1h_input_tokens":30},
            "output_tokens_details":{"thinking_tokens":50},
            "server_tool_use":{"web_search_requests":2,"web_fetch_requests":9},
            "service_tier":"priority","inference_geo":"us"}}"#,
    );
    let expected = Usage {
        cache_read: 7,
        cache_write_5m: 60,
        cache_write_1h: 30,
        // Of ten it is not said for how long they are kept.
        cache_write: 10,
        reasoning: 50,
        extra: searches(2),
        ..Usage::text(3, 500)
    };
    assert_eq!(*usage(&report), expected);
    assert_eq!(report.tier.as_deref(), Some("priority"));
    assert_eq!(report.region.as_deref(), Some("us"));
}

#[test]
fn anthropic_s_speed_is_a_tier_and_no_geo_is_no_region() {
    let report = read(
        Shape::Anthropic,
        r#"{"usage":{"input_tokens":3,"output_tokens":5,"speed":"fast","service_tier":"standard","inference_geo":"not_available"}}"#,
    );
    assert_eq!(report.tier.as_deref(), Some("fast"));
    assert_eq!(report.region, None);
}

#[test]
fn a_stream_of_anthropic_s_says_some_sums_again_and_others_once() {
    let mut reader = Reader::new(Shape::Anthropic);
    for event in [
        r#"{"type":"message_start","message":{"usage":{"input_tokens":10,"cache_read_input_tokens":90,"output_tokens":1,"service_tier":"standard"}}}"#,
        r#"{"type":"content_block_delta","delta":{"type":"text_delta","text":"x"}}"#,
        r#"{"type":"message_delta","delta":{},"usage":{"output_tokens":33,"input_tokens":null,
            "server_tool_use":{"web_search_requests":1}}}"#,
        r#"{"type":"message_stop"}"#,
    ] {
        reader.read(event.as_bytes()).unwrap();
    }
    let report = reader.report(true);
    let expected = Usage {
        cache_read: 90,
        extra: searches(1),
        ..Usage::text(10, 33)
    };
    assert_eq!(*usage(&report), expected);
}

#[test]
fn iterations_are_summed_and_shared_out_among_their_models() {
    // The sums beside them leave out what the advisor has used.
    let json = r#"{"usage":{"input_tokens":2390,"output_tokens":121,"iterations":[
        {"type":"message","input_tokens":1128,"output_tokens":110},
        {"type":"advisor_message","model":"claude-opus-4-8","input_tokens":2518,"output_tokens":22},
        {"type":"message","input_tokens":1262,"output_tokens":11}],
        "output_tokens_details":{"thinking_tokens":28}}}"#;
    let report = read(Shape::Anthropic, json);
    assert_eq!(*usage(&report), Usage::text(4_908, 143));
    let models: Vec<_> = report
        .shares
        .iter()
        .map(|share| (share.model.as_deref(), share.usage.input))
        .collect();
    let expected = [
        (None, 1_128),
        (Some("claude-opus-4-8"), 2_518),
        (None, 1_262),
    ];
    assert_eq!(models, expected);
    // Less in all of them than beside them cannot be.
    let less = json.replace("1128", "1");
    let less = less.replace("2518", "1");
    assert_eq!(read(Shape::Anthropic, &less).usage, Reported::Implausible);
}

#[test]
fn gemini_s_thoughts_are_within_its_candidates_where_the_total_says_so() {
    let json = |total| {
        format!(
            r#"{{"usageMetadata":{{"promptTokenCount":100,"candidatesTokenCount":50,"thoughtsTokenCount":30,
                "toolUsePromptTokenCount":7,"totalTokenCount":{total}}}}}"#
        )
    };
    for (total, output) in [("187", 50), ("157", 20), ("null", 50), ("999", 50)] {
        let report = read(Shape::Gemini, &json(total));
        let expected = Usage {
            reasoning: 30,
            ..Usage::text(107, output)
        };
        assert_eq!(*usage(&report), expected, "{total}");
    }
}

#[test]
fn gemini_tells_speech_and_images_that_no_cache_served() {
    let report = read(
        Shape::Gemini,
        r#"{"usageMetadata":{"promptTokenCount":1000,"cachedContentTokenCount":300,"candidatesTokenCount":200,
            "promptTokensDetails":[{"modality":"TEXT","tokenCount":100},{"modality":"AUDIO","tokenCount":400},
                {"modality":"IMAGE","tokenCount":258},{"modality":"VIDEO","tokenCount":242}],
            "cacheTokensDetails":[{"modality":"AUDIO","tokenCount":100},{"modality":"IMAGE","tokenCount":200}],
            "candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":150}],
            "totalTokenCount":1200,"trafficType":"ON_DEMAND_PRIORITY"},
            "candidates":[{"groundingMetadata":{"webSearchQueries":["a","","b"]}}]}"#,
    );
    let expected = Usage {
        input: 342,
        cache_read: 300,
        audio_input: 300,
        image_input: 58,
        output: 50,
        image_output: 150,
        extra: searches(2),
        ..Usage::default()
    };
    assert_eq!(*usage(&report), expected);
    assert_eq!(report.tier.as_deref(), Some("priority"));
    for (traffic, tier) in [
        (r#""trafficType":"ON_DEMAND""#, Some("standard")),
        (r#""serviceTier":"flex""#, Some("flex")),
        (
            r#""trafficType":"PROVISIONED_THROUGHPUT""#,
            Some("provisioned_throughput"),
        ),
        (r#""x":1"#, None),
    ] {
        let json = format!(
            r#"{{"usageMetadata":{{"promptTokenCount":1,"candidatesTokenCount":1,{traffic}}}}}"#
        );
        assert_eq!(read(Shape::Gemini, &json).tier.as_deref(), tier);
    }
}

#[test]
fn an_image_s_tokens_are_the_answer_s_unless_it_says_otherwise() {
    let report = read(
        Shape::OpenAiImages,
        r#"{"data":[{}],"usage":{"input_tokens":50,"output_tokens":4160,
            "input_tokens_details":{"text_tokens":10,"image_tokens":40}}}"#,
    );
    let expected = Usage {
        input: 10,
        image_input: 40,
        image_output: 4_160,
        ..Usage::default()
    };
    assert_eq!(*usage(&report), expected);
    let report = read(
        Shape::OpenAiImages,
        r#"{"usage":{"input_tokens":10,"output_tokens":100,"output_tokens_details":{"image_tokens":90,"text_tokens":10}}}"#,
    );
    assert_eq!(
        (usage(&report).image_output, usage(&report).output),
        (90, 10)
    );
    let report = read(
        Shape::OpenAiImages,
        r#"{"data":[{"url":"a"},{"url":"b"}],"size":"1024x1024","quality":"hd"}"#,
    );
    let image = Unit::Image {
        size: Some("1024x1024".into()),
        quality: Some("hd".into()),
    };
    assert_eq!(usage(&report).extra, [(image, 2)]);
}

#[test]
fn jobs_tell_tokens_units_credits_and_megapixels() {
    let ark = read(
        Shape::Ark,
        r#"{"status":"succeeded","usage":{"completion_tokens":246840,"total_tokens":246840},"service_tier":"flex"}"#,
    );
    assert_eq!(usage(&ark).extra, [(Unit::VideoOutput, 246_840)]);
    assert_eq!(ark.tier.as_deref(), Some("flex"));

    let bfl = read(
        Shape::Bfl,
        r#"{"id":"x","cost":4.5,"input_mp":0.6,"output_mp":1.05}"#,
    );
    assert_eq!(bfl.cost.unwrap().nanos(), 45_000_000);
    let units = [
        (Unit::MegapixelFirst, 1),
        (Unit::Megapixel, 1),
        (Unit::MegapixelInput, 1),
    ];
    assert_eq!(usage(&bfl).extra, units);

    let kling = read(
        Shape::Kling,
        r#"{"data":{"task_status":"succeed","final_unit_deduction":"3.5"}}"#,
    );
    assert_eq!(usage(&kling).extra, [(Unit::Credit, 4)]);

    let ollama = read(
        Shape::Ollama,
        r#"{"done":true,"prompt_eval_count":26,"eval_count":298}"#,
    );
    assert_eq!(*usage(&ollama), Usage::text(26, 298));
    let cached = read(Shape::Ollama, r#"{"done":true,"eval_count":298}"#);
    assert_eq!(cached.usage, Reported::Missing);
}

/// For each shape, a report with a place for one count in it.
const PLACES: [(Shape, &str); 12] = [
    (
        Shape::OpenAiChat,
        r#"{"usage":{"prompt_tokens":@,"completion_tokens":5}}"#,
    ),
    (
        Shape::OpenAiChat,
        r#"{"usage":{"prompt_tokens":9,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":@}}}"#,
    ),
    (
        Shape::OpenAiResponses,
        r#"{"usage":{"input_tokens":@,"output_tokens":5}}"#,
    ),
    (
        Shape::OpenAiImages,
        r#"{"usage":{"input_tokens":9,"output_tokens":@}}"#,
    ),
    (
        Shape::Anthropic,
        r#"{"usage":{"input_tokens":9,"output_tokens":@}}"#,
    ),
    (
        Shape::Anthropic,
        r#"{"usage":{"input_tokens":9,"output_tokens":5,"cache_creation":{"ephemeral_1h_input_tokens":@}}}"#,
    ),
    (
        Shape::Anthropic,
        r#"{"usage":{"input_tokens":9,"output_tokens":5,"server_tool_use":{"web_search_requests":@}}}"#,
    ),
    (
        Shape::Gemini,
        r#"{"usageMetadata":{"promptTokenCount":@,"candidatesTokenCount":5}}"#,
    ),
    (
        Shape::Gemini,
        r#"{"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":5,"promptTokensDetails":[{"modality":"AUDIO","tokenCount":@}]}}"#,
    ),
    (Shape::Ark, r#"{"usage":{"completion_tokens":@}}"#),
    (Shape::Kling, r#"{"data":{"final_unit_deduction":@}}"#),
    (Shape::Ollama, r#"{"prompt_eval_count":@,"eval_count":5}"#),
];

#[test]
fn no_shape_believes_what_cannot_be() {
    for (shape, json) in PLACES {
        let kling = shape == Shape::Kling;
        for number in [
            "-1",
            "9223372036854775808",
            "1e300",
            "\"x\"",
            "true",
            "[1]",
            "{\"a\":1}",
        ] {
            let report = read(shape, &json.replace('@', number));
            assert_eq!(
                report.usage,
                Reported::Implausible,
                "{shape:?} {json} {number}"
            );
        }
        // Kling's are decimals, as text; everybody else's are whole numbers.
        for number in ["1.5", "\"1\""] {
            let believed = matches!(
                read(shape, &json.replace('@', number)).usage,
                Reported::Usage(_)
            );
            assert_eq!(believed, kling, "{shape:?} {json} {number}");
        }
    }
}

#[test]
fn a_member_that_is_there_twice_makes_all_of_it_implausible() {
    for (shape, json) in PLACES {
        let at = json[..json.find('@').unwrap()].rfind('"').unwrap();
        let start = json[..at].rfind('"').unwrap();
        let name_and_colon = &json[start..json.find('@').unwrap()];
        let doubled = json.replace('@', &format!("1,{name_and_colon}1"));
        let report = read(shape, &doubled);
        assert_eq!(report.usage, Reported::Implausible, "{shape:?} {doubled}");
        assert_eq!(report.cost, None);
    }
}

#[test]
fn what_is_no_object_is_unreadable_and_nothing_is_nothing() {
    for shape in SHAPES {
        for json in [
            "",
            "[]",
            "null",
            "7",
            "\"x\"",
            "{",
            "{\"a\":",
            "[{\"usage\":1}]",
            "{\"a\":1}x",
            "\u{0}",
        ] {
            assert!(
                Reader::whole(shape, json.as_bytes()).is_err(),
                "{shape:?} {json}"
            );
        }
        assert!(Reader::whole(shape, b"{\"a\":\"\xff\"}").is_err());
        for json in [
            "{}",
            r#"{"usage":null}"#,
            r#"{"usage":[]}"#,
            r#"{"usageMetadata":7,"data":{}}"#,
        ] {
            let report = read(shape, json);
            assert_eq!(report.usage, Reported::Missing, "{shape:?} {json}");
            assert_eq!(report.cost, None);
        }
    }
}

proptest! {
    #[test]
    fn nothing_panics(at in 0..PLACES.len(), text in r#"[-0-9a-z"\[\]{},:.eE]{0,24}"#) {
        let (shape, json) = PLACES[at];
        let _ = Reader::whole(shape, json.replace('@', &text).as_bytes());
        for shape in SHAPES {
            let _ = Reader::whole(shape, text.as_bytes());
        }
    }
}
