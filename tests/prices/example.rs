//! The example, run as a reader of the README would run it.

use std::{
    env, fs,
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;
use tower_genai::catalog::{Catalog, Source};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/prices/fixtures/");

fn run(args: &[&str]) -> Output {
    // <target>/<profile>/deps/<this test>
    let this = env::current_exe().unwrap();
    let profile = this.ancestors().nth(2).unwrap();
    let named = match profile.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        other => other,
    };
    let built = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([
            "build",
            "--quiet",
            "--profile",
            named,
            "--example",
            "prices",
        ])
        .arg("--target-dir")
        .arg(profile.parent().unwrap())
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let program: PathBuf = profile
        .join("examples")
        .join(format!("prices{}", env::consts::EXE_SUFFIX));
    Command::new(program).args(args).output().unwrap()
}

fn fixture(name: &str) -> String {
    format!("{FOLDER}{name}")
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

#[test]
fn says_what_would_change() {
    let (list, catalog) = (fixture("litellm.json"), fixture("mine.toml"));
    let before = fs::read(&catalog).unwrap();
    let table = run(&[&list, "--catalog", &catalog]);
    assert_eq!(table.status.code(), Some(0));
    for said in [
        "large is priced as acme-large (by id)",
        "changed",
        "quarantined: fell too far",
        "stale: checked 2026-01-01",
        "missing",
        "LiteLLM, imported 2",
    ] {
        assert!(out(&table).contains(said), "{said}\n{}", out(&table));
    }
    let json = run(&[&list, "--catalog", &catalog, "--json", "--all"]);
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["totals"]["changed"], 1);
    assert_eq!(json["totals"]["quarantined"].as_u64(), Some(2));
    assert_eq!(json["models"][0]["priced_as"], "acme-large");
    // What it prints is a layer that the catalog's own reader takes, with the new price in it.
    let toml = run(&[&list, "--catalog", &catalog, "--toml"]);
    let above = Catalog::parse(&[Source::file(&catalog), Source::text("new", out(&toml))]).unwrap();
    let snapshot = above.snapshot();
    let price = |name: &str| snapshot.model(name).unwrap().price().rates()[0].amount();
    assert_eq!(price("large").to_string(), "1.25");
    assert_eq!(
        price("night").to_string(),
        "50.00",
        "quarantined, and as it was"
    );
    assert_eq!(fs::read(&catalog).unwrap(), before, "nothing is written");
}

#[test]
fn what_cannot_be_read_is_said_with_its_place() {
    let broken = fixture("broken.json");
    for (args, said) in [
        (
            vec!["no-such-file.json"],
            "no-such-file.json: cannot be read",
        ),
        (vec![&*broken], "broken.json:3:"),
        (vec![&*broken, "--format", "models.dev"], "broken.json:3:"),
        (vec![&*broken, "--format", "tokencost"], "no such list"),
        (vec![], "which list?"),
        (vec![&*broken, "--json", "--toml"], "not both"),
        (vec!["--stale"], "needs a value"),
        (
            vec![concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")],
            "Cargo.toml:1:",
        ),
    ] {
        let output = run(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains(said), "{args:?}: {error}");
        assert!(output.stdout.is_empty());
    }
}
