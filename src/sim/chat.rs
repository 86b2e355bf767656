use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use fastrand::Rng;
use http::{HeaderValue, Response, StatusCode, header};

use super::{
    Fault, Model, Pace, UsageFault,
    answer::Answer,
    ask::Ask,
    body::{AnswerBody, Broken, Live},
    call::{Call, Job},
    check, command,
    error::{ApiError, json as to_json},
    pace::Pacer,
    route::{json_response, refused, typed},
    script::{self, Step},
    stream::{self, Frame},
    tokens,
    wire::{self, Completion, UsageField},
    words,
};

/// What a chat call will be answered with.
#[derive(Debug)]
pub(crate) struct Reply {
    ask: Ask,
    answer: Answer,
    faults: Vec<Fault>,
    pace: Pace,
    id: String,
    model: String,
    tier: String,
    fingerprint: String,
}

/// Reads the request, sets the model to work and finds out what is to go wrong.
pub(crate) fn answer(call: &mut Call, body: &[u8]) -> Result<Reply, ApiError> {
    let state = call.state().clone();
    let ask = Ask::read(body)?;
    let model = state.model(&ask.model);
    let model = model.ok_or_else(|| ApiError::unknown_model(&ask.model))?;
    let commands = ask.command.as_deref().map(command::parse).transpose();
    let commands = commands.map_err(|why| ApiError::bad_request(why).param("metadata.sim"))?;
    fits(model, &ask)?;
    let mut answer = Answer::new(model, &ask);
    let faults: Vec<Fault> = commands
        .into_iter()
        .flatten()
        .chain(state.take_fault().into_iter().flat_map(Fault::flat))
        .collect();
    for fault in &faults {
        if let Fault::Finish(reason) = fault {
            let choices = answer.choices.iter_mut();
            choices.for_each(|choice| choice.finish.clone_from(reason));
        }
    }
    let room = call.start(Job {
        model: model.name.clone(),
        rates: model.rates,
        prompt_tokens: answer.prompt_tokens,
        cached_tokens: answer.cached_tokens,
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
    let mut tier = match ask.tier.as_deref() {
        None | Some("auto") => "default".to_owned(),
        Some(tier) => tier.to_owned(),
    };
    match usage_fault(&faults) {
        Some(UsageFault::Model(other)) => named.clone_from(other),
        Some(UsageFault::Tier(other)) => tier.clone_from(other),
        _ => {}
    }
    let seed = words::hash([state.name.as_str(), &named, &call.id().to_string()]);
    let seeded = words::hash([named.as_str()]);
    Ok(Reply {
        pace: model.pace.as_ref().unwrap_or(&state.pace).clone(),
        id: format!(
            "chatcmpl-{}",
            words::alphanumeric(&mut Rng::with_seed(seed), 29)
        ),
        fingerprint: format!("fp_{}", words::hex(&mut Rng::with_seed(seeded), 10)),
        model: named,
        tier,
        ask,
        answer,
        faults,
    })
}

fn fits(model: &Model, ask: &Ask) -> Result<(), ApiError> {
    let (asked, most) = (
        ask.max_tokens.unwrap_or(0),
        model.max_output.unwrap_or(u64::MAX),
    );
    if asked > most {
        let why = format!("this model writes at most {most} tokens");
        return Err(check::invalid("max_tokens", &why));
    }
    let prompt = model.prompt_tokens.unwrap_or_else(|| tokens::prompt(ask));
    if let Some(context) = model.context.filter(|context| prompt > *context) {
        let message = format!(
            "This model's maximum context length is {context} tokens. \
             However, your messages resulted in {prompt} tokens."
        );
        let error = ApiError::bad_request(message).param("messages");
        return Err(error.code("context_length_exceeded"));
    }
    Ok(())
}

fn usage_fault(faults: &[Fault]) -> Option<&UsageFault> {
    faults.iter().find_map(|fault| match fault {
        Fault::Usage(usage) => Some(usage),
        _ => None,
    })
}

impl Reply {
    /// Sends the head when its time has come. Dropped before that, the client has left.
    pub(crate) async fn send(self, mut call: Call) -> Result<Response<AnswerBody>, Broken> {
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
            instead(call, fault)?
        } else if self.ask.stream {
            self.streamed(call)
        } else {
            let mut pacer = Pacer::new(self.pace.clone());
            let tokens = self.answer.completion_tokens().max(1);
            for written in 1..=tokens {
                pacer.silent(written == tokens).await;
                call.wrote(1);
            }
            self.whole(call)
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

    fn streamed(&self, call: Call) -> Response<AnswerBody> {
        let mut steps = stream::events(
            &Frame {
                id: &self.id,
                created: now(),
                model: &self.model,
                tier: &self.tier,
                fingerprint: &self.fingerprint,
                include_usage: self.ask.include_usage,
                logprobs: self.ask.logprobs,
                usage_fault: usage_fault(&self.faults),
            },
            &self.answer,
        );
        if !self
            .faults
            .iter()
            .any(|fault| matches!(fault, Fault::NoDone))
        {
            let data = stream::event(b"[DONE]");
            steps.push(Step::Event { data, tokens: 0 });
        }
        for fault in &self.faults {
            script::spoil_stream(&mut steps, fault);
        }
        let live = Live::new(call, Pacer::new(self.pace.clone()), steps);
        typed(AnswerBody::live(live), "text/event-stream; charset=utf-8")
    }

    fn whole(&self, call: Call) -> Response<AnswerBody> {
        let choices = self.answer.choices.iter().enumerate();
        let body = to_json(&Completion {
            id: &self.id,
            object: "chat.completion",
            created: now(),
            model: &self.model,
            choices: choices
                .map(|(i, c)| wire::choice(i, c, self.ask.logprobs))
                .collect(),
            usage: UsageField::of(&self.answer, usage_fault(&self.faults)),
            service_tier: &self.tier,
            system_fingerprint: &self.fingerprint,
        });
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
}

/// The answer of something that is not the model.
fn instead(call: Call, fault: &Fault) -> Result<Response<AnswerBody>, Broken> {
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
            refused(
                call,
                &ApiError::on_command(*status, code, message, retry_after.clone()),
            )
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
            call.refuse(200);
            json_response(script::error_in_band().json())
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
        _ => {
            // Status 0: nothing was sent.
            call.refuse(0);
            return Err(Broken);
        }
    })
}

fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |since| since.as_secs())
}
