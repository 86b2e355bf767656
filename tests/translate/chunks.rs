//! Wherever the network cuts a provider's answer, each caller gets the same.

use bytes::Bytes;
use serde_json::Value;

use crate::{
    golden::fixtures,
    told::{Told, events},
    way::{Caller, Form, Got, answering, ask, catalog},
};

/// What a caller got, event by event, without what the clock says and what is drawn anew.
fn normal(caller: Caller, got: &Got) -> Vec<Value> {
    let mut all = match caller.form {
        Form::Stream => events(got.text())
            .into_iter()
            .map(|event| event.1)
            .collect(),
        Form::Array => got.json().as_array().cloned().unwrap_or_default(),
        Form::Whole => vec![got.json()],
    };
    for event in &mut all {
        for drawn in ["created", "id", "responseId"] {
            if event.get(drawn).is_some() {
                event[drawn] = 0.into();
            }
        }
        if event["message"].is_object() {
            event["message"]["id"] = 0.into();
        }
    }
    all
}

async fn cut(caller: Caller, dialect: crate::way::Vendor, bytes: &Bytes, cuts: &[usize]) -> Got {
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([bytes.len()]);
    let chunks = starts
        .zip(ends)
        .map(|(start, end)| bytes.slice(start..end))
        .collect();
    let kind = if caller.is_whole() {
        "application/json"
    } else {
        "text/event-stream"
    };
    let provider = answering(200, kind, chunks);
    ask(
        caller.request(caller.question()),
        &provider,
        catalog(dialect),
    )
    .await
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_the_same_however_it_is_cut() {
    for fixture in fixtures().iter().filter(|fixture| fixture.name == "tools") {
        for caller in Caller::ALL {
            let text = if caller.is_whole() {
                &fixture.whole
            } else {
                &fixture.stream
            };
            let bytes = Bytes::from(text.clone());
            let at_once = cut(caller, fixture.dialect, &bytes, &[]).await;
            let expected = normal(caller, &at_once);
            assert_eq!(Told::got(caller, &at_once).choices[&0].calls.len(), 2);
            let every: Vec<usize> = (1..bytes.len()).collect();
            let mut ways = vec![every.clone()];
            for step in [2, 3, 7, 64] {
                ways.push(every.iter().copied().step_by(step).collect());
            }
            // What passes as it is, and an array's elements, go the way of streams: every seventh place is enough.
            let same = caller.vendor == fixture.dialect || caller.form == Form::Array;
            let single = every.iter().step_by(if same { 7 } else { 1 });
            ways.extend(single.map(|at| vec![*at]));
            for cuts in ways {
                let got = cut(caller, fixture.dialect, &bytes, &cuts).await;
                let first = &cuts[..cuts.len().min(3)];
                let (dialect, form) = (fixture.dialect, caller.form);
                assert_eq!(
                    normal(caller, &got),
                    expected,
                    "{dialect:?} {form:?} cut at {first:?}"
                );
                assert_eq!(got.broken, at_once.broken);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn line_ends_and_comments_change_nothing() {
    for fixture in fixtures() {
        for caller in Caller::ALL.into_iter().filter(|caller| !caller.is_whole()) {
            let bytes = Bytes::from(fixture.stream.clone());
            let plain = cut(caller, fixture.dialect, &bytes, &[]).await;
            let expected = normal(caller, &plain);
            let stream = &fixture.stream;
            for changed in [
                stream.replace('\n', "\r\n"),
                stream.replace('\n', "\r"),
                format!("\u{feff}{stream}"),
                stream.replace("data: ", "data:"),
                stream.replace("\n\n", "\n\n: keep-alive\n\n"),
                stream.replace("\n\n", "\nid: 7\nretry: 10\n\n"),
            ] {
                let got = cut(caller, fixture.dialect, &changed.clone().into(), &[]).await;
                assert_eq!(
                    normal(caller, &got),
                    expected,
                    "{}: {changed:.40?}",
                    fixture.name
                );
            }
        }
    }
}
