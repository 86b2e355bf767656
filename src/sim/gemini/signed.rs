//! Signatures of thoughts on parts.

use serde_json::Value;

use super::parts::name;
use crate::sim::{error::ApiError, signature::Signer};

/// What Google lets callers send in place of a signature that they do not have.
const DUMMIES: [&str; 2] = [
    "skip_thought_signature_validator",
    "context_engineering_is_the_way_to_go",
];

/// The signature of a call of a function.
pub(crate) fn of_call(signer: &Signer, name: &str, args: &Value) -> String {
    signer.sign("call", &[name, &args.to_string()])
}

/// The signature of an answer in text. It holds for any text: callers may join and split those.
pub(crate) fn of_text(signer: &Signer) -> String {
    signer.sign("text", &[])
}

/// Checks the signatures of a content's parts. Where they are required, the first call has one.
pub(crate) fn check(
    i: usize,
    parts: &[Value],
    signer: &Signer,
    required: bool,
) -> Result<(), ApiError> {
    let mut first_call = true;
    for part in parts {
        let call = part.get("functionCall");
        let signature = part.get("thoughtSignature").and_then(Value::as_str);
        let signature = signature.filter(|signature| !signature.is_empty());
        match (signature, call) {
            (Some(signature), _) if DUMMIES.contains(&signature) => {}
            (Some(signature), Some(call)) => {
                let args = call.get("args").cloned();
                let args = args.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
                valid(signature, &of_call(signer, name(call), &args))?;
            }
            (Some(signature), None) => valid(signature, &of_text(signer))?,
            (None, Some(call)) if required && first_call => {
                return Err(ApiError::bad_request(format!(
                    "Function call is missing a thought_signature in functionCall parts. This is \
                     required for tools to work correctly, and missing thought_signature may lead \
                     to degraded model performance. Additional data, function call \
                     `default_api:{}` , position {}.",
                    name(call),
                    i + 1
                )));
            }
            (None, _) => {}
        }
        first_call &= call.is_none();
    }
    Ok(())
}

fn valid(given: &str, own: &str) -> Result<(), ApiError> {
    // Bytes may come back in the other alphabet, as Google's Python package sends them.
    if given.replace('-', "+").replace('_', "/") == own {
        return Ok(());
    }
    Err(ApiError::bad_request("Thought signature is not valid."))
}
