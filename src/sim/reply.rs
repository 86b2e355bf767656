use bytes::Bytes;
use fastrand::Rng;
use http::{HeaderValue, Response, StatusCode, header};

use super::{
    Fault, Manner, Model, Pace, UsageFault,
    answer::Answer,
    ask::{Ask, CacheFor},
    body::{AnswerBody, Broken, Live},
    call::{Call, Job},
    choice::Finish,
    command,
    error::ApiError,
    form::Form,
    marker,
    pace::Pacer,
    response::{error_body, json_response, refused, typed},
    script, signature, tokens, words,
};

/// What a call will be answered with.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) ask: Ask,
    pub(crate) answer: Answer,
    /// The model's name in the answer.
    pub(crate) model: String,
    pub(crate) tier: Option<String>,
    pub(crate) shows_reasoning: bool,
    pub(crate) call_ids: bool,
    pub(crate) signer: signature::Signer,
    pub(crate) usage_fault: Option<UsageFault>,
    seed: u64,
    faults: Vec<Fault>,
    pace: Pace,
}

/// Sets the model to work and finds out what is to go wrong.
pub(crate) fn prepare(call: &mut Call, model: &Model, ask: Ask) -> Result<Reply, ApiError> {
    let state = call.state().clone();
    let names = [state.name.as_str(), state.dialect.name(), &model.name];
    let markers = marker::commands(&ask, &names);
    let mut faults = Vec::new();
    for text in ask.command.as_deref().into_iter().chain(markers) {
        let read = command::parse(text);
        faults.extend(read.map_err(|why| ApiError::bad_request(why).param("metadata.sim"))?);
    }
    let told = state.take_fault().into_iter();
    faults.extend(told.flat_map(|fault| fault.flat(ask.stream)));
    let told = faults.iter().filter_map(|fault| match fault {
        Fault::Manner(manner) => Some(manner.clone()),
        _ => None,
    });
    let manners: Vec<Manner> = model.manners.iter().cloned().chain(told).collect();
    let mut answer = Answer::new(model, &ask, &manners);
    for fault in &faults {
        if let Fault::Finish(reason) = fault {
            let choices = answer.choices.iter_mut();
            choices.for_each(|choice| choice.finish = Finish::Word(reason.clone()));
        }
    }
    let room = call.start(Job {
        model: model.name.clone(),
        rates: model.rates,
        prompt_tokens: answer.prompt_tokens,
        cached_tokens: answer.cached_tokens,
        cache_writes: answer.cache_writes,
        hour: ask.cache == Some(CacheFor::Hour),
        completion_tokens: answer.completion_tokens(),
        reasoning_tokens: answer.reasoning_tokens(),
        streamed: ask.stream,
        free: faults.iter().any(|fault| fault.replaces(ask.stream)),
    });
    if !room {
        let after = Some("1".to_owned());
        return Err(ApiError::on_command(429, None, None, after));
    }
    let mut named = model.answers_as.as_ref().unwrap_or(&model.name).clone();
    let mut tier = ask.tier.clone().filter(|tier| tier != "auto");
    let usage_fault = faults.iter().find_map(|fault| match fault {
        Fault::Usage(usage) => Some(usage.clone()),
        _ => None,
    });
    match &usage_fault {
        Some(UsageFault::Model(other)) => named.clone_from(other),
        Some(UsageFault::Tier(other)) => tier = Some(other.clone()),
        _ => {}
    }
    Ok(Reply {
        shows_reasoning: model.shows_reasoning,
        call_ids: model.call_ids,
        signer: signature::Signer::new(&state.name, model.signs_as()),
        pace: model.pace.as_ref().unwrap_or(&state.pace).clone(),
        seed: words::hash([state.name.as_str(), &named, &call.id().to_string()]),
        usage_fault,
        model: named,
        tier,
        ask,
        answer,
        faults,
    })
}

/// The tokens of the prompt, if they fit into the model's context.
pub(crate) fn prompt_fits(model: &Model, ask: &Ask) -> Result<u64, (u64, u64)> {
    let prompt = model.prompt_tokens.unwrap_or_else(|| tokens::prompt(ask));
    match model.context.filter(|context| prompt > *context) {
        Some(context) => Err((prompt, context)),
        None => Ok(prompt),
    }
}

impl Reply {
    /// Randomness for what names this answer, the same for the same call.
    pub(crate) fn rng(&self) -> Rng {
        Rng::with_seed(self.seed)
    }

    /// Sends the head when its time has come. Dropped before that, the client has left.
    pub(crate) async fn send(
        self,
        mut call: Call,
        form: impl Form,
    ) -> Result<Response<AnswerBody>, Broken> {
        for fault in &self.faults {
            match fault {
                Fault::Delay(time) => tokio::time::sleep(*time).await,
                Fault::Hold(gate) => gate.pass().await,
                _ => {}
            }
        }
        let mut faults = self.faults.iter();
        let replaced = faults.find(|fault| fault.replaces(self.ask.stream));
        let mut response = if let Some(fault) = replaced {
            self.instead(call, fault, &form)?
        } else if self.ask.stream {
            self.streamed(call, &form)
        } else {
            let mut pacer = Pacer::new(self.pace.clone());
            let tokens = self.answer.completion_tokens().max(1);
            for written in 1..=tokens {
                pacer.silent(written == tokens).await;
                call.wrote(1);
            }
            self.whole(call, &form)
        };
        for fault in &self.faults {
            let (name, value) = match fault {
                Fault::Header(name, value) => (name.clone(), value.clone()),
                Fault::WrongContentType => {
                    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
                    (header::CONTENT_TYPE, plain)
                }
                _ => continue,
            };
            response.headers_mut().insert(name, value);
        }
        Ok(response)
    }

    fn streamed(&self, call: Call, form: &dyn Form) -> Response<AnswerBody> {
        let mut faults = self.faults.iter();
        let ends = !faults.any(|fault| matches!(fault, Fault::NoDone));
        let mut steps = form.events(self, ends);
        for fault in &self.faults {
            script::spoil_stream(&mut steps, fault, form, self);
        }
        let live = Live::new(call, Pacer::new(self.pace.clone()), steps);
        typed(AnswerBody::live(live), form.stream_type())
    }

    fn whole(&self, call: Call, form: &dyn Form) -> Response<AnswerBody> {
        let body = form.whole(self);
        let mut faults = self.faults.iter();
        match faults.find_map(|fault| script::spoil_body(&body, fault)) {
            Some(steps) => {
                // The answer was written before; only the handing over goes wrong.
                let live = Live::new(call, Pacer::new(Pace::Immediate), steps);
                typed(AnswerBody::live(live), "application/json")
            }
            None => {
                call.finish();
                json_response(body)
            }
        }
    }

    /// The answer of something that is not the model.
    fn instead(
        &self,
        call: Call,
        fault: &Fault,
        form: &dyn Form,
    ) -> Result<Response<AnswerBody>, Broken> {
        let plain = |call: Call, status: StatusCode, body: Bytes| {
            call.refuse(status.as_u16());
            let mut response = typed(AnswerBody::full(body), "text/html; charset=utf-8");
            *response.status_mut() = status;
            response
        };
        Ok(match fault {
            Fault::Status {
                status,
                code,
                message,
                retry_after,
            } => {
                let (code, message) = (code.clone(), message.clone());
                let mut error = ApiError::on_command(*status, code, message, retry_after.clone());
                error.listed = form.lists_errors();
                refused(call, &error)
            }
            Fault::Html => {
                let page = "<!DOCTYPE html>\n<html><body><h1>It works!</h1></body></html>\n";
                plain(call, StatusCode::OK, Bytes::from_static(page.as_bytes()))
            }
            Fault::Redirect(to) => {
                let mut response = plain(call, StatusCode::TEMPORARY_REDIRECT, Bytes::new());
                if let Ok(to) = HeaderValue::from_str(to) {
                    response.headers_mut().insert(header::LOCATION, to);
                }
                response
            }
            Fault::ErrorEventAfter(_) => {
                let body = error_body(&call, &script::error_in_band(call.state().dialect));
                call.refuse(200);
                json_response(body)
            }
            Fault::Raw {
                status,
                content_type,
                body,
            } => {
                let mut response = plain(call, *status, body.clone());
                let content_type = content_type.clone();
                response
                    .headers_mut()
                    .insert(header::CONTENT_TYPE, content_type);
                response
            }
            Fault::Empty => {
                call.refuse(200);
                json_response(Bytes::new())
            }
            Fault::Refused => {
                call.refuse(0);
                return Err(Broken::refused());
            }
            _ => {
                // Status 0: nothing was sent.
                call.refuse(0);
                return Err(Broken::default());
            }
        })
    }
}
