use crate::support::{Folder, example, text};

#[test]
fn wrong_lines_are_told_by_file_line_and_field_and_the_others_count() {
    let folder = Folder::with_calls(true, 0, 0);
    let lines = [
        r#"{"id": 1, "prompt": "Who?", "scores": {"small": 1, "middle": 0, "large": 1}}"#,
        "{",
        r#"{"id": 1, "prompt": "Who?"}"#,
        r#"{"id": {}, "prompt": "Who?", "scores": {"small": 1}}"#,
        r#"{"id": 1, "prompt": "Who?", "scores": {}}"#,
        r#"{"id": 1, "prompt": "Who?", "scores": {"small": 1.5}}"#,
        r#"{"id": 1, "prompt": "Who?", "scores": {"small": 1}, "costs": {"small": -1}}"#,
        "\u{0}\u{0}",
        &"[".repeat(100_000),
    ];
    let file = folder.write("outcomes.jsonl", &lines.join("\n"));
    let output = folder.evaluates(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("\"calls\":1,"));
    let told = text(&output.stderr);
    for part in [
        "2: column 0",
        "missing field `scores`",
        "4: `id` must be a string or a number",
        "5: `scores` has no model",
        "6: `scores.small` is no number from 0 to 1",
        "7: `costs.small` is no amount of dollars",
        "8: column 1",
        "9: column",
    ] {
        assert!(told.contains(part), "{part} is missing in\n{told}");
    }
    assert!(told.contains(&format!("{file}:5")), "{told}");
}

#[test]
fn what_cannot_be_played_ends_with_two() {
    let folder = Folder::with_calls(true, 3, 0);
    let told = |args: &[&str]| {
        let output = folder.evaluates(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty());
        text(&output.stderr).to_owned()
    };
    assert!(told(&["--alias", "atuo"]).contains("did you mean `auto`?"));
    assert!(told(&["--quality", "2"]).contains("no number from 0 to 1"));
    assert!(told(&["--feedback", "0.5"]).contains("--learn"));
    assert!(told(&["--what"]).contains("unknown argument"));
    folder.write("outcomes.jsonl", "");
    assert!(told(&[]).contains("no calls"));
    let strange = r#"{"id": 1, "prompt": "Who?", "scores": {"stranger": 1}}"#;
    folder.write("outcomes.jsonl", strange);
    assert!(told(&[]).contains("stranger"));

    let mut command = example("evaluate");
    let output = command.arg(folder.path("nothing.jsonl")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("nothing.jsonl"));
}

#[test]
fn models_that_may_not_be_asked_are_left_out_with_a_warning() {
    let folder = Folder::with_calls(true, 20, 0);
    let whole = folder.read("outcomes.jsonl");
    let more = whole.replace("{\"small\":", "{\"stranger\": 1, \"small\":");
    assert_ne!(whole, more);
    let before = folder.evaluate(&[]);
    folder.write("outcomes.jsonl", &more);
    let output = folder.evaluates(&[]);
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("stranger"));
    assert_eq!(
        before,
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    );
}

#[test]
fn a_log_that_is_none_is_told_by_file_line_and_field() {
    let folder = Folder::new();
    let lines = [
        "{}",
        "nonsense",
        r#"{"decision": "gen_0", "score": 3, "source": "explicit"}"#,
    ];
    let log = folder.write("log.jsonl", &lines.join("\n"));
    let replay = |args: &[&str]| example("replay").args(args).output().unwrap();
    let output = replay(&[&log, "--policy", "best"]);
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    for part in [
        ":1: missing field",
        ":2: column",
        ":3: `score`",
        "no decision",
    ] {
        assert!(told.contains(part), "{part} is missing in\n{told}");
    }
    for args in [
        &[&*log][..],
        &[&log, "--policy", "worst"],
        &[&log, "--policy", "threshold:2"],
    ] {
        let output = replay(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
    }
}
