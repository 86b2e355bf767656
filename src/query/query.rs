use std::{ops::Range, sync::Arc};

use super::{
    Api, Capabilities, Classification, Conversation, Features, ImageIn, Prompt, Refusal, Task,
    TokenCount,
    classifying::{ClassifyFn, Classifying},
    reader,
};

/// What a caller asks, read once from the request's body.
///
/// Holds no copy of the body: where a dialect has to write something anew it is told the places of the members
/// concerned, and every other byte goes on as it came. `Debug` shows no words of the prompt.
#[derive(Clone, Debug)]
pub struct Query {
    pub(super) api: Api,
    pub(super) model: Box<str>,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    pub(super) max_output: Option<u32>,
    pub(super) n: u32,
    pub(super) effort: Option<Box<str>>,
    pub(super) service_tier: Option<Box<str>>,
    pub(super) region: Option<Box<str>>,
    pub(super) predicted: u64,
    pub(super) needs: Capabilities,
    pub(super) features: Features,
    pub(super) tokens: TokenCount,
    pub(super) prompt: Prompt,
    pub(super) conversation: Conversation,
    pub(super) images: Vec<ImageIn>,
    pub(super) files: bool,
    pub(super) unbounded: Option<Box<str>>,
    pub(super) members: Vec<Member>,
    pub(super) classification: Classifying,
    pub(super) defect: Option<Box<Refusal>>,
    pub(super) only_reads: bool,
}

/// A top-level member of the request's JSON and where its value lies.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// The member's name, unescaped.
    pub name: &'static str,
    /// The bytes of its value.
    pub value: Range<usize>,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            api: Api::default(),
            model: Box::default(),
            stream: false,
            include_usage: false,
            max_output: None,
            n: 1,
            effort: None,
            service_tier: None,
            region: None,
            predicted: 0,
            needs: Capabilities::NONE,
            features: Features::NONE,
            tokens: TokenCount::default(),
            prompt: Prompt::default(),
            conversation: Conversation::default(),
            images: Vec::new(),
            files: false,
            unbounded: None,
            members: Vec::new(),
            classification: Classifying::default(),
            defect: None,
            only_reads: false,
        }
    }
}

impl Query {
    /// Reads a request's body in the form of `api`.
    ///
    /// Linear in the body's length and bounded in depth and in counts.
    ///
    /// # Errors
    /// A [`Refusal`] that names the field, when the body is no valid request: not UTF-8, not JSON, cut, nested deeper
    /// than 128, a member twice or in another case, a wrong type, `model` or `messages` missing.
    pub fn read(api: Api, body: &[u8]) -> Result<Self, Refusal> {
        Self::read_for(api, None, body)
    }

    /// The same for an API that has the model in its path and not in the body. The others ignore `model`.
    ///
    /// # Errors
    /// As [`read`](Self::read) has them.
    pub fn read_for(api: Api, model: Option<&str>, body: &[u8]) -> Result<Self, Refusal> {
        reader::read(api, model, body).unwrap_or_else(|| {
            Ok(Self {
                api,
                ..Self::default()
            })
        })
    }

    /// A query of one user turn for `model`, for policies and classifiers that are tried outside a stack.
    pub fn of_prompt(model: &str, prompt: Prompt) -> Self {
        let tokens = TokenCount {
            input_bound: prompt.bytes() + 80,
            estimate: prompt.bytes().div_ceil(4),
            ..TokenCount::default()
        };
        Self {
            api: Api::OpenAiChat,
            model: model.into(),
            tokens,
            prompt,
            ..Self::default()
        }
    }

    /// A query that nobody has read: its body goes on untouched. `only_reads` is whether its method is one that
    /// changes nothing and costs nothing.
    pub(crate) fn untouched(api: Api, only_reads: bool) -> Self {
        Self {
            api,
            only_reads,
            ..Self::default()
        }
    }

    /// A body that should be a query and is none.
    pub(crate) fn defective(api: Api, defect: Refusal) -> Self {
        Self {
            api,
            defect: Some(Box::new(defect)),
            ..Self::default()
        }
    }

    /// Whether the call only reads something: a `GET`, `HEAD` or the like, without a body, and no upgrade.
    pub const fn only_reads(&self) -> bool {
        self.only_reads
    }

    /// What is wrong with the body, where it is no valid query.
    pub fn defect(&self) -> Option<&Refusal> {
        self.defect.as_deref()
    }

    /// The API it was asked in.
    pub const fn api(&self) -> Api {
        self.api
    }

    /// The model or alias asked for, as written.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Whether the answer is to be streamed.
    pub const fn stream(&self) -> bool {
        self.stream
    }

    /// Whether the caller asked for the extra chunk with usage at a stream's end.
    pub const fn include_usage(&self) -> bool {
        self.include_usage
    }

    /// The caller's own limit of output tokens, per choice.
    pub const fn max_output(&self) -> Option<u32> {
        self.max_output
    }

    /// How many choices are asked for.
    pub const fn n(&self) -> u32 {
        self.n
    }

    /// The reasoning effort asked for.
    pub fn effort(&self) -> Option<&str> {
        self.effort.as_deref()
    }

    /// The service tier asked for.
    pub fn service_tier(&self) -> Option<&str> {
        self.service_tier.as_deref()
    }

    /// The region asked for, where the answer is to be made.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// Most tokens of a predicted output, which are billed as output where they are not taken over.
    pub const fn predicted(&self) -> u64 {
        self.predicted
    }

    /// What a model must be able to do.
    pub const fn needs(&self) -> Capabilities {
        self.needs
    }

    /// What it says that a provider's format may have no words for.
    pub const fn features(&self) -> Features {
        self.features
    }

    /// How long the input is.
    pub const fn tokens(&self) -> &TokenCount {
        &self.tokens
    }

    /// The words, as a classifier sees them.
    pub const fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    /// Which conversation it belongs to.
    pub const fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// What is known of each image in the prompt.
    pub fn images(&self) -> &[ImageIn] {
        &self.images
    }

    /// Whether the prompt has files in it, of which a provider may make as many tokens as a model takes.
    pub const fn files(&self) -> bool {
        self.files
    }

    /// The texts of the messages of a body that was read before, each by itself.
    pub(crate) fn texts(api: Api, body: &[u8]) -> Option<Vec<String>> {
        reader::texts(api, body)
    }

    /// The first field whose cost has no bound that is known here.
    pub fn unbounded(&self) -> Option<&str> {
        self.unbounded.as_deref()
    }

    /// Where a member's value lies in the body, for the members that dialects may write anew.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// What the classifier says, which is asked when this is first called. Until then, and to the classifier itself,
    /// any query is a general one, with confidence 0.
    pub fn classification(&self) -> &Classification {
        self.classification.of(self)
    }

    /// With another classification.
    #[must_use]
    pub fn classified(mut self, classification: Classification) -> Self {
        self.classification = Classifying::made(classification);
        self
    }

    /// The same needs and length with nothing known of what the words are about: as any call of the kind would be.
    pub(crate) fn plain(&self) -> Self {
        Self {
            prompt: Prompt::default(),
            classification: Classifying::made(
                Classification::new(Task::GENERAL)
                    .with_difficulty(0.0)
                    .with_confidence(0.0),
            ),
            ..self.clone()
        }
    }

    /// To be classified when somebody wants to know.
    #[must_use]
    pub(crate) fn classified_by(mut self, classify: Arc<ClassifyFn>) -> Self {
        self.classification = Classifying::by(classify);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Capability, RefusalKind};

    fn read(body: &str) -> Result<Query, Refusal> {
        Query::read(Api::OpenAiChat, body.as_bytes())
    }

    #[test]
    fn the_head_is_typed_and_places_are_known() {
        let body = r#"{ "model" : "auto", "stream":true, "messages":[
            {"role":"system","content":"Be brief."},
            {"content":[{"type":"text","text":"What is in\nthis picture?"},
                        {"type":"image_url","image_url":{"url":"https://x/y.png"}}],"role":"user"}],
            "max_completion_tokens":64,"n":2,"tools":[{"type":"function","function":{"name":"look"}}],
            "response_format":{"type":"json_schema","json_schema":{}},"my_field":1}"#;
        let query = read(body).unwrap();
        assert_eq!(
            (query.model(), query.stream(), query.n()),
            ("auto", true, 2)
        );
        assert_eq!(query.max_output(), Some(64));
        assert_eq!(query.prompt().system(), "Be brief.");
        assert_eq!(query.prompt().user(), "What is in\nthis picture?");
        assert_eq!(query.prompt().tools().collect::<Vec<_>>(), ["look"]);
        for need in [
            Capability::Vision,
            Capability::Tools,
            Capability::JsonSchema,
            Capability::N,
        ] {
            assert!(query.needs().has(need), "{need}");
        }
        assert_eq!(query.unbounded(), Some("my_field"));
        let place = query.member("model").unwrap().value.clone();
        assert_eq!(&body[place], r#""auto""#);
    }

    #[test]
    fn hostile_bodies_are_refused_by_name() {
        let deep = format!(
            r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}],"x":{}{}}}"#,
            "[".repeat(1_000_000),
            "]".repeat(1_000_000)
        );
        let many = format!(
            r#"{{"model":"m",{}"messages":[]}}"#,
            (0..5_000)
                .map(|i| format!(r#""k{i}":0,"#))
                .collect::<String>()
        );
        for (body, param) in [
            (
                r#"{"model":"cheap","model":"dear","messages":[]}"#,
                Some("model"),
            ),
            (
                "{\"model\":\"cheap\",\"m\\u006fdel\":\"dear\",\"messages\":[]}",
                Some("model"),
            ),
            (
                r#"{"Model":"dear","model":"cheap","messages":[]}"#,
                Some("model"),
            ),
            (
                r#"{"model":"m","messages":[{"role":"user","content":"x"}],"x":1,"x":2}"#,
                Some("x"),
            ),
            (r#"{"model":"m","messages":[{"role":"user""#, None),
            (
                r#"{"model":"m","messages":[{"role":"user","content":7}]}"#,
                Some("messages"),
            ),
            (
                r#"{"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":-1}"#,
                Some("max_tokens"),
            ),
            (
                r#"{"model":"m","messages":[{"role":"user","content":"x"}],"n":1000000}"#,
                Some("n"),
            ),
            (
                r#"{"model":"../x y","messages":[{"role":"user","content":"x"}]}"#,
                Some("model"),
            ),
            (
                r#"{"messages":[{"role":"user","content":"x"}]}"#,
                Some("model"),
            ),
            (r#"{"model":"m"}"#, Some("messages")),
            (r#"{"model":"m","messages":[]}"#, Some("messages")),
            (
                r#"{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,
                "stream_options":{"include_usage":true,"include_usage":false}}"#,
                Some("stream_options"),
            ),
            ("[]", None),
            ("", None),
            (
                r#"{"model":"m","messages":[{"role":"user","content":"x"}]} x"#,
                None,
            ),
            (deep.as_str(), None),
            (many.as_str(), Some("k1024")),
        ] {
            let refusal = read(body).expect_err(&body[..body.len().min(80)]);
            assert_eq!(refusal.kind(), RefusalKind::Malformed);
            let shown = &body[..body.len().min(80)];
            assert_eq!(refusal.param(), param, "{shown}: {}", refusal.message());
        }
        assert!(Query::read(Api::OpenAiChat, b"{\"model\":\"\xff\"}").is_err());
    }

    #[test]
    fn a_message_s_words_never_reach_the_refusal() {
        let refusal = read(r#"{"model":"m","messages":"my secret words"}"#).unwrap_err();
        assert!(
            !refusal.message().contains("secret"),
            "{}",
            refusal.message()
        );
    }

    #[test]
    fn the_bound_holds_for_bytes_and_the_guess_is_below_it() {
        let text = "Größe 🦀 漢字 ".repeat(50);
        let body =
            serde_json::json!({"model": "m", "messages": [{"role": "user", "content": text}]});
        let query = read(&body.to_string()).unwrap();
        assert!(query.tokens().bound() >= text.len() as u64 + 16);
        assert!(query.tokens().guess() < query.tokens().bound());
        assert!(query.unbounded().is_none());
    }

    #[test]
    fn later_turns_stay_in_the_conversation() {
        let opening = r#"{"role":"system","content":"s"},{"role":"user","content":"first"}"#;
        let ask = |tail: &str| {
            let body = format!(r#"{{"model":"m","messages":[{opening}{tail}]}}"#);
            *read(&body).unwrap().conversation().digest()
        };
        let later = r#",{"role":"assistant","content":"a"},{"role":"user","content":"second"}"#;
        assert_eq!(ask(""), ask(later));
        let other =
            read(r#"{"model":"m","messages":[{"role":"user","content":"sfirst"}]}"#).unwrap();
        assert_ne!(*other.conversation().digest(), ask(""));
    }
}
