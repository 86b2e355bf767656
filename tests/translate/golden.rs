//! Answers of each dialect, written for this: what every caller is told of them, in every form, stands beside each as a
//! readable text.

use std::{fmt::Write as _, fs, path::PathBuf};

use crate::{
    schema::Schemas,
    told::{Finish, Told, form},
    way::{Caller, Form, Vendor, ask, catalog, replaying},
};

/// One answer of a provider's, in both forms, and what it says.
pub(crate) struct Fixture {
    pub(crate) dialect: Vendor,
    pub(crate) name: String,
    pub(crate) whole: String,
    pub(crate) stream: String,
    golden: String,
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let mut fixtures = Vec::new();
    for dialect in Vendor::ALL {
        let folder = PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/translate/fixtures"
        ));
        let folder = folder.join(dialect.name());
        for file in fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            if path
                .extension()
                .is_none_or(|extension| extension != "golden")
            {
                continue;
            }
            let read = |extension| fs::read_to_string(path.with_extension(extension)).unwrap();
            fixtures.push(Fixture {
                dialect,
                name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
                whole: read("json"),
                stream: read("stream"),
                golden: read("golden"),
            });
        }
    }
    fixtures.sort_by(|a, b| (a.dialect, &a.name).cmp(&(b.dialect, &b.name)));
    fixtures
}

/// What an answer says, for people.
pub(crate) fn shown(told: &Told) -> String {
    let mut out = String::new();
    for (index, choice) in &told.choices {
        if *index > 0 {
            let _ = writeln!(out, "choice {index}");
        }
        let said = format!("{}{}", choice.text, choice.refusal);
        if !said.is_empty() {
            let _ = writeln!(out, "says {said}");
        }
        for call in &choice.calls {
            let _ = writeln!(out, "calls {} {}", call.name, call.arguments());
        }
        // OpenAI's models decline with an ordinary end.
        let finish = match choice.finish {
            Some(Finish::Stop) if !choice.refusal.is_empty() => Some(Finish::Filter),
            finish => finish,
        };
        let finish = finish.map_or("nowhere".to_owned(), |finish| format!("{finish:?}"));
        let _ = writeln!(out, "ends {finish}");
    }
    if let Some(usage) = told.usage {
        let (input, cached, output) = (usage.input, usage.cached, usage.output);
        let _ = writeln!(
            out,
            "used {input} in, {cached} of them cached, {output} out"
        );
    }
    out
}

#[tokio::test(start_paused = true)]
async fn every_caller_is_told_what_is_written_beside_each_answer() {
    let schemas: Vec<_> = Vendor::ALL.into_iter().map(Schemas::of).collect();
    let mut wrong = Vec::new();
    for fixture in fixtures() {
        for caller in Caller::ALL {
            let provider = replaying(caller, &fixture.whole, &fixture.stream);
            let request = caller.request(caller.question());
            let got = ask(request, &provider, catalog(fixture.dialect)).await;
            let (name, dialect) = (&fixture.name, fixture.dialect.name());
            let mut fault =
                |what: String| wrong.push(format!("{dialect}/{name} to {caller:?}: {what}"));
            if got.status != 200 || got.broken {
                fault(format!("{} {}", got.status, got.text()));
                continue;
            }
            let told = Told::got(caller, &got);
            if shown(&told) != fixture.golden {
                fault(format!(
                    "told:\n{}expected:\n{}{}",
                    shown(&told),
                    fixture.golden,
                    got.text()
                ));
            }
            if caller.vendor == fixture.dialect {
                continue;
            }
            if let Err(panic) = std::panic::catch_unwind(|| form::check(caller, &got)) {
                fault(crate::corpus::said(panic));
            }
            let schemas = schemas
                .iter()
                .flatten()
                .filter(|of| of.vendor() == caller.vendor);
            for schemas in schemas {
                schemas
                    .answer(caller, &got)
                    .into_iter()
                    .for_each(&mut fault);
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[tokio::test(start_paused = true)]
async fn fewer_choices_than_were_asked_for_are_a_complete_answer() {
    for form in [Form::Whole, Form::Stream] {
        let caller = Caller::new(Vendor::OpenAi, form);
        let (whole, stream) = crate::corpus::plain(Vendor::Gemini);
        let provider = replaying(caller, whole, stream);
        let question = caller.question().replacen('{', r#"{"n":2,"#, 1);
        let got = ask(
            caller.request(&question),
            &provider,
            catalog(Vendor::Gemini),
        )
        .await;
        form::check(caller, &got);
        let told = Told::got(caller, &got);
        assert_eq!(told.choices.len(), 1, "{form:?}: {}", got.text());
        assert_eq!(told.choices[&0].text, "Because.");
    }
}
