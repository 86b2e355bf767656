//! The fields of Google's requests.

use super::proto::{
    Kind::{Any, Bool, Bytes, Int, Map, Message as Of, Number, Struct, Text, Word},
    Message, many, one,
};

pub(crate) static REQUEST: Message = Message {
    fields: &[
        one("model", Text),
        many("contents", Of(&CONTENT)),
        one("system_instruction", Of(&CONTENT)),
        many("tools", Of(&TOOL)),
        one("tool_config", Of(&TOOL_CONFIG)),
        many("safety_settings", Of(&SAFETY)),
        one("generation_config", Of(&GENERATION)),
        one("cached_content", Text),
        one("labels", Struct),
        one("service_tier", Text),
        one("store", Bool),
    ],
};

pub(crate) static COUNT: Message = Message {
    fields: &[
        many("contents", Of(&CONTENT)),
        one("generate_content_request", Of(&REQUEST)),
    ],
};

static CONTENT: Message = Message {
    fields: &[one("role", Text), many("parts", Of(&PART))],
};

static PART: Message = Message {
    fields: &[
        one("text", Text),
        one("inline_data", Of(&BLOB)),
        one("file_data", Of(&FILE)),
        one("function_call", Of(&CALL)),
        one("function_response", Of(&RESPONSE)),
        one("executable_code", Struct),
        one("code_execution_result", Struct),
        one("tool_call", Struct),
        one("tool_response", Struct),
        one("thought", Bool),
        one("thought_signature", Bytes),
        one("part_metadata", Struct),
        one("video_metadata", Struct),
        one("media_resolution", Any),
    ],
};

static BLOB: Message = Message {
    fields: &[
        one("mime_type", Text),
        one("data", Bytes),
        one("display_name", Text),
    ],
};

static FILE: Message = Message {
    fields: &[
        one("mime_type", Text),
        one("file_uri", Text),
        one("display_name", Text),
    ],
};

static CALL: Message = Message {
    fields: &[
        one("id", Text),
        one("name", Text),
        one("args", Struct),
        many("partial_args", Struct),
        one("will_continue", Bool),
    ],
};

static RESPONSE: Message = Message {
    fields: &[
        one("id", Text),
        one("name", Text),
        one("response", Struct),
        one("will_continue", Bool),
        one(
            "scheduling",
            Word(
                &["SCHEDULING_UNSPECIFIED", "SILENT", "WHEN_IDLE", "INTERRUPT"],
                false,
            ),
        ),
        many("parts", Of(&PART)),
    ],
};

static TOOL: Message = Message {
    fields: &[
        many("function_declarations", Of(&DECLARATION)),
        one("google_search", Struct),
        one("google_search_retrieval", Struct),
        one("code_execution", Struct),
        one("url_context", Struct),
        one("google_maps", Struct),
        one("file_search", Struct),
        one("computer_use", Struct),
        many("mcp_servers", Struct),
        one("retrieval", Struct),
        one("enterprise_web_search", Struct),
    ],
};

static DECLARATION: Message = Message {
    fields: &[
        one("name", Text),
        one("description", Text),
        one("parameters", Of(&SCHEMA)),
        one("parameters_json_schema", Any),
        one("response", Of(&SCHEMA)),
        one("response_json_schema", Any),
        one(
            "behavior",
            Word(&["UNSPECIFIED", "BLOCKING", "NON_BLOCKING"], false),
        ),
    ],
};

static TOOL_CONFIG: Message = Message {
    fields: &[
        one("function_calling_config", Of(&CALLING)),
        one("retrieval_config", Struct),
        one("include_server_side_tool_invocations", Bool),
    ],
};

static CALLING: Message = Message {
    fields: &[
        one(
            "mode",
            Word(
                &["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"],
                false,
            ),
        ),
        many("allowed_function_names", Text),
        one("stream_function_call_arguments", Bool),
    ],
};

static SAFETY: Message = Message {
    fields: &[
        one(
            "category",
            Word(
                &[
                    "HARM_CATEGORY_UNSPECIFIED",
                    "HARM_CATEGORY_HARASSMENT",
                    "HARM_CATEGORY_HATE_SPEECH",
                    "HARM_CATEGORY_SEXUALLY_EXPLICIT",
                    "HARM_CATEGORY_DANGEROUS_CONTENT",
                    "HARM_CATEGORY_CIVIC_INTEGRITY",
                    "HARM_CATEGORY_JAILBREAK",
                ],
                false,
            ),
        ),
        one(
            "threshold",
            Word(
                &[
                    "HARM_BLOCK_THRESHOLD_UNSPECIFIED",
                    "BLOCK_LOW_AND_ABOVE",
                    "BLOCK_MEDIUM_AND_ABOVE",
                    "BLOCK_ONLY_HIGH",
                    "BLOCK_NONE",
                    "OFF",
                ],
                false,
            ),
        ),
        one("method", Text),
    ],
};

static GENERATION: Message = Message {
    fields: &[
        one("candidate_count", Int),
        many("stop_sequences", Text),
        one("max_output_tokens", Int),
        one("temperature", Number),
        one("top_p", Number),
        one("top_k", Number),
        one("seed", Int),
        one("presence_penalty", Number),
        one("frequency_penalty", Number),
        one("response_mime_type", Text),
        one("response_schema", Of(&SCHEMA)),
        one("response_json_schema", Any),
        one("response_format", Struct),
        one("response_logprobs", Bool),
        one("logprobs", Int),
        many("response_modalities", Text),
        one("speech_config", Struct),
        one("image_config", Struct),
        one("thinking_config", Of(&THINKING)),
        one("media_resolution", Text),
        one("enable_enhanced_civic_answers", Bool),
        one("audio_timestamp", Bool),
    ],
};

static THINKING: Message = Message {
    fields: &[
        one("include_thoughts", Bool),
        one("thinking_budget", Int),
        one(
            "thinking_level",
            Word(
                &[
                    "THINKING_LEVEL_UNSPECIFIED",
                    "MINIMAL",
                    "LOW",
                    "MEDIUM",
                    "HIGH",
                    "XHIGH",
                ],
                true,
            ),
        ),
    ],
};

/// The part of OpenAPI's schemas that Google takes.
static SCHEMA: Message = Message {
    fields: &[
        one(
            "type",
            Word(
                &[
                    "TYPE_UNSPECIFIED",
                    "STRING",
                    "NUMBER",
                    "INTEGER",
                    "BOOLEAN",
                    "ARRAY",
                    "OBJECT",
                    "NULL",
                ],
                true,
            ),
        ),
        one("format", Text),
        one("title", Text),
        one("description", Text),
        one("nullable", Bool),
        many("enum", Text),
        one("items", Of(&SCHEMA)),
        one("max_items", Int),
        one("min_items", Int),
        one("properties", Map(&SCHEMA)),
        many("required", Text),
        one("min_properties", Int),
        one("max_properties", Int),
        one("minimum", Number),
        one("maximum", Number),
        one("min_length", Int),
        one("max_length", Int),
        one("pattern", Text),
        one("example", Any),
        many("any_of", Of(&SCHEMA)),
        many("property_ordering", Text),
        one("default", Any),
    ],
};
