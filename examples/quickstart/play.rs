//! Asks the questions, sixteen at a time.

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use tower::{ServiceExt, util::BoxCloneSyncService};
use tower_genai::{
    Body,
    observe::{Ending, Outcome},
};

use super::{
    progress::Progress,
    questions::Question,
    sims::{Model, Sims},
};

const AT_ONCE: usize = 16;

type HyperClient = Client<HttpConnector, Body>;
type ClientStack =
    BoxCloneSyncService<Request<Body>, http::Response<Body>, hyper_util::client::legacy::Error>;

pub(crate) fn client() -> HyperClient {
    Client::builder(TokioExecutor::new()).build_http()
}

/// Asks all of `auto` and reads every answer to its end; each call's outcome, in the order of the questions.
pub(crate) async fn routed(
    stack: &ClientStack,
    questions: &[Question],
    progress: &mut Progress,
) -> anyhow::Result<Vec<Outcome>> {
    let call = async |question: &Question| {
        let body = question.body("auto");
        // The path tells what is asked; where it goes is decided inside.
        let request = request("http://localhost/v1/chat/completions", &body)?;
        let (parts, body) = stack.clone().oneshot(request).await?.into_parts();
        let text = body.collect().await?.to_bytes();
        ensure!(
            parts.status == StatusCode::OK,
            "a call was refused: {}",
            Said(&text)
        );
        let outcome = parts.extensions.get::<Outcome>().cloned();
        let outcome = outcome.context("an answer says nothing of how it came about")?;
        // Money is settled by the end of the body; this waits for nothing but makes it sure.
        let ending = outcome.finished().await.ending;
        ensure!(
            ending == Ending::Complete,
            "an answer ended early: {ending:?}"
        );
        Ok(outcome)
    };
    let calls = stream::iter(questions).map(call).buffered(AT_ONCE);
    calls.inspect(|_| progress.step()).try_collect().await
}

/// Asks all of one model at its own provider, with nothing between.
pub(crate) async fn straight(
    sims: &Sims,
    model: &Model,
    questions: &[Question],
    progress: &mut Progress,
) -> anyhow::Result<()> {
    let (client, url) = (
        client(),
        format!("{}/chat/completions", sims.base_url(model)?),
    );
    let call = async |question: &Question| {
        let response = client
            .request(request(&url, &question.body(model.id))?)
            .await?;
        let status = response.status();
        let text = response.into_body().collect().await?.to_bytes();
        ensure!(status == StatusCode::OK, "{}: {}", model.name, Said(&text));
        Ok(())
    };
    let calls = stream::iter(questions).map(call).buffered(AT_ONCE);
    calls.inspect(|_| progress.step()).try_collect().await
}

fn request(url: &str, body: &Value) -> Result<Request<Body>, http::Error> {
    Request::post(url)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
}

/// An error's body, as far as it is text.
struct Said<'a>(&'a Bytes);

impl std::fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(String::from_utf8_lossy(self.0).trim())
    }
}
