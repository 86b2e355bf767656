use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::Value;

use crate::fixture;

/// A folder that is gone with its test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tower-genai-evaluate-{}-{number}", std::process::id());
        let path = env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// With a catalog and so many calls.
    pub(crate) fn with_calls(by_task: bool, calls: usize, seed: u64) -> Self {
        let folder = Self::new();
        folder.write("catalog.toml", &fixture::catalog(by_task));
        folder.write("outcomes.jsonl", &fixture::outcomes(calls, seed));
        folder
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    /// `evaluate` on this folder's catalog and calls, by what it says in JSON.
    pub(crate) fn evaluate(&self, args: &[&str]) -> Value {
        let output = self.evaluates(args);
        assert!(output.status.success(), "{}", text(&output.stderr));
        json(&output)
    }

    pub(crate) fn evaluates(&self, args: &[&str]) -> Output {
        let (catalog, outcomes) = (self.path("catalog.toml"), self.path("outcomes.jsonl"));
        let mut command = example("evaluate");
        command.args(["--json", "--catalog", &catalog, &outcomes]);
        command.args(args).output().unwrap()
    }

    /// `replay` of a log in this folder, by what it says in JSON.
    pub(crate) fn replay(&self, log: &str, args: &[&str]) -> Value {
        let log = self.path(log);
        let mut command = example("replay");
        let output = command.args([&*log, "--json"]).args(args).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        json(&output)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn json(output: &Output) -> Value {
    let said = text(&output.stdout);
    assert_eq!(said.lines().count(), 1, "{said}");
    serde_json::from_str(said).unwrap()
}

/// An example's program, built by the same cargo, profile and target directory as this test.
pub(crate) fn example(name: &str) -> Command {
    // <target>/<profile>/deps/<this test>
    let this = env::current_exe().unwrap();
    let profile = this.ancestors().nth(2).unwrap();
    let program = profile
        .join("examples")
        .join(format!("{name}{}", env::consts::EXE_SUFFIX));
    build(name, profile);
    let mut command = Command::new(program);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn build(name: &str, profile: &Path) {
    let target = profile.parent().unwrap();
    let named = match profile.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        other => other,
    };
    let built = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["build", "--quiet", "--profile", named, "--example", name])
        .arg("--target-dir")
        .arg(target)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", text(&built.stderr));
}

pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

pub(crate) fn usd(value: &Value) -> f64 {
    let text = value.as_str().expect("decimal text");
    text.parse::<tower_genai::money::Usd>().unwrap().as_f64()
}
