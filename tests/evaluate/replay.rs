use serde_json::Value;

use crate::{
    fixture::MODELS,
    support::{Folder, example, number, text, usd},
};

/// Decisions by lot over calls of which all is known.
fn lottery(folder: &Folder, seed: &str, more: &[&str]) -> Value {
    let log = folder.path("log.jsonl");
    let mut args = vec!["--alias", "lottery", "--seed", seed, "--decisions", &log];
    args.extend(more);
    folder.evaluate(&args)
}

fn covers(row: &Value, truth: f64) -> bool {
    number(&row["low"]) <= truth && truth <= number(&row["high"])
}

#[test]
fn intervals_cover_what_other_policies_would_have_scored() {
    const SEEDS: u32 = 8;
    let folder = Folder::with_calls(true, 400, 5);
    let truth = folder.evaluate(&["--quality", "0.95"]);
    let (mut covered, mut of) = (0, 0);
    for seed in 1..=SEEDS {
        lottery(&folder, &seed.to_string(), &[]);
        let said = folder.replay("log.jsonl", &["--policy", "threshold:0.95"]);
        assert_eq!(said["decisions"], 400);
        let constants = MODELS.map(|model| (&said["constants"][model], &truth["constants"][model]));
        for (row, truth) in constants
            .into_iter()
            .chain([(&said["replayed"], &truth["router"])])
        {
            assert_eq!(row["tells"], true, "{row}");
            assert_eq!(row["unsupported"], 0.0);
            covered += u32::from(covers(row, number(&truth["quality"])));
            of += 1;
            // Everybody's price is in the catalog, and what is used is the same for all.
            let ratio = usd(&row["cost_usd"]) / usd(&truth["cost_usd"]);
            assert!((0.5..2.0).contains(&ratio), "{ratio}");
        }
    }
    // 95 % of them are to: of 32 fewer than 27 are by chance once in 250 times.
    assert!(covered >= 27, "{covered} of {of}");
}

#[test]
fn prices_of_a_catalog_make_costs_exact() {
    let folder = Folder::with_calls(true, 300, 6);
    let truth = lottery(&folder, "1", &[]);
    let catalog = folder.path("catalog.toml");
    let said = folder.replay(
        "log.jsonl",
        &["--policy", "constant:large", "--catalog", &catalog],
    );
    assert_eq!(said["logged"]["cost_usd"], truth["router"]["cost_usd"]);
    assert_eq!(
        said["replayed"]["cost_usd"],
        truth["constants"]["large"]["cost_usd"]
    );
    assert_eq!(said["logged"]["costs"]["exact"], 300);
    let costs = &said["replayed"]["costs"];
    assert_eq!(number(&costs["exact"]) + number(&costs["by_usage"]), 300.0);

    // Ten times the price is ten times the cost.
    let dearer = folder.read("catalog.toml").replace("5.00", "50.00");
    let dearer = folder.write("dearer.toml", &dearer);
    let again = folder.replay(
        "log.jsonl",
        &["--policy", "constant:large", "--catalog", &dearer],
    );
    let ratio = usd(&again["replayed"]["cost_usd"]) / usd(&said["replayed"]["cost_usd"]);
    assert!((ratio - 10.0).abs() < 1e-3, "{ratio}");
}

#[test]
fn a_log_without_chance_says_that_it_cannot_tell() {
    let folder = Folder::with_calls(true, 300, 7);
    let log = folder.path("log.jsonl");
    folder.evaluate(&["--quality", "0.95", "--decisions", &log]);
    let said = folder.replay("log.jsonl", &["--policy", "constant:large"]);
    let row = &said["replayed"];
    assert_eq!(row["tells"], false, "{row}");
    assert!(number(&row["unsupported"]) > 0.3, "{row}");
    // What nobody has tried may be anything.
    let width = number(&row["high"]) - number(&row["low"]);
    assert!(width >= number(&row["unsupported"]), "{row}");
    // Of itself it can: nothing was left out.
    assert_eq!(
        folder.replay("log.jsonl", &["--policy", "threshold:0.95"])["replayed"]["tells"],
        true
    );

    let output = example("replay")
        .args([&log, "--policy", "constant:large"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let table = text(&output.stdout);
    assert!(table.contains("The log cannot tell"), "{table}");
    assert!(table.contains("had no chance"), "{table}");
}

#[test]
fn a_log_without_scores_says_so() {
    let folder = Folder::with_calls(true, 100, 8);
    lottery(&folder, "1", &[]);
    let log = folder.read("log.jsonl");
    let mut lines = String::new();
    for line in log.lines() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line["scores"] = serde_json::json!([]);
        lines.push_str(&format!("{line}\n"));
    }
    folder.write("log.jsonl", &lines);
    let said = folder.replay("log.jsonl", &["--policy", "best"]);
    assert_eq!(said["scored"], 0);
    assert_eq!(said["replayed"]["tells"], false);

    // They may come later, each as a line of its own.
    let first: Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    let late = serde_json::json!({"decision": first["id"], "score": 0.5, "source": "explicit"});
    folder.write("log.jsonl", &format!("{lines}{late}\n"));
    assert_eq!(
        folder.replay("log.jsonl", &["--policy", "best"])["scored"],
        1
    );
}

#[test]
fn a_smaller_pool_is_kept_to() {
    let folder = Folder::with_calls(true, 300, 9);
    let truth = lottery(&folder, "1", &[]);
    let catalog = folder.path("catalog.toml");
    let args = [
        "--policy",
        "best",
        "--pool",
        "small,middle",
        "--catalog",
        &catalog,
    ];
    let said = folder.replay("log.jsonl", &args);
    let most = usd(&truth["constants"]["middle"]["cost_usd"]);
    assert!(usd(&said["replayed"]["cost_usd"]) <= most, "{said}");
    let output = example("replay")
        .args([
            &folder.path("log.jsonl"),
            "--policy",
            "best",
            "--pool",
            "huge",
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn what_a_profile_would_have_chosen_needs_prompts() {
    let folder = Folder::with_calls(true, 200, 10);
    lottery(&folder, "1", &[]);
    assert!(!folder.read("log.jsonl").contains("\"prompt\""));
    let log = folder.path("log.jsonl");
    let output = example("replay")
        .args([&log, "--policy", "learned"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("prompts"));

    lottery(&folder, "1", &["--prompts"]);
    let said = folder.replay("log.jsonl", &["--policy", "learned"]);
    assert_eq!(said["replayed"]["tells"], true, "{said}");
}

#[test]
fn the_drawing_is_xml_in_which_everyone_is_named() {
    let folder = Folder::with_calls(true, 200, 11);
    lottery(&folder, "1", &[]);
    // Names come from whoever wrote the log.
    let log = folder
        .read("log.jsonl")
        .replace("\"small\"", "\"<b>&\\\"\\u0001\"");
    folder.write("log.jsonl", &log);
    let svg = folder.path("out.svg");
    folder.replay("log.jsonl", &["--policy", "best", "--svg", &svg]);
    let svg = folder.read("out.svg");
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    for part in [
        "&lt;b&gt;&amp;&quot;",
        ">middle<",
        ">log<",
        ">best<",
        "prefers-color-scheme: dark",
    ] {
        assert!(svg.contains(part), "{part} is missing in\n{svg}");
    }
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    assert_well_formed(&svg);
}

/// Every tag is closed in its order, and nothing is left that XML does not know.
fn assert_well_formed(xml: &str) {
    let allowed = |c: char| c >= ' ' || c == '\n';
    assert!(xml.chars().all(allowed));
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    while let Some((before, after)) = rest.split_once('<') {
        for entity in before.split('&').skip(1) {
            let known = ["amp;", "lt;", "gt;", "quot;"]
                .iter()
                .any(|name| entity.starts_with(name));
            assert!(known, "{entity}");
        }
        let (tag, after) = after.split_once('>').expect("a tag ends");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if tag.ends_with('/') => {}
            None => open.push(tag.split_whitespace().next().unwrap()),
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        rest = after;
    }
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(rest.trim(), "");
}
