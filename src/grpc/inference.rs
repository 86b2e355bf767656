use http::{Method, request::Parts};
use prost::Message;

use super::{PerMessage, Priced};
use crate::{
    charge::{PerCall, Tariff, Toll},
    query::{Refusal, RefusalKind, api},
};

const INFER: &str = "/inference.GRPCInferenceService/ModelInfer";
const STREAM: &str = "/inference.GRPCInferenceService/ModelStreamInfer";

/// A [`Tariff`] for inference servers that speak KServe's Open Inference Protocol, as Triton does: a price per call of each
/// model, by gRPC and by REST.
///
/// | a call | costs |
/// |---|---|
/// | `ModelInfer`; `POST …/v2/models/{model}[/versions/{version}]/infer`, and Triton's `/generate` and `/generate_stream` | the price of a call of the model |
/// | Triton's `ModelStreamInfer` | is refused: its messages would have to be priced one by one |
/// | a path that servers may read in more than one way (`//`, `..`, `%2F`); a `POST` below `…/v2/models` that is none of these | is refused |
/// | anything else: health, metadata, statistics | nothing |
#[derive(Clone, Debug)]
pub struct Inference {
    infer: PerMessage<ModelInferRequest>,
}

/// The one field of the protocol's message that is read.
#[derive(Clone, PartialEq, Message)]
struct ModelInferRequest {
    #[prost(string, tag = "1")]
    model_name: String,
}

impl Priced for ModelInferRequest {
    fn model(&self) -> &str {
        &self.model_name
    }
}

impl Inference {
    /// By these prices.
    pub fn new(prices: PerCall) -> Self {
        Self {
            infer: PerMessage::new(INFER, prices),
        }
    }

    /// Sets how many bytes a message of gRPC may have. Default: 64 MiB.
    #[must_use]
    pub fn most(mut self, bytes: usize) -> Self {
        self.infer = self.infer.most(bytes);
        self
    }
}

impl Tariff for Inference {
    fn toll(&self, head: &Parts, body: &[u8]) -> Result<Option<Toll>, Refusal> {
        match head.uri.path() {
            INFER => return self.infer.toll(head, body),
            STREAM => {
                let why = "a stream of inferences has no price here; call `ModelInfer`";
                return Err(Refusal::new(RefusalKind::UnknownPath, why));
            }
            _ => {}
        }
        match asked_by_rest(head)? {
            Some(model) => self.infer.prices().toll(&model, 1).map(Some),
            None => Ok(None),
        }
    }

    fn reads(&self, head: &Parts) -> usize {
        self.infer.reads(head)
    }
}

/// The model that a call by REST asks. Some servers decode a path before they look at it, and what stands in front of them may
/// make it another: what could be a call of a model is one, or it is refused.
fn asked_by_rest(head: &Parts) -> Result<Option<String>, Refusal> {
    let odd = || {
        let why = "this path is no plain one, and may be that of a call that costs";
        Refusal::new(RefusalKind::Malformed, why)
    };
    if matches!(head.method, Method::GET | Method::HEAD) {
        return Ok(None);
    }
    let path = head.uri.path();
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut segments = Vec::new();
    for segment in path.split('/').skip(1) {
        let decoded = api::decoded(segment).ok_or_else(odd)?;
        let plain = !matches!(&*decoded, "" | "." | "..") && !decoded.contains(['/', '\\', '%']);
        if !plain {
            return Err(odd());
        }
        segments.push(decoded);
    }
    // Below a prefix, of which nobody knows what it is, the last one counts.
    let models = segments.windows(2).rposition(|two| two == ["v2", "models"]);
    let Some(at) = models else {
        return Ok(None);
    };
    let mut rest = segments.into_iter().skip(at + 2);
    let (model, mut verb) = (rest.next(), rest.next());
    if verb.as_deref() == Some("versions") {
        verb = rest.nth(1);
    }
    match (model, verb.as_deref(), rest.next()) {
        (Some(model), Some("infer" | "generate" | "generate_stream"), None) => Ok(Some(model)),
        (Some(_), Some("ready" | "config" | "stats"), None)
        | (Some(_), Some("trace"), Some(_))
        | (None, ..) => Ok(None),
        _ => Err(Refusal::new(
            RefusalKind::UnknownPath,
            "this is no call of a model that has a price here",
        )),
    }
}

#[cfg(all(test, feature = "toml"))]
mod tests {
    use http::Request;

    use super::*;
    use crate::{catalog::Catalog, grpc::frames::framed};

    fn tariff() -> Inference {
        let catalog = r#"
            [[provider]]
            name = "triton"
            dialect = "kserve"
            base_url = "https://triton.example"

            [[model]]
            name = "ocr"
            provider = "triton"
            id = "ocr-v3"
            for = "inference"
            price = { request = "0.0004" }
        "#;
        let catalog = Catalog::from_toml(catalog).unwrap();
        Inference::new(PerCall::new(&catalog, "triton"))
    }

    fn head(method: &str, path: &str, grpc: bool) -> Parts {
        let mut request = Request::builder().method(method).uri(path);
        if grpc {
            request = request.header("content-type", "application/grpc");
        }
        request.body(()).unwrap().into_parts().0
    }

    fn price(head: &Parts, body: &[u8]) -> Result<Option<String>, RefusalKind> {
        let toll = tariff().toll(head, body);
        toll.map(|toll| toll.map(|toll| toll.price().to_string()))
            .map_err(|refusal| refusal.kind())
    }

    #[test]
    fn a_call_of_a_model_is_told_by_its_path() {
        for path in [
            "/v2/models/ocr-v3/infer",
            "/v2/models/ocr%2Dv3/infer/",
            "/triton/v2/models/ocr-v3/versions/3/infer",
            "/v2/models/ocr-v3/generate",
            "/v2/models/ocr-v3/versions/3/generate_stream",
            "/v2/models/ocr-v3/%69nfer",
            "/%762/models/ocr-v3/infer",
            "/v2/models/a/v2/models/ocr-v3/infer",
        ] {
            told("POST", path, Ok(Some("0.0004")));
            told("PUT", path, Ok(Some("0.0004")));
            told("GET", path, Ok(None));
        }
        let other = Err(RefusalKind::UnknownModel);
        told("POST", "/v2/models/other/infer", other);
        for path in [
            "/v2%2Fmodels%2Focr-v3/infer",
            "/v2/models//ocr-v3/infer",
            "//v2/models/ocr-v3/infer",
            "/v2/models/x/../ocr-v3/infer",
            "/v2/models/ocr-v3/%2e%2e/infer",
            "/v2/models/ocr-v3/%2569nfer",
            "/v2/models/ocr-v3/%zz",
        ] {
            told("POST", path, Err(RefusalKind::Malformed));
        }
        for path in [
            "/embed",
            "",
            "/infer/more",
            "/versions/3",
            "/versions/3/4/infer",
        ] {
            let path = format!("/v2/models/ocr-v3{path}");
            told("POST", &path, Err(RefusalKind::UnknownPath));
        }
        for path in [
            "/v2/models/ocr-v3/ready",
            "/v2/models/ocr-v3/trace/setting",
            "/v2/repository/models/ocr-v3/load",
            "/v2/health/ready",
        ] {
            told("POST", path, Ok(None));
        }
    }

    #[track_caller]
    fn told(method: &str, path: &str, expected: Result<Option<&str>, RefusalKind>) {
        let expected = expected.map(|price| price.map(str::to_owned));
        // Whatever it says of its body.
        for grpc in [false, true] {
            let head = head(method, path, grpc);
            assert_eq!(tariff().reads(&head), 0, "{path}");
            assert_eq!(price(&head, b""), expected, "{path}");
        }
    }

    #[test]
    fn a_call_of_a_model_is_told_by_its_message() {
        let infer = head("POST", INFER, true);
        // Fields that are not read here: an id, tensors.
        let message = |model: &str| {
            let mut bytes = vec![10, model.len() as u8];
            bytes.extend_from_slice(model.as_bytes());
            bytes.extend_from_slice(&[26, 2, b'i', b'd', 58, 3, 1, 2, 3]);
            framed(&bytes)
        };
        assert_eq!(price(&infer, &message("ocr-v3")), Ok(Some("0.0004".into())));
        let other = price(&infer, &message("other"));
        assert_eq!(other, Err(RefusalKind::UnknownModel));
        let twice = [message("ocr-v3"), message("ocr-v3")].concat();
        for wrong in [
            &twice[..],
            &message("ocr-v3")[..9],
            b"",
            b"\0\0\0\0\x02\xff\xff",
        ] {
            assert_eq!(
                price(&infer, wrong),
                Err(RefusalKind::Malformed),
                "{wrong:?}"
            );
        }
        let mut packed = message("ocr-v3").to_vec();
        packed[0] = 1;
        assert!(price(&infer, &packed).is_err());

        for kind in [None, Some("application/json"), Some("application/grpc-web")] {
            let mut infer = infer.clone();
            infer.headers.clear();
            infer.headers.extend(kind.map(|kind| {
                let kind = http::HeaderValue::from_static(kind);
                (http::header::CONTENT_TYPE, kind)
            }));
            let refused = price(&infer, &message("ocr-v3"));
            assert_eq!(refused, Err(RefusalKind::Malformed), "{kind:?}");
        }
        let mut twice = infer.clone();
        let grpc = http::HeaderValue::from_static("application/grpc");
        twice.headers.append("content-type", grpc);
        assert!(price(&twice, &message("ocr-v3")).is_err());

        let stream = head(
            "POST",
            "/inference.GRPCInferenceService/ModelStreamInfer",
            true,
        );
        assert_eq!(price(&stream, b""), Err(RefusalKind::UnknownPath));
        let ready = head("POST", "/inference.GRPCInferenceService/ServerReady", true);
        assert_eq!(tariff().reads(&ready), 0);
        assert_eq!(price(&ready, b""), Ok(None));
    }
}
