use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::HeaderMap;

use super::{
    driver::{Drive, Head, Step},
    flight::Terms,
    flights::{Flights, Part},
    reader::{Follow, Next, Reader},
    state::Phase,
};
use crate::{
    BodyError,
    cache::{Key, Lookup, MemoryStore, Store, answer::Form, config::Config},
    catalog::{Candidate, Model, Price, Provider, Snapshot, Usage},
    context::Clock,
    observe::{Ending, Failure, FailureClass, FinishReason, FinishReasons, Finished, Outcome},
    query::Api,
};

/// Comes to these steps, one after the other, and then waits.
struct Script(VecDeque<Step>);

impl Drive for Script {
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Step> {
        self.0.pop_front().map_or(Poll::Pending, Poll::Ready)
    }
}

const STREAM: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

fn head(outcome: Option<Outcome>) -> Step {
    Step::Head(Head {
        streams: true,
        headers: HeaderMap::new(),
        outcome,
        size: None,
    })
}

fn frame(text: &'static str) -> Step {
    Step::Frame(Bytes::from_static(text.as_bytes()), false)
}

fn terms(store: &MemoryStore) -> Terms {
    Terms {
        key: Key::of_test(),
        choices: 1,
        config: Arc::new(Config {
            off: false,
            store: Arc::new(store.clone()),
            ttl: Duration::from_secs(1),
            largest: 1 << 20,
            catalog: None,
            clock: Clock::system(),
            single_tenant: false,
            any_temperature: false,
            tool_calls: false,
            ignored: Vec::new(),
            observer: None,
        }),
    }
}

fn board(flights: &Arc<Flights>, terms: &Terms) -> Reader {
    match flights.board(terms, true, || None) {
        Part::Lead(reader) | Part::Follow(reader) => reader,
        Part::Answered(_) => panic!("nothing is kept"),
    }
}

fn outcome() -> Outcome {
    let snapshot = Snapshot::builder()
        .provider(Provider::builder("p", "openai", "http://p.test/v1"))
        .model(Model::builder("m", "p").price(Price::free()).context(1_000))
        .build()
        .unwrap();
    let model = Arc::clone(snapshot.model("m").unwrap());
    Outcome::cached(None, Candidate::new(model))
}

fn finish(outcome: &Outcome, ending: Ending) {
    outcome.finish(Finished {
        ending,
        usage: Some(Usage::text(1, 1)),
        cost: None,
        exact: true,
        reported_cost: None,
        computed_cost: None,
        finish_reasons: FinishReasons::NONE.with(FinishReason::Stop),
        served_model: None,
        provider_request_id: None,
        streamed: false,
        first_content: None,
        total: Duration::ZERO,
    });
}

/// What becomes of a follower who wants it whole, and whether the answer is kept.
fn outcome_of(outcome: Option<Outcome>) -> (bool, bool) {
    let (store, flights) = (MemoryStore::new(1 << 20), Arc::default());
    let terms = terms(&store);
    let first = board(&flights, &terms);
    let mut second = board(&flights, &terms);
    let steps = [head(outcome), frame(STREAM), Step::End];
    first.put(Script(steps.into()), false);
    let cx = &mut Context::from_waker(Waker::noop());
    let follow = second.poll_follow(cx, Form::Whole);
    let kept = matches!(store.get(&terms.key), Lookup::Ready(Some(_)));
    (matches!(follow, Poll::Ready(Follow::Whole(_))), kept)
}

#[test]
fn what_an_outcome_says_counts_as_much_as_the_answer_itself() {
    assert_eq!(outcome_of(None), (true, true));
    let good = outcome();
    finish(&good, Ending::Complete);
    assert_eq!(outcome_of(Some(good)), (true, true));
    let cut = outcome();
    finish(&cut, Ending::Cut);
    assert_eq!(outcome_of(Some(cut)), (false, false));
    assert_eq!(outcome_of(Some(outcome())), (false, false), "not known");
    let filtered = outcome();
    filtered.fail(Failure::new(FailureClass::Filtered, "p"));
    finish(&filtered, Ending::Complete);
    assert_eq!(outcome_of(Some(filtered)), (true, false));
}

#[test]
fn who_drives_with_what_is_past_looks_again_instead() {
    let (store, flights) = (MemoryStore::new(1 << 20), Arc::default());
    let reader = board(&flights, &terms(&store));
    reader.put(Script([head(None)].into()), false);
    let cx = &Context::from_waker(Waker::noop());
    let flight = reader.flight_of_test();
    let before = flight.lock().changes;
    // Another has brought something between this one's look and its turn: waiting now would be for ever.
    flight.lock().push(Bytes::from_static(b"x"));
    assert!(flight.drive(0, before, cx).is_ready());
    assert_eq!(
        flight.lock().phase,
        Phase::Calling,
        "the driver was not asked"
    );
}

#[test]
fn between_the_last_words_and_the_error_the_caller_gets_a_turn() {
    let (store, flights) = (MemoryStore::new(1 << 20), Arc::default());
    let terms = terms(&store);
    let mut first = board(&flights, &terms);
    let mut second = board(&flights, &terms);
    let error = Step::Broken(BodyError::new("its own words"));
    first.put(
        Script([head(None), frame("data: x\n\n"), error].into()),
        false,
    );
    let cx = &mut Context::from_waker(Waker::noop());
    let form = Form::Stream { usage: false };
    assert!(matches!(
        second.poll_follow(cx, form),
        Poll::Ready(Follow::Along(_))
    ));
    for (reader, own) in [(&mut first, true), (&mut second, false)] {
        assert!(matches!(
            reader.poll_next(cx, Api::OpenAiChat),
            Poll::Ready(Next::Frame(_))
        ));
        assert!(reader.poll_next(cx, Api::OpenAiChat).is_pending());
        match reader.poll_next(cx, Api::OpenAiChat) {
            Poll::Ready(Next::Broken(error)) => {
                assert_eq!(error.to_string() == "its own words", own)
            }
            _ => panic!("it broke"),
        }
        assert!(matches!(
            reader.poll_next(cx, Api::OpenAiChat),
            Poll::Ready(Next::End)
        ));
    }
}
