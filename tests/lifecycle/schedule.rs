//! Schedules as a catalog says them, and what is wrong with those that make no sense.

use tower_genai::catalog::{Catalog, MoveOver};

use crate::support::day;

fn catalog(model: &str, more: &str) -> Result<Catalog, String> {
    let text = format!(
        "[[provider]]\nname = \"acme\"\ndialect = \"openai\"\nbase_url = \"http://acme.test/v1\"\n\
         [[model]]\nname = \"old\"\nprovider = \"acme\"\n{model}\n\
         [[model]]\nname = \"new\"\nprovider = \"acme\"\n{more}\n"
    );
    Catalog::from_toml(&text).map_err(|error| error.to_string())
}

const DAYS: &str = "deprecated = 2026-12-01\nsunset = 2027-06-01\nsuccessor = \"new\"\n";

#[test]
fn both_forms_are_read() {
    let read = |schedule: &str| {
        let catalog = catalog(&format!("{DAYS}move_over = {schedule}"), "").unwrap();
        let snapshot = catalog.snapshot();
        snapshot.model("old").unwrap().lifecycle().clone()
    };
    let line = read("\"linear\"");
    assert_eq!(line.move_over(), Some(&MoveOver::Linear));
    assert_eq!(line.moved_share(day("2027-03-02").starts()), 0.5);
    let steps = read("[{ from = 2026-12-01, share = 0.1 }, { from = 2027-01-01, share = 1 }]");
    let expected = vec![(day("2026-12-01"), 0.1), (day("2027-01-01"), 1.0)];
    assert_eq!(steps.move_over(), Some(&MoveOver::Steps(expected)));
    assert_eq!(steps.moved_share(day("2026-12-31").starts()), 0.1);
}

#[test]
fn what_makes_no_sense_is_refused_with_its_line_and_why() {
    let step = |steps: &str| format!("{DAYS}move_over = {steps}");
    let cases = [
        (
            "deprecated = 2026-12-01\nsunset = 2027-06-01\nmove_over = \"linear\"".to_owned(),
            "needs a `successor` to move to",
        ),
        (
            "deprecated = 2026-12-01\nsuccessor = \"new\"\nmove_over = \"linear\"".to_owned(),
            "\"linear\" goes from `deprecated` to `sunset`; `sunset` is missing",
        ),
        (
            "sunset = 2027-06-01\nsuccessor = \"new\"\nmove_over = \"linear\"".to_owned(),
            "`deprecated` is missing",
        ),
        (
            DAYS.replace("\"new\"", "\"elsewhere-5\"") + "move_over = \"linear\"",
            "there is no model \"elsewhere-5\"",
        ),
        (step("\"linaer\""), "did you mean \"linear\"?"),
        (step("true"), "must be \"linear\", or steps such as"),
        (step("[]"), "has no steps"),
        (step("[0.1]"), "must be an array of tables"),
        (
            step("[{ share = 0.1 }]"),
            "key \"move_over.from\": is missing",
        ),
        (
            step("[{ from = 2026-12-01 }]"),
            "key \"move_over.share\": is missing",
        ),
        (
            step("[{ form = 2026-12-01, share = 0.1 }]"),
            "did you mean \"from\"?",
        ),
        (
            step("[{ from = 2026-12-01, share = 10 }]"),
            "10, from 2026-12-01, is no share; it must be 0 to 1; write 10 percent as 0.1",
        ),
        (
            step("[{ from = 2026-12-01, share = -0.1 }]"),
            "-0.1, from 2026-12-01, is no share",
        ),
        (
            step("[{ from = 2026-12-01, share = nan }]"),
            "must be a number",
        ),
        (
            step("[{ from = 2026-12-01, share = 0.5 }, { from = 2027-01-01, share = 0.4 }]"),
            "the share falls from 0.5 to 0.4 on 2027-01-01",
        ),
        (
            step("[{ from = 2027-01-01, share = 0.1 }, { from = 2026-12-01, share = 0.4 }]"),
            "the step from 2026-12-01 follows that from 2027-01-01; put them in order",
        ),
        (
            step("[{ from = 2027-01-01, share = 0.1 }, { from = 2027-01-01, share = 0.4 }]"),
            "put them in order",
        ),
        (
            step("[{ from = 2027-06-01, share = 0.1 }]"),
            "a step from 2027-06-01 is not before the `sunset`, 2027-06-01",
        ),
    ];
    for (model, expected) in cases {
        let error = catalog(&model, "").unwrap_err();
        assert!(error.contains(expected), "{model}:\n{error}");
        assert!(error.starts_with("catalog:"), "{error}");
        assert!(error.contains("model \"old\""), "{error}");
    }
}

#[test]
fn nobody_is_moved_to_who_cannot_take_it() {
    let model = format!("{DAYS}move_over = \"linear\"");
    let error = catalog(&model, "released = 2026-12-02").unwrap_err();
    assert!(
        error.contains("begins on 2026-12-01, before \"new\" is released, 2026-12-02"),
        "{error}"
    );
    let error = catalog(&model, "api = false\nwhy = \"no door\"").unwrap_err();
    assert!(
        error.contains("moves calls to \"new\", which is never called: no door"),
        "{error}"
    );
}
