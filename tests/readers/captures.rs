//! The requests that the vendors' own clients were seen to send, where those are at hand.

use std::{fs, path::Path};

use serde_json::Value;
use tower_genai::query::{Api, Query};

/// The API that a path is of, and the model in it.
fn api_of(path: &str, query: &str) -> Option<(Api, Option<String>)> {
    let api = match path {
        "/v1/messages" => Api::AnthropicMessages,
        "/v1/messages/count_tokens" => Api::AnthropicCountTokens,
        "/v1/chat/completions" => Api::OpenAiChat,
        _ => {
            let (_, named) = path.split_once("/models/")?;
            let (model, asked) = named.rsplit_once(':')?;
            let api = match asked {
                "generateContent" => Api::GeminiGenerate,
                "streamGenerateContent" if query.contains("alt=sse") => Api::GeminiStream,
                "streamGenerateContent" => Api::GeminiStreamArray,
                "countTokens" => Api::GeminiCountTokens,
                _ => return None,
            };
            return Some((api, Some(model.to_owned())));
        }
    };
    Some((api, None))
}

#[test]
fn captured_requests_of_official_clients_are_read_and_bounded() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/captures"));
    let mut read = 0;
    for folder in [folder.to_owned(), folder.join("previous-majors")] {
        let Ok(files) = fs::read_dir(&folder) else {
            eprintln!("skipped: there are no captures here");
            return;
        };
        for file in files.filter_map(Result::ok) {
            let Ok(json) = fs::read(file.path()) else {
                continue;
            };
            let Ok(Value::Array(requests)) = serde_json::from_slice(&json) else {
                continue;
            };
            for request in requests {
                let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
                let Some((api, model)) = api_of(&text("path"), &text("query")) else {
                    continue;
                };
                let body = request["body"].to_string();
                let query = Query::read_for(api, model.as_deref(), body.as_bytes());
                if body.contains(r#""messages":[]"#) {
                    assert_eq!(query.unwrap_err().param(), Some("messages"), "{body}");
                    continue;
                }
                let query = query.unwrap_or_else(|refusal| panic!("{refusal:?}: {body}"));
                let draws = body.contains(r#"["IMAGE"]"#);
                assert_eq!(query.unbounded().is_some(), draws, "{body}");
                assert!(!query.model().is_empty() && query.prompt().turns() > 0);
                read += 1;
            }
        }
    }
    assert!(read > 100, "{read}");
}
