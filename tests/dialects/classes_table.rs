//! Errors as they are about, and what each is.

use tower_genai::observe::FailureClass::{
    self, Caller, ContextTooLong, Credential, Filtered, ModelGone, Provider, Rate, Unsupported,
};

/// An error of a provider's, and what is to come of it.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) dialect: &'static str,
    pub(crate) status: u16,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: &'static str,
    pub(crate) class: FailureClass,
    /// In milliseconds.
    pub(crate) after: Option<u64>,
    pub(crate) again: bool,
}

const fn row(dialect: &'static str, status: u16, body: &'static str, class: FailureClass) -> Row {
    Row {
        dialect,
        status,
        headers: &[],
        body,
        class,
        after: None,
        again: true,
    }
}

const fn openai(status: u16, body: &'static str, class: FailureClass) -> Row {
    row("openai", status, body, class)
}

const fn anthropic(status: u16, body: &'static str, class: FailureClass) -> Row {
    row("anthropic", status, body, class)
}

const fn gemini(status: u16, body: &'static str, class: FailureClass) -> Row {
    row("gemini", status, body, class)
}

impl Row {
    const fn headers(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.headers = headers;
        self
    }

    const fn after(mut self, millis: u64) -> Self {
        self.after = Some(millis);
        self
    }

    const fn not_again(mut self) -> Self {
        self.again = false;
        self
    }
}

#[rustfmt::skip]
pub(crate) const TABLE: &[Row] = &[
    // OpenAI's own.
    openai(400, r#"{"error":{"message":"m","type":"invalid_request_error","param":"n","code":null}}"#, Caller),
    openai(400, r#"{"error":{"message":"m","type":"invalid_request_error","param":"n","code":"invalid_value"}}"#, Caller),
    openai(400, r#"{"error":{"message":"m","type":"invalid_request_error","code":"context_length_exceeded"}}"#, ContextTooLong),
    openai(400, r#"{"error":{"message":"m","type":"invalid_request_error","code":"content_policy_violation"}}"#, Filtered),
    openai(400, r#"{"error":{"message":"m","type":"image_generation_user_error","code":"moderation_blocked"}}"#, Filtered),
    openai(400, r#"{"error":{"message":"m","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#, Unsupported),
    openai(400, r#"{"error":{"message":"m","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}"#, Unsupported),
    openai(401, r#"{"error":{"message":"m","type":"invalid_request_error","code":"invalid_api_key"}}"#, Credential),
    openai(403, r#"{"error":{"message":"m","type":"request_forbidden","code":"unsupported_country_region_territory"}}"#, Credential),
    openai(404, r#"{"error":{"message":"m","type":"invalid_request_error","code":"model_not_found"}}"#, ModelGone),
    openai(403, r#"{"error":{"message":"m","type":"invalid_request_error","code":"model_not_found"}}"#, ModelGone),
    openai(409, r#"{"error":{"message":"m","type":"conflict_error","code":null}}"#, Provider),
    openai(413, r#"{"error":{"message":"m","type":"invalid_request_error","code":null}}"#, Caller),
    openai(422, r#"{"error":{"message":"m","type":"invalid_request_error","code":null}}"#, Caller),
    openai(429, r#"{"error":{"message":"m","type":"requests","code":"rate_limit_exceeded"}}"#, Rate),
    openai(429, r#"{"error":{"message":"m","type":"tokens","code":"rate_limit_exceeded"}}"#, Rate)
        .headers(&[("retry-after-ms", "1250.0"), ("retry-after", "2")])
        .after(1_250),
    openai(429, r#"{"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}}"#, Credential),
    openai(429, r#"{"error":{"message":"m","type":"insufficient_quota","code":null}}"#, Credential),
    openai(500, r#"{"error":{"message":"m","type":"server_error","code":null}}"#, Provider),
    openai(503, r#"{"error":{"message":"m","type":"server_error","code":null}}"#, Provider)
        .headers(&[("retry-after", "1.5"), ("x-should-retry", "false")])
        .after(1_500)
        .not_again(),
    openai(429, r#"{"error":{"message":"m","code":"rate_limit_exceeded"}}"#, Rate)
        .headers(&[("x-should-retry", "FALSE ")])
        .not_again(),
    openai(503, "", Provider).headers(&[("x-should-retry", "true")]),
    // Azure.
    openai(400, r#"{"error":{"message":"m","param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#, Filtered),
    openai(404, r#"{"error":{"code":"DeploymentNotFound","message":"m"}}"#, ModelGone),
    openai(429, r#"{"error":{"code":"429","message":"m"}}"#, Rate).headers(&[("retry-after", "20")]).after(20_000),
    openai(401, r#"{"error":{"code":"401","message":"Access denied due to invalid subscription key."}}"#, Credential),
    // DeepSeek.
    openai(400, r#"{"error":{"message":"Model Not Exist","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}"#, ModelGone),
    openai(402, r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}"#, Credential),
    openai(422, r#"{"error":{"message":"m","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}"#, Caller),
    openai(400, r#"{"error":{"message":"This model's maximum context length is 131072 tokens. However, you requested 140000","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}"#, ContextTooLong),
    // Z.ai: one status for all.
    openai(429, r#"{"error":{"code":"1302","message":"m"}}"#, Rate),
    openai(429, r#"{"error":{"code":"1303","message":"m"}}"#, Rate),
    openai(429, r#"{"error":{"code":1302,"message":"m"}}"#, Rate),
    openai(429, r#"{"error":{"code":"1305","message":"m"}}"#, Rate),
    openai(429, r#"{"error":{"code":"1113","message":"m"}}"#, Credential),
    openai(429, r#"{"error":{"code":"1112","message":"m"}}"#, Credential),
    openai(429, r#"{"error":{"code":"1308","message":"m"}}"#, Credential),
    openai(429, r#"{"error":{"code":"1309","message":"m"}}"#, Credential),
    openai(429, r#"{"error":{"code":"1310","message":"m"}}"#, Credential),
    openai(429, r#"{"error":{"code":"1312","message":"m"}}"#, Provider),
    openai(400, r#"{"error":{"code":"1301","message":"m"}}"#, Filtered),
    openai(400, r#"{"error":{"code":"1211","message":"m"}}"#, ModelGone),
    openai(400, r#"{"error":{"code":"1261","message":"m"}}"#, ContextTooLong),
    openai(400, r#"{"error":{"code":"1210","message":"m"}}"#, Caller),
    openai(434, r#"{"error":{"code":"434","message":"m"}}"#, Credential),
    openai(435, r#"{"error":{"code":"435","message":"m"}}"#, Caller),
    // Ollama, llama.cpp, vLLM, and others that are compatible.
    openai(404, r#"{"error":{"message":"model 'x' not found","type":"not_found_error","param":null,"code":null}}"#, ModelGone),
    openai(404, r#"{"error":"model 'x' not found"}"#, ModelGone),
    openai(500, r#"{"error":"an error was encountered while running the model"}"#, Provider),
    openai(503, r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#, Provider),
    openai(400, r#"{"error":{"code":400,"message":"m","type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":8}}"#, ContextTooLong),
    openai(400, r#"{"error":{"message":"This model's maximum context length is 8 tokens.","type":"BadRequestError","param":null,"code":400}}"#, ContextTooLong),
    openai(400, r#"{"object":"error","message":"This model's maximum context length is 8 tokens.","type":"BadRequestError","param":null,"code":400}"#, ContextTooLong),
    openai(404, r#"{"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","param":null,"code":404}"#, ModelGone),
    openai(400, r#"{"object":"error","message":"Invalid model: x","type":"invalid_model","param":null,"code":"1500"}"#, ModelGone),
    openai(422, r#"{"object":"error","message":{"detail":[]},"type":"invalid_request_error","param":null,"code":null}"#, Caller),
    openai(400, r#"{"code":"Client specified an invalid argument","error":"This model's maximum prompt length is 8 but the request contains 9 tokens."}"#, ContextTooLong),
    openai(400, r#"{"error":{"message":"m","type":"invalid_request_error","code":"model_decommissioned"}}"#, ModelGone),
    openai(413, r#"{"error":{"message":"m","type":"tokens","code":"rate_limit_exceeded"}}"#, Rate),
    openai(502, r#"{"error":{"code":502,"message":"m","metadata":{"provider_name":"x"}}}"#, Provider),
    openai(500, r#"{"error":{"code":[1],"type":{"a":2},"message":7}}"#, Provider),
    openai(400, r#"{"error":[]}"#, Caller),
    // Anthropic.
    anthropic(400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: Field required"}}"#, Caller),
    anthropic(400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}"#, ContextTooLong),
    anthropic(400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 9 + 8 > 9"}}"#, ContextTooLong),
    anthropic(400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#, Credential),
    anthropic(400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}}"#, Filtered),
    anthropic(401, r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#, Credential),
    anthropic(402, r#"{"type":"error","error":{"type":"billing_error","message":"m"}}"#, Credential),
    anthropic(403, r#"{"type":"error","error":{"type":"permission_error","message":"m"}}"#, Credential),
    anthropic(404, r#"{"type":"error","error":{"type":"not_found_error","message":"model: x"},"request_id":"req_1"}"#, ModelGone),
    anthropic(413, r#"{"type":"error","error":{"type":"request_too_large","message":"m"}}"#, Caller),
    anthropic(429, r#"{"type":"error","error":{"type":"rate_limit_error","message":"m"}}"#, Rate)
        .headers(&[("retry-after", "34"), ("x-should-retry", "true")])
        .after(34_000),
    anthropic(500, r#"{"type":"error","error":{"type":"api_error","message":"m"}}"#, Provider),
    anthropic(504, r#"{"type":"error","error":{"type":"timeout_error","message":"m"}}"#, Provider),
    anthropic(529, r#"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#, Provider)
        .headers(&[("x-should-retry", "false")])
        .not_again(),
    anthropic(529, "", Provider),
    anthropic(429, r#"{"type":"error","error":{"code":"1302","message":"m"},"request_id":"r"}"#, Rate),
    anthropic(429, r#"{"error":{"code":"1113","message":"m"}}"#, Credential),
    anthropic(400, r#"{"type":"error","error":{"type":"1211","message":"m"}}"#, ModelGone),
    anthropic(402, r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","code":"invalid_request_error"}}"#, Credential),
    anthropic(429, r#"{"error":"slow down"}"#, Rate),
    // Google.
    gemini(400, r#"{"error":{"code":400,"message":"Invalid value at 'contents'","status":"INVALID_ARGUMENT"}}"#, Caller),
    gemini(400, r#"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}"#, Credential),
    gemini(400, r#"{"error":{"code":400,"message":"The input token count (9) exceeds the maximum number of tokens allowed (8).","status":"INVALID_ARGUMENT"}}"#, ContextTooLong),
    gemini(400, r#"{"error":{"code":400,"message":"Thinking is not enabled for models/gemini-x","status":"INVALID_ARGUMENT"}}"#, Unsupported),
    gemini(400, r#"{"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}}"#, Credential),
    gemini(400, r#"{"error":{"code":400,"message":"Gemini API free tier is not available in your country. Please enable billing","status":"FAILED_PRECONDITION"}}"#, Credential),
    gemini(400, r#"{"error":{"code":400,"message":"Precondition check failed.","status":"FAILED_PRECONDITION"}}"#, Caller),
    gemini(401, r#"{"error":{"code":401,"message":"m","status":"UNAUTHENTICATED"}}"#, Credential),
    gemini(402, r#"{"error":{"code":402,"message":"m","status":"RESOURCE_EXHAUSTED"}}"#, Credential),
    gemini(403, r#"{"error":{"code":403,"message":"m","status":"PERMISSION_DENIED"}}"#, Credential),
    gemini(404, r#"{"error":{"code":404,"message":"models/x is not found for API version v1beta","status":"NOT_FOUND"}}"#, ModelGone),
    gemini(429, r#"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}"#, Rate),
    gemini(429, r#"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}]}}"#, Rate)
        .after(34_400),
    gemini(429, r#"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},{"retryDelay":"34.4s"}]}}"#, Rate)
        .after(3_600_000),
    gemini(429, r#"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateContentPaidTierInputTokensPerDayPerProject"}]}]}}"#, Credential),
    gemini(499, r#"{"error":{"code":499,"message":"m","status":"CANCELLED"}}"#, Provider),
    gemini(500, r#"{"error":{"code":500,"message":"m","status":"INTERNAL"}}"#, Provider),
    gemini(501, r#"{"error":{"code":501,"message":"m","status":"UNIMPLEMENTED"}}"#, Unsupported),
    gemini(503, r#"{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}"#, Provider),
    gemini(504, r#"{"error":{"code":504,"message":"m","status":"DEADLINE_EXCEEDED"}}"#, Provider),
    gemini(429, r#"[{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"2s"}]}}]"#, Rate)
        .after(2_000),
    gemini(500, r#"{"error":{"code":500,"message":"m","status":"UNKNOWN"}}"#, Provider),
    gemini(400, r#"{"error":"gone"}"#, Caller),
    // When to try again.
    openai(429, "{}", Rate).headers(&[("retry-after", "Wed, 21 Oct 2020 07:28:00 GMT")]).after(0),
    openai(429, "{}", Rate).headers(&[("retry-after", "Wed, 21 Oct 2099 07:28:00 GMT")]).after(3_600_000),
    openai(429, "{}", Rate).headers(&[("retry-after", "-1")]),
    openai(429, "{}", Rate).headers(&[("retry-after", "soon")]),
    openai(429, "{}", Rate).headers(&[("retry-after", "1e300")]).after(3_600_000),
    openai(429, "{}", Rate).headers(&[("retry-after-ms", "-5"), ("retry-after", "2")]).after(2_000),
];

#[rustfmt::skip]
pub(crate) const IN_BAND: &[Row] = &[
    openai(200, r#"{"error":{"message":"m","type":"server_error","code":null}}"#, Provider),
    openai(200, r#"{"error":{"message":"m","type":"invalid_request_error","code":null}}"#, Caller),
    openai(200, r#"{"error":{"message":"m","type":"invalid_request_error","code":"odd"}}"#, Caller),
    openai(200, r#"{"error":{"message":"m","type":"invalid_request_error","code":"context_length_exceeded"}}"#, ContextTooLong),
    openai(200, r#"{"error":{"message":"m","type":"tokens","code":null}}"#, Rate),
    openai(200, r#"{"error":{"message":"m","type":"authentication_error","code":null}}"#, Credential),
    openai(200, r#"{"error":{"code":"1113","message":"m"}}"#, Credential),
    openai(200, r#"{"error":{"code":"1302","message":"m"}}"#, Rate),
    openai(200, r#"{"error":{"code":400,"message":"m"}}"#, Caller),
    openai(200, r#"{"error":{"code":"429","message":"m"}}"#, Rate),
    openai(200, r#"{"error":{"code":502,"message":"m"},"user_id":"u"}"#, Provider),
    openai(200, r#"{"error":"overloaded"}"#, Provider),
    openai(200, r#"{"error":"This model's maximum context length is 8 tokens"}"#, ContextTooLong),
    openai(200, r#"{"error":{}}"#, Provider),
    anthropic(200, r#"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#, Provider),
    anthropic(200, r#"{"type":"error","error":{"type":"rate_limit_error","message":"m"}}"#, Rate),
    anthropic(200, r#"{"type":"error","error":{"type":"invalid_request_error","message":"m"}}"#, Caller),
    anthropic(200, r#"{"type":"error","error":{"type":"odd_error","message":"m"}}"#, Provider),
    anthropic(200, r#"{"type":"error","error":{"code":"1302","message":"m"}}"#, Rate),
    gemini(200, r#"{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}"#, Provider),
    gemini(200, r#"{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}"#, Caller),
    gemini(200, r#"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"7s"}]}}"#, Rate)
        .after(7_000),
    gemini(200, r#"[{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}]"#, Provider),
    // A prompt that was not let through.
    gemini(200, r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":3,"totalTokenCount":3},"modelVersion":"gemini"}"#, Filtered),
];

pub(crate) const STATUSES: &[(u16, FailureClass)] = &[
    (400, Caller),
    (401, Credential),
    (402, Credential),
    (403, Credential),
    (404, ModelGone),
    (405, Unsupported),
    (407, Credential),
    (408, Provider),
    (409, Provider),
    (410, ModelGone),
    (413, Caller),
    (415, Unsupported),
    (418, Caller),
    (421, Provider),
    (422, Caller),
    (425, Provider),
    (429, Rate),
    (434, Credential),
    (435, Caller),
    (499, Provider),
    (500, Provider),
    (501, Unsupported),
    (502, Provider),
    (503, Provider),
    (504, Provider),
    (520, Provider),
    (529, Provider),
    (599, Provider),
    (302, FailureClass::Malformed),
];
