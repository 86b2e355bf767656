mod breaker;
mod knowledge;
mod linkerd;
mod told;

use std::{sync::Arc, time::SystemTime};

use http::{HeaderMap, HeaderValue};
use tokio::time::advance;

use super::*;
use crate::{
    catalog::{Deployment, Provider, Snapshot},
    health::Ended,
    observe::{Ending, Failure, FailureClass},
};

const KEY: &[u8] = b"a key";

/// A monitor with models to ask: `a` and `b` at the provider `p`, `c` at `q`, `d` at `r`, which has two deployments.
struct Fleet {
    monitor: Monitor,
    snapshot: Snapshot,
}

/// A call under way.
struct Call(Permit);

impl Fleet {
    fn new() -> Self {
        Self::with(Breaker::new())
    }

    fn with(breaker: Breaker) -> Self {
        let provider = |name| Provider::builder(name, "openai", "http://127.0.0.1:1/v1");
        let model = crate::catalog::Model::builder;
        let deployed = provider("r")
            .deployment(Deployment::new("east"))
            .deployment(Deployment::new("west"));
        let snapshot = Snapshot::builder()
            .provider(provider("p"))
            .provider(provider("q"))
            .provider(deployed)
            .model(model("a", "p"))
            .model(model("b", "p"))
            .model(model("c", "q"))
            .model(model("d", "r"))
            .build();
        Self {
            monitor: Monitor::new().breaker(breaker),
            snapshot: snapshot.unwrap(),
        }
    }

    fn candidate(&self, model: &str) -> Candidate {
        Candidate::new(Arc::clone(self.snapshot.model(model).unwrap()))
    }

    fn admit(&self, model: &str, key: &[u8], insist: bool) -> Result<Call, Ailment> {
        let candidate = self.candidate(model);
        let at = candidate.model().provider();
        let (key, asked) = (KeyId::of(key), Asked::default());
        let permit = self.monitor.admit(&candidate, at, key, None, asked, insist);
        permit.map(Call)
    }

    /// A call is let through.
    fn call(&self, model: &str) -> Call {
        self.admit(model, KEY, false).unwrap()
    }

    fn is_refused(&self, model: &str) -> bool {
        // A permit that is dropped says nothing.
        self.admit(model, KEY, false).is_err()
    }

    /// Calls that fail like this, one after the other.
    fn fail(&self, model: &str, class: FailureClass, times: u32) {
        for _ in 0..times {
            self.call(model).fails(class);
        }
    }

    fn ailment(&self, model: &str) -> Option<Ailment> {
        self.monitor.ailment(&self.candidate(model), None)
    }

    fn standing(&self, model: &str) -> crate::health::Standing {
        let mut all = self.monitor.report().candidates.into_iter();
        all.find(|one| *one.model == *model).unwrap()
    }
}

impl Call {
    fn ends(self, ending: Ending, failure: Option<&Failure>) {
        self.0.ended(&ended(ending, failure));
    }

    fn succeeds(self) {
        self.ends(Ending::Complete, None);
    }

    fn fails(self, class: FailureClass) {
        self.ends(Ending::Rejected, Some(&Failure::new(class, "p")));
    }

    fn fails_until(self, class: FailureClass, seconds: u64) {
        let after = Some(Duration::from_secs(seconds));
        let failure = Failure::new(class, "p").with_retry_after(after);
        self.ends(Ending::Rejected, Some(&failure));
    }

    fn cancels(self) {
        self.ends(Ending::Cancelled, None);
    }
}

fn ended<'a>(ending: Ending, failure: Option<&'a Failure>) -> Ended<'a> {
    Ended {
        ending,
        failure,
        out_of_time: false,
        first_content: None,
        total: Duration::from_millis(10),
        streamed: false,
        output_tokens: None,
        asked: None,
        served_model: None,
    }
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pairs = pairs.iter();
    let header = |(name, value): &(&'static str, &str)| {
        let name = http::HeaderName::from_static(name);
        (name, HeaderValue::from_str(value).unwrap())
    };
    pairs.map(header).collect()
}

async fn pass(seconds: u64) {
    advance(Duration::from_secs(seconds)).await;
}
