//! The shapes of a generateContent request. Names are taken in both forms, as Google's own servers take them.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{
        Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::{Number, value::RawValue};

use super::number::{number, whole};

/// Text that is copied only where it has escapes; within an `Option`, a bare `Cow` always is.
#[derive(Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// A list; Google's servers take one element for a list of it.
pub(super) struct Many<T>(pub(super) Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Elements<T> {
            type Value = Many<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Many<T>, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Many)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Many<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|one| Many(vec![one]))
            }

            fn visit_unit<E: Error>(self) -> Result<Many<T>, E> {
                Ok(Many::default())
            }
        }
        deserializer.deserialize_any(Elements(PhantomData))
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Request<'a> {
    #[serde(borrow)]
    pub(super) contents: Many<Content<'a>>,
    #[serde(borrow, alias = "system_instruction")]
    pub(super) system_instruction: Option<System<'a>>,
    #[serde(borrow)]
    pub(super) tools: Many<Tool<'a>>,
    #[serde(borrow, alias = "tool_config")]
    pub(super) tool_config: Option<ToolConfig<'a>>,
    #[serde(borrow, alias = "generation_config")]
    pub(super) generation_config: Option<GenerationConfig<'a>>,
    #[serde(alias = "cached_content")]
    pub(super) cached_content: Option<IgnoredAny>,
    #[serde(alias = "safety_settings")]
    pub(super) safety_settings: Option<IgnoredAny>,
    #[serde(alias = "service_tier")]
    pub(super) service_tier: Option<IgnoredAny>,
    #[serde(alias = "model_armor_config")]
    pub(super) model_armor_config: Option<IgnoredAny>,
    pub(super) labels: Option<IgnoredAny>,
    pub(super) store: Option<IgnoredAny>,
    /// In a request to count tokens.
    #[serde(borrow, alias = "generate_content_request")]
    pub(super) generate_content_request: Option<Box<Request<'a>>>,
}

/// A system prompt: a content, or bare text.
pub(super) struct System<'a>(pub(super) Content<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for System<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Either<'a> {
            type Value = System<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a content")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Content::deserialize(MapAccessDeserializer::new(map)).map(System)
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(System(Content::text(text.into())))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(System(Content::text(text.to_owned().into())))
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Content<'a> {
    #[serde(borrow)]
    pub(super) role: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) parts: Many<Part<'a>>,
}

impl<'a> Content<'a> {
    fn text(text: Cow<'a, str>) -> Self {
        let part = Part {
            text: Some(Text(text)),
            ..Part::default()
        };
        Self {
            role: None,
            parts: Many(vec![part]),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Part<'a> {
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    pub(super) thought: Option<bool>,
    #[serde(borrow, alias = "thought_signature")]
    pub(super) thought_signature: Option<Text<'a>>,
    #[serde(borrow, alias = "inline_data")]
    pub(super) inline_data: Option<Blob<'a>>,
    #[serde(borrow, alias = "file_data")]
    pub(super) file_data: Option<File<'a>>,
    #[serde(borrow, alias = "function_call")]
    pub(super) function_call: Option<FunctionCall<'a>>,
    #[serde(borrow, alias = "function_response")]
    pub(super) function_response: Option<FunctionResponse<'a>>,
    // What follows has no word elsewhere.
    #[serde(alias = "executable_code")]
    pub(super) executable_code: Option<IgnoredAny>,
    #[serde(alias = "code_execution_result")]
    pub(super) code_execution_result: Option<IgnoredAny>,
    #[serde(alias = "tool_call")]
    pub(super) tool_call: Option<IgnoredAny>,
    #[serde(alias = "tool_response")]
    pub(super) tool_response: Option<IgnoredAny>,
    #[serde(alias = "video_metadata")]
    pub(super) video_metadata: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Blob<'a> {
    #[serde(borrow, alias = "mime_type")]
    pub(super) mime_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) data: Option<Text<'a>>,
    #[serde(borrow, alias = "display_name")]
    pub(super) display_name: Option<Text<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct File<'a> {
    #[serde(borrow, alias = "mime_type")]
    pub(super) mime_type: Option<Text<'a>>,
    #[serde(borrow, alias = "file_uri")]
    pub(super) file_uri: Option<Text<'a>>,
    #[serde(borrow, alias = "display_name")]
    pub(super) display_name: Option<Text<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct FunctionCall<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) args: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct FunctionResponse<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) response: Option<&'a RawValue>,
    /// Media that the function gives.
    #[serde(borrow)]
    pub(super) parts: Many<ResponsePart<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ResponsePart<'a> {
    #[serde(borrow, alias = "inline_data")]
    pub(super) inline_data: Option<Blob<'a>>,
    #[serde(borrow, alias = "file_data")]
    pub(super) file_data: Option<File<'a>>,
}

/// Functions, or something that Google runs itself.
#[derive(Default)]
pub(super) struct Tool<'a> {
    pub(super) functions: Vec<Function<'a>>,
    pub(super) hosted: bool,
}

impl<'de: 'a, 'a> Deserialize<'de> for Tool<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Kinds<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Kinds<'a> {
            type Value = Tool<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a tool")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tool<'a>, A::Error> {
                let mut tool = Tool::default();
                while let Some(Text(key)) = map.next_key()? {
                    if matches!(&*key, "functionDeclarations" | "function_declarations") {
                        let Many(functions) = map.next_value()?;
                        tool.functions.extend(functions);
                    } else {
                        tool.hosted |= map.next_value::<Option<IgnoredAny>>()?.is_some();
                    }
                }
                Ok(tool)
            }
        }
        deserializer.deserialize_map(Kinds(PhantomData))
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Function<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) description: Option<Text<'a>>,
    /// In Google's own form of a schema.
    #[serde(borrow)]
    pub(super) parameters: Option<&'a RawValue>,
    #[serde(borrow, alias = "parameters_json_schema")]
    pub(super) parameters_json_schema: Option<&'a RawValue>,
    pub(super) response: Option<IgnoredAny>,
    #[serde(alias = "response_json_schema")]
    pub(super) response_json_schema: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ToolConfig<'a> {
    #[serde(borrow, alias = "function_calling_config")]
    pub(super) function_calling_config: Option<FunctionCallingConfig<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct FunctionCallingConfig<'a> {
    #[serde(borrow)]
    pub(super) mode: Option<Text<'a>>,
    #[serde(borrow, alias = "allowed_function_names")]
    pub(super) allowed_function_names: Option<Vec<Text<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct GenerationConfig<'a> {
    #[serde(deserialize_with = "number")]
    pub(super) temperature: Option<Number>,
    #[serde(alias = "top_p", deserialize_with = "number")]
    pub(super) top_p: Option<Number>,
    #[serde(alias = "top_k", deserialize_with = "whole")]
    pub(super) top_k: Option<i64>,
    #[serde(alias = "presence_penalty", deserialize_with = "number")]
    pub(super) presence_penalty: Option<Number>,
    #[serde(alias = "frequency_penalty", deserialize_with = "number")]
    pub(super) frequency_penalty: Option<Number>,
    #[serde(deserialize_with = "whole")]
    pub(super) seed: Option<i64>,
    #[serde(borrow, alias = "stop_sequences")]
    pub(super) stop_sequences: Option<Vec<Text<'a>>>,
    #[serde(alias = "max_output_tokens", deserialize_with = "whole")]
    pub(super) max_output_tokens: Option<u32>,
    #[serde(alias = "candidate_count", deserialize_with = "whole")]
    pub(super) candidate_count: Option<u32>,
    #[serde(alias = "response_logprobs")]
    pub(super) response_logprobs: Option<bool>,
    #[serde(deserialize_with = "whole")]
    pub(super) logprobs: Option<u32>,
    #[serde(borrow, alias = "response_mime_type")]
    pub(super) response_mime_type: Option<Text<'a>>,
    /// In Google's own form of a schema.
    #[serde(borrow, alias = "response_schema")]
    pub(super) response_schema: Option<&'a RawValue>,
    #[serde(borrow, alias = "response_json_schema", alias = "_responseJsonSchema")]
    pub(super) response_json_schema: Option<&'a RawValue>,
    #[serde(borrow, alias = "response_modalities")]
    pub(super) response_modalities: Option<Vec<Text<'a>>>,
    #[serde(borrow, alias = "thinking_config")]
    pub(super) thinking_config: Option<ThinkingConfig<'a>>,
    #[serde(alias = "media_resolution")]
    pub(super) media_resolution: Option<IgnoredAny>,
    #[serde(alias = "speech_config")]
    pub(super) speech_config: Option<IgnoredAny>,
    #[serde(alias = "image_config")]
    pub(super) image_config: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ThinkingConfig<'a> {
    #[serde(alias = "include_thoughts")]
    pub(super) include_thoughts: Option<bool>,
    #[serde(alias = "thinking_budget", deserialize_with = "whole")]
    pub(super) thinking_budget: Option<i64>,
    #[serde(borrow, alias = "thinking_level")]
    pub(super) thinking_level: Option<Text<'a>>,
}
