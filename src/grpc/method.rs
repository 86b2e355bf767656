use std::sync::LazyLock;

use bytes::Bytes;
use http::Uri;
use prost::Message;
use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor, ReflectMessage,
    SerializeOptions, Value,
};

use super::{Code, Status, weight::weigh};
use crate::query::api;

/// A method of Google's generative language service, and what is the same over HTTP with JSON.
#[derive(Debug)]
pub(super) struct Method {
    /// `/package.Service/Method`.
    pub(super) path: String,
    /// What stands behind the model's name in the other path.
    verb: &'static str,
    input: MessageDescriptor,
    output: MessageDescriptor,
    pub(super) streams: bool,
}

pub(super) const GENERATE: &str = "generateContent";
pub(super) const STREAM: &str = "streamGenerateContent";
const SERVICE: &str = "google.ai.generativelanguage.v1beta.GenerativeService";

static METHODS: LazyLock<Vec<Method>> = LazyLock::new(|| {
    // It is compiled in, and every method is asked for by the tests.
    let pool = DescriptorPool::decode(&include_bytes!("gemini.bin")[..]);
    let service = pool.ok().and_then(|pool| pool.get_service_by_name(SERVICE));
    let methods = service
        .iter()
        .flat_map(|service| service.methods().collect::<Vec<_>>());
    methods
        .filter_map(|method| {
            let verb = match method.name() {
                "GenerateContent" => GENERATE,
                "StreamGenerateContent" => STREAM,
                "CountTokens" => "countTokens",
                _ => return None,
            };
            Some(Method {
                path: format!("/{SERVICE}/{}", method.name()),
                verb,
                input: method.input(),
                output: method.output(),
                streams: method.is_server_streaming(),
            })
        })
        .collect()
});

impl Method {
    /// By the path of a gRPC call; `Err` of another method of the service.
    pub(super) fn of_path(path: &str) -> Option<Result<&'static Self, Status>> {
        let found = METHODS.iter().find(|method| method.path == path);
        if let Some(method) = found {
            return Some(Ok(method));
        }
        let service = path.strip_prefix('/').and_then(|path| path.split_once('/'));
        service
            .filter(|(service, _)| *service == SERVICE)
            .map(|(_, method)| {
                let why = format!("the method `{method}` is not spoken here");
                Err(Status::new(Code::Unimplemented, why))
            })
    }

    /// By the path of the same over HTTP, and the model's resource name in it, decoded.
    pub(super) fn of_http(path: &str) -> Option<(&'static Self, String)> {
        let (rest, verb) = path.rsplit_once(':')?;
        let method = METHODS.iter().find(|method| method.verb == verb)?;
        let (_, model) = rest.split_once("/v1beta/")?;
        Some((method, api::decoded(model)?))
    }

    /// A request's message as JSON, and where it goes over HTTP.
    pub(super) fn request_to_json(&self, message: Bytes) -> Result<(Uri, Vec<u8>), Status> {
        weigh(&self.input, &message)?;
        let mut message = DynamicMessage::decode(self.input.clone(), message).map_err(|error| {
            Status::new(
                Code::InvalidArgument,
                format!("the message cannot be read: {error}"),
            )
        })?;
        let model = message.get_field_by_name("model");
        let model = model.as_deref().and_then(Value::as_str).unwrap_or_default();
        let uri = uri(model, self.verb)?;
        if let Some(field) = unknown(&message) {
            let why = format!("the message has a field that is not known here: {field}");
            return Err(Status::new(Code::InvalidArgument, why));
        }
        message.clear_field_by_name("model");
        Ok((uri, json(&message)?))
    }

    /// A request's JSON as its message. What the service has no field for is refused by its name.
    pub(super) fn request_to_message(&self, model: &str, json: &[u8]) -> Result<Vec<u8>, Status> {
        let options = DeserializeOptions::new().deny_unknown_fields(true);
        let mut message = read(&self.input, json, &options)?;
        message.set_field_by_name("model", Value::String(model.to_owned()));
        Ok(message.encode_to_vec())
    }

    /// An answer's JSON as its message. What the service has no field for is left out.
    pub(super) fn answer_to_message(&self, json: &[u8]) -> Result<Vec<u8>, Status> {
        let options = DeserializeOptions::new().deny_unknown_fields(false);
        let message = read(&self.output, json, &options);
        message
            .map(|message| message.encode_to_vec())
            .map_err(|_| Status::new(Code::Internal, "the answer is none that this service has"))
    }

    /// An answer's message as JSON.
    pub(super) fn answer_to_json(&self, message: Bytes) -> Result<Vec<u8>, Status> {
        weigh(&self.output, &message)?;
        let message = DynamicMessage::decode(self.output.clone(), message);
        let message = message.map_err(|error| {
            let why = format!("the answer cannot be read: {error}");
            Status::new(Code::Internal, why)
        })?;
        json(&message)
    }
}

/// Where a call is over HTTP. A model's name does not change the path.
pub(super) fn uri(model: &str, verb: &str) -> Result<Uri, Status> {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/@".contains(&byte);
    if model.is_empty() || model.len() > 256 || !model.bytes().all(fine) || model.contains("..") {
        let why = "`model` must be a model's name, such as `models/gemini-3.1-pro`";
        return Err(Status::new(Code::InvalidArgument, why));
    }
    let folder = if model.contains('/') { "" } else { "models/" };
    let query = if verb == STREAM { "?alt=sse" } else { "" };
    let path = format!("/v1beta/{folder}{model}:{verb}{query}");
    Uri::try_from(path)
        .map_err(|_| Status::new(Code::InvalidArgument, "`model` cannot be in a path"))
}

fn read(
    descriptor: &MessageDescriptor,
    json: &[u8],
    options: &DeserializeOptions,
) -> Result<DynamicMessage, Status> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let read = DynamicMessage::deserialize_with_options(descriptor.clone(), &mut reader, options);
    let ended = |message| reader.end().map(|()| message);
    read.and_then(ended).map_err(|error| {
        // It quotes what it does not know.
        let why: String = error.to_string().chars().take(200).collect();
        Status::new(Code::InvalidArgument, why)
    })
}

/// A field that the descriptor does not have, as `Message.number`: what it says would be lost.
fn unknown(message: &DynamicMessage) -> Option<String> {
    if let Some(field) = message.unknown_fields().next() {
        let name = message.descriptor().name().to_owned();
        return Some(format!("{name}.{}", field.number()));
    }
    message.fields().find_map(|(_, value)| unknown_in(value))
}

fn unknown_in(value: &Value) -> Option<String> {
    match value {
        Value::Message(message) => unknown(message),
        Value::List(values) => values.iter().find_map(unknown_in),
        Value::Map(values) => values.values().find_map(unknown_in),
        _ => None,
    }
}

fn json(message: &DynamicMessage) -> Result<Vec<u8>, Status> {
    let mut bytes = Vec::with_capacity(2 * message.encoded_len());
    let options = SerializeOptions::new().stringify_64_bit_integers(false);
    let mut writer = serde_json::Serializer::new(&mut bytes);
    let written = message.serialize_with_options(&mut writer, &options);
    written
        .map(|()| bytes)
        .map_err(|_| Status::new(Code::Internal, "the message has no form in JSON"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_s_name_is_decoded() {
        let found = Method::of_http("/v1beta/models/acme%3Am+1:generateContent");
        assert_eq!(found.unwrap().1, "models/acme:m+1");
        assert!(Method::of_http("/v1beta/models/%zz:generateContent").is_none());
    }
}
