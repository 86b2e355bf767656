use http::{Method, request::Parts};
use prost::Message;

use super::{PerMessage, Priced};
use crate::{
    charge::{PerCall, Tariff, Toll},
    query::{Refusal, RefusalKind, api},
};

const SERVICE: &str = "/inference.GRPCInferenceService/";
const INFER: &str = "/inference.GRPCInferenceService/ModelInfer";

/// A [`Tariff`] for inference servers that speak KServe's Open Inference Protocol, as Triton does: a price per call of each
/// model, by gRPC and by REST.
///
/// | a call | costs |
/// |---|---|
/// | `ModelInfer`; `POST …/v2/models/{model}[/versions/{version}]/infer`, and Triton's `/generate` and `/generate_stream` | the price of a call of the model |
/// | Triton's `ModelStreamInfer` | is refused: its messages would have to be priced one by one |
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
        let path = head.uri.path();
        if api::is_grpc(&head.headers) {
            return match path.strip_prefix(SERVICE) {
                Some("ModelStreamInfer") => {
                    let why = "a stream of inferences has no price here; call `ModelInfer`";
                    Err(Refusal::new(RefusalKind::UnknownPath, why))
                }
                _ => self.infer.toll(head, body),
            };
        }
        match asked_by_rest(head) {
            Some(model) => {
                let model = api::decoded(model).unwrap_or_default();
                self.infer.prices().toll(&model, 1).map(Some)
            }
            None => Ok(None),
        }
    }

    fn reads(&self, head: &Parts) -> usize {
        self.infer.reads(head)
    }
}

/// The model that a call by REST asks.
fn asked_by_rest(head: &Parts) -> Option<&str> {
    let (_, rest) = head.uri.path().split_once("/v2/models/")?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let mut parts = rest.split('/');
    let model = parts.next()?;
    let verb = match parts.next()? {
        "versions" => parts.nth(1)?,
        verb => verb,
    };
    let asks = matches!(verb, "infer" | "generate" | "generate_stream");
    (head.method == Method::POST && asks && parts.next().is_none()).then_some(model)
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
        let costs = Ok(Some(String::from("0.0004")));
        for (method, path, expected) in [
            ("POST", "/v2/models/ocr-v3/infer", costs.clone()),
            ("POST", "/v2/models/ocr%2Dv3/infer/", costs.clone()),
            (
                "POST",
                "/triton/v2/models/ocr-v3/versions/3/infer",
                costs.clone(),
            ),
            ("POST", "/v2/models/ocr-v3/generate", costs.clone()),
            (
                "POST",
                "/v2/models/ocr-v3/versions/3/generate_stream",
                costs,
            ),
            (
                "POST",
                "/v2/models/other/infer",
                Err(RefusalKind::UnknownModel),
            ),
            ("GET", "/v2/models/ocr-v3/infer", Ok(None)),
            ("GET", "/v2/models/ocr-v3/ready", Ok(None)),
            ("GET", "/v2/health/ready", Ok(None)),
            ("POST", "/v2/models/ocr-v3/infer/more", Ok(None)),
        ] {
            let head = head(method, path, false);
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
