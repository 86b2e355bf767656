use std::{
    borrow::Cow,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use http::{Request, Response};

use super::{
    Attempt, Dialect, Encoded, Outgoing,
    bill::Bill,
    count,
    draft::{Authority, Draft, Sending},
    form::Form,
    headers,
    idle::Idle,
    kept::{self, Bound, Keeping},
    meter::Meter,
    resume::{self, Rest, Said},
    translation::Translation,
};
use crate::{
    Body,
    budget::Hold,
    catalog::ToolIds,
    chat::{self, Opening},
    observe::{Outcome, semconv},
    query::{Feature, Op, Refusal, RefusalKind, Vendor},
    select::Planned,
};

/// A request in the provider's format, and how its answer gets back into the caller's.
pub(super) struct Spoken {
    encoded: Encoded,
    form: Form,
    /// Who is asked, at what it costs with all that is sent.
    pub(super) planned: Planned,
}

/// How the rest of an answer follows what was said of it.
struct Resuming {
    rest: Rest,
    /// Bytes that the request has got longer.
    bytes: u64,
}

/// What comes of writing a request.
pub(super) enum Written {
    /// It is written.
    Ready,
    /// It needs no sending.
    Answered(Response<Body>),
}

impl Draft {
    /// Writes the request in the format of the chosen candidate, before any money is held: what is sent is what is held
    /// for.
    pub(super) fn speak(&mut self) -> Result<Written, Refusal> {
        let provider = Arc::clone(self.planned().candidate.model().provider());
        let dialect = self.config.dialect(&provider)?;
        match self.spoken_in(&*dialect) {
            Ok(spoken) => {
                self.spoken = Some(spoken);
                Ok(Written::Ready)
            }
            // A format without a way to count leaves it to the estimate.
            Err(refusal)
                if self.api.op() == Op::CountTokens
                    && refusal.kind() == RefusalKind::Unsupported =>
            {
                Ok(Written::Answered(count::estimate(&self.query)))
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Puts the request together with its head.
    pub(super) fn write(
        mut self,
        authority: Authority,
        mut hold: Hold,
    ) -> Result<Sending, Refusal> {
        if self.planned().quote.bound.bound().is_none() {
            hold.unbounded();
        }
        if self.spoken.is_none() {
            self.speak()?;
        }
        let misconfigured = |what: String| Refusal::new(RefusalKind::Misconfigured, what);
        let Some(spoken) = self.spoken.take() else {
            return Err(misconfigured("nothing is there to be sent".to_owned()));
        };
        let Spoken {
            encoded,
            form,
            planned,
        } = spoken;
        let provider = Arc::clone(self.provider_of(&planned.candidate));
        let dialect = self.config.dialect(&provider)?;
        let Encoded {
            path,
            body,
            headers,
            mut dropped,
        } = encoded;
        dropped.extend(form.left_out().map(Cow::Borrowed));
        let uri = provider.join(&path).map_err(|error| {
            misconfigured(format!(
                "provider `{}` has no valid address: {error}",
                provider.name()
            ))
        })?;
        let stream = self.query.stream();
        let native = form.is_native().then_some(self.api.vendor());
        let mut headers = headers::to_provider(
            &self.head.headers,
            provider.headers(),
            headers,
            stream,
            native,
        );
        let ours = matches!(authority, Authority::Ours(_));
        let secret = match authority {
            Authority::Callers(own) => {
                headers::with_its_own_key(&self.head.headers, own, &mut headers);
                None
            }
            Authority::Ours(None) => None,
            Authority::Ours(Some(secret)) => {
                let put = match provider.key_header() {
                    Some(name) => secret.header("").map(|key| {
                        headers.insert(name, key);
                    }),
                    None => dialect.authorize(&secret, &mut headers),
                };
                put.map_err(|_| {
                    misconfigured(format!(
                        "the key for provider `{}` has characters that no header may have",
                        provider.name()
                    ))
                })?;
                Some(secret)
            }
        };
        let mut request = Request::new(body);
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        let turn = self.turn.clone();
        let first = || Attempt::new(planned.candidate.clone(), self.chosen, 1);
        let attempt = turn.unwrap_or_else(first);
        let at = self.at.take();
        let attempt = attempt.at(at.as_ref().map(|at| Arc::clone(&at.provider)));
        let attempt = attempt.decided(self.plan.decision().cloned());
        let seat = at.and_then(|at| at.seat);
        attempt.count();
        request.extensions_mut().insert(attempt.clone());
        request.extensions_mut().insert(self.context.clone());

        let at = self.config.clock.now();
        let (api, config) = (self.api, Arc::clone(&self.config));
        let drain = config.drain.clone();
        let idle = Idle::new(config.idle_timeout, attempt.until());
        let baton = attempt.baton().cloned();
        let here = self.here.filter(|_| attempt.number() == 1);
        let permit = self.permit.take();
        let spending = self.head.extensions.get().cloned();
        let mut meter = self.meter(&*dialect, planned, hold, attempt, dropped, at);
        meter.permitted(permit, seat);
        meter.spends(spending);
        meter.since(here);
        Ok(Sending {
            request,
            meter,
            api,
            stream,
            form,
            secret,
            drain,
            idle,
            baton,
            ours,
            config,
        })
    }

    /// The request in the provider's format: the caller's bytes where that is the caller's too, and else translated.
    fn spoken_in(&self, dialect: &dyn Dialect) -> Result<Spoken, Refusal> {
        let planned = self.planned();
        let outgoing = Outgoing::new(&self.query, &self.bytes, &planned.candidate)
            .max_output(planned.quote.write_max_output);
        let own = dialect.is_native(self.api);
        if own && !self.must_be_rewritten(dialect) && !self.may_be_resumed(dialect) {
            let encoded = dialect.request(&outgoing)?;
            return Ok(Spoken {
                encoded,
                form: Form::native(self.api),
                planned: planned.clone(),
            });
        }
        let mut asked = chat::Request::read(self.api, &self.bytes)?;
        let bound = Bound::to(planned.candidate.model());
        let tenant = self.context.tenant();
        let restored = kept::restore(&mut asked, &self.config.kept, &bound, tenant, own);
        let opening = self.opening(&asked, own);
        let resuming = self.go_on(&mut asked)?;
        let encoded = dialect.request(&outgoing.translated(&asked))?;
        let keeping = Keeping::new(
            self.config.kept.clone(),
            bound,
            tenant.cloned(),
            &opening.id,
        );
        let writer = chat::writer(opening);
        let writer = writer.unwrap_or_else(|| Box::new(count::Counted::new(self.api)));
        let translation = Translation::new(writer, keeping);
        let more = resuming.as_ref().map_or(0, |resuming| resuming.bytes);
        let translation = match resuming {
            Some(resuming) => translation.resuming(resuming.rest),
            None if self.leaves_a_baton() && resume::suits(&asked) => {
                translation.may_be_resumed(Said::of(&asked))
            }
            None => translation,
        };
        let form = Form::translated(translation, restored.left_out);
        let mut planned = planned.clone();
        let more = restored.bytes.saturating_add(more);
        if more > 0 && self.api.op() == Op::Generate {
            // No tokenizer makes more tokens of it.
            let at = self.config.clock.now();
            let quote = planned.quote;
            planned.quote = quote.with_more_input(&planned.candidate, more, at);
            self.still_affordable(&planned)?;
        }
        Ok(Spoken {
            encoded,
            form,
            planned,
        })
    }

    /// Whether an answer may have to be gone on with elsewhere.
    fn leaves_a_baton(&self) -> bool {
        let turn = self.turn.as_ref();
        turn.is_some_and(|turn| turn.baton().is_some() && turn.resumes().is_none())
    }

    /// Whether bytes in the provider's own format are translated all the same, since what was said has to be known where
    /// another may have to go on with it. Where that would cost the caller something, they pass.
    fn may_be_resumed(&self, dialect: &dyn Dialect) -> bool {
        if self
            .turn
            .as_ref()
            .is_some_and(|turn| turn.resumes().is_some())
        {
            return true;
        }
        let features = self.query.features();
        if !self.leaves_a_baton()
            || !self.query.stream()
            || !features.missing_from(dialect.expresses()).is_empty()
        {
            return false;
        }
        chat::Request::read(self.api, &self.bytes).is_ok_and(|asked| {
            resume::suits(&asked) && asked.extras.is_empty() && asked.reasoning.is_none()
        })
    }

    /// Asks for the rest of an answer, where that is what this attempt is for.
    fn go_on(&self, asked: &mut chat::Request<'_>) -> Result<Option<Resuming>, Refusal> {
        let Some(baton) = self.turn.as_ref().and_then(Attempt::resumes) else {
            return Ok(None);
        };
        let cannot = |what: &'static str| Refusal::new(RefusalKind::Unsupported, what);
        let prefix = self.planned().candidate.model().prefix();
        let prefix = prefix.ok_or_else(|| cannot("the model cannot go on with an answer"))?;
        let resuming = baton.look(|handed| {
            let turn = resume::go_on(asked, handed)?;
            let rest = Rest::of(&handed.said, &turn, prefix);
            let bytes = handed.said.text().len() as u64;
            Ok(Some(Resuming { rest, bytes }))
        });
        resuming.unwrap_or_else(|| Err(cannot("there is nothing to go on with")))
    }

    /// Whether a call that has grown here still costs no more than it may.
    fn still_affordable(&self, planned: &Planned) -> Result<(), Refusal> {
        match self.plan.most().zip(planned.quote.bound.bound()) {
            Some((most, bound)) if bound > most => {
                let message = format!(
                    "with the thinking that goes back to its model this call can cost {bound} USD, and {most} is allowed"
                );
                Err(Refusal::new(RefusalKind::TooDear, message))
            }
            _ => Ok(()),
        }
    }

    /// Whether bytes in the provider's own format cannot go there as they are: they have tokens in them that stand for what
    /// others have signed, or ids of tool calls that were made elsewhere and that it does not take.
    fn must_be_rewritten(&self, dialect: &dyn Dialect) -> bool {
        // OpenAI's form has no place for a token.
        if self.api.vendor() != Vendor::OpenAi && kept::has_any(&self.bytes) {
            return true;
        }
        let features = self.query.features();
        self.planned().candidate.model().provider().tool_ids() == ToolIds::Nine
            && features.has(Feature::Tools)
            && features.missing_from(dialect.expresses()).is_empty()
    }

    fn opening(&self, asked: &chat::Request<'_>, own: bool) -> Opening {
        let id = self.plan.decision().map(|decision| decision.id);
        let id = id.unwrap_or_else(crate::observe::DecisionId::random);
        let since = self.config.clock.now().duration_since(UNIX_EPOCH);
        let shown = asked.reasoning.as_ref().and_then(|asked| asked.shown);
        Opening {
            api: self.api,
            id: id.to_string().into(),
            model: self.planned().candidate.model().id().into(),
            created: since.map_or(0, |since| since.as_secs()),
            stream: asked.stream,
            include_usage: asked.include_usage,
            // What would have passed is shown.
            shows_thinking: shown.unwrap_or(own && self.leaves_a_baton()),
            legacy_functions: asked.legacy_functions,
            choices: asked.choices,
        }
    }

    fn meter(
        self,
        dialect: &dyn Dialect,
        planned: Planned,
        hold: Hold,
        attempt: Attempt,
        dropped: Vec<Cow<'static, str>>,
        at: SystemTime,
    ) -> Meter {
        let model = planned.candidate.model();
        let decision = self.plan.decision().cloned();
        let span = tracing::info_span!(
            "chat",
            { semconv::OPERATION_NAME } = "chat",
            { semconv::PROVIDER_NAME } = model.provider().name(),
            { semconv::REQUEST_MODEL } = model.id(),
            { semconv::RESPONSE_MODEL } = tracing::field::Empty,
            { semconv::INPUT_TOKENS } = tracing::field::Empty,
            { semconv::OUTPUT_TOKENS } = tracing::field::Empty,
            { semconv::ERROR_TYPE } = tracing::field::Empty,
            { semconv::COST_NANO_USD } = tracing::field::Empty,
            { semconv::ATTEMPT } = attempt.number(),
            { semconv::TASK } = self.query.classification().task().as_str(),
            { semconv::DECISION } = decision
                .as_ref()
                .map(|decision| tracing::field::display(decision.id)),
        );
        let answer = dialect.answer(&self.query);
        let outcome = Outcome::new(
            decision,
            planned.candidate.clone(),
            self.context.scopes(),
            attempt.number(),
        )
        .at(attempt.deployment().cloned())
        .dropping(dropped);
        let snapshot = self.plan.snapshot().cloned();
        let bill = Bill::new(planned, snapshot, self.query, at, self.context.is_hard());
        Meter::new(
            hold,
            attempt,
            bill,
            answer,
            outcome,
            self.config.observer.clone(),
            span,
        )
    }
}
