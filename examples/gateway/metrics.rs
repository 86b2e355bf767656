use std::{convert::Infallible, time::Duration};

use http::{Response, StatusCode};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tower::{service_fn, util::BoxCloneSyncService};
use tower_genai::Body;

use crate::server::Served;

/// What OpenTelemetry advises for durations of generative models, in seconds.
const DURATIONS: [f64; 14] = [
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
/// And for tokens.
const TOKENS: [f64; 14] = [
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];
/// The gateway's own part takes microseconds, unless it waits for something.
const OVERHEAD: [f64; 10] = [
    25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 10e-3, 100e-3, 1.0,
];
const SCORES: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];

/// Keeps what is measured, for Prometheus to fetch.
pub(crate) fn install() -> Result<PrometheusHandle, BuildError> {
    let full = |name: &str| Matcher::Full(name.to_owned());
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(
            Matcher::Prefix("gen_ai.client.operation".to_owned()),
            &DURATIONS,
        )?
        .set_buckets_for_metric(full("gen_ai.client.token.usage"), &TOKENS)?
        .set_buckets_for_metric(full("tower_genai.overhead"), &OVERHEAD)?
        .set_buckets_for_metric(full("tower_genai.scores"), &SCORES)?
        .install_recorder()?;
    let upkeep = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}

/// What operators get: metrics, and nothing else.
pub(crate) fn served(metrics: PrometheusHandle) -> Served {
    let nothing = service_fn(|_| async {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_FOUND;
        Ok::<_, Infallible>(response)
    });
    let mut served = Served::to_callers(BoxCloneSyncService::new(nothing));
    served.metrics = Some(metrics);
    served
}
