use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::Service;

use super::line::{Line, carry};
use crate::{
    catalog::{Candidate, Kind, Resolved},
    chat::json,
    money::Usd,
    query::{Api, Classified, Query},
};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Asks a model of the catalog on behalf of a judge.
pub(super) trait Asks: Send + Sync {
    fn ask<'a>(&'a self, model: &'a str, prompt: &'a str) -> Boxed<'a, Option<String>>;
}

/// Through the service that the layer is around, on the layer's budget.
pub(super) struct Asking<S, B> {
    service: Mutex<S>,
    line: Arc<Line>,
    spent: Mutex<Option<Usd>>,
    body: PhantomData<fn() -> B>,
}

impl<S, B> Asking<S, B> {
    pub(super) fn new(service: S, line: Arc<Line>) -> Self {
        Self {
            service: Mutex::new(service),
            line,
            spent: Mutex::new(Some(Usd::ZERO)),
            body: PhantomData,
        }
    }

    /// What all of it has cost; `None` where that is not known.
    pub(super) fn spent(&self) -> Option<Usd> {
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spend(&self, cost: Option<Usd>) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        *spent = spent.zip(cost).map(|(sum, cost)| sum.saturating_add(cost));
    }

    /// The request to a model, where the call's data may go there.
    fn request(&self, name: &str, prompt: &str) -> Option<Request<B>>
    where
        B: Classified,
    {
        let line = &self.line;
        let at = line.config.clock.now();
        let model = match line.snapshot.resolve(name, at) {
            Resolved::Model { model, .. } => model,
            Resolved::Alias(_) | Resolved::Gone { .. } | Resolved::Unknown { .. } => return None,
        };
        let chats = model.kind() == Kind::Chat && model.unroutable_because().is_none();
        if !chats || !line.is_open_to(model) {
            tracing::debug!(model = model.name(), "a judge's model may not be asked");
            return None;
        }
        let body = question(name, prompt);
        let query = Query::read(Api::OpenAiChat, &body).ok()?;
        let body = B::made(query, body);
        let (mut head, ()) = Request::post("/v1/chat/completions")
            .body(())
            .ok()?
            .into_parts();
        let json = http::HeaderValue::from_static("application/json");
        head.headers.insert(http::header::CONTENT_TYPE, json);
        line.request(head, body, &Candidate::new(Arc::clone(model)), 1.0)
    }
}

impl<S, B, R> Asks for Asking<S, B>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Classified + Send + 'static,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn ask<'a>(&'a self, model: &'a str, prompt: &'a str) -> Boxed<'a, Option<String>> {
        let request = self.request(model, prompt);
        let service = self.service.lock().unwrap_or_else(PoisonError::into_inner);
        let service = service.clone();
        Box::pin(async move {
            let line = &self.line;
            let context = line.context.clone();
            let answered = carry(service, request?, context, line.config.most).await?;
            self.spend(answered.cost);
            Some(answered.said?.text().to_owned())
        })
    }
}

/// One user turn in the form of OpenAI's API.
fn question(model: &str, prompt: &str) -> Bytes {
    let mut out = Vec::with_capacity(prompt.len() + 128);
    let mut object = json::Object::begin(&mut out);
    object.text("model", model);
    let mut messages = json::Array::begin(object.member("messages"));
    let mut message = json::Object::begin(messages.item());
    message.text("role", "user");
    message.text("content", prompt);
    message.end();
    messages.end();
    object.end();
    out.into()
}
