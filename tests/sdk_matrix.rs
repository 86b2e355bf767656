//! The vendors' own packages, unmodified, against the gateway example: each over providers of each API.
//!
//! Needs `python3` with its `venv` and `pip` modules, `node` and `npm`, and the package indexes once: the packages stay
//! in the target folder. Where something is missing the test says what it needs and is left out, except where `CI` is
//! set.
//!
//! What is compared is what arrives: a simulated provider can answer with what it was asked, by a marker in the prompt,
//! in the same form whatever its API is. Each test prints a table of checks by package and provider.

#[path = "sdk_matrix/cell.rs"]
mod cell;
#[path = "../examples/gateway/client.rs"]
mod client;
#[path = "sdk_matrix/house.rs"]
mod house;
#[path = "sdk_matrix/matrix.rs"]
mod matrix;
#[path = "sdk_matrix/npm.rs"]
mod npm;
#[path = "openai_sdk/python.rs"]
mod python;
#[path = "../examples/gateway/server.rs"]
mod server;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use cell::{Cell, SCRIPTS};
use house::House;
use matrix::{Matrix, Outcome};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    sync::mpsc,
    time::timeout,
};

/// The longest that anything may take here.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_python_package_can_tell_who_answers() {
    let packages = include_str!("sdk_matrix/python/requirements.txt");
    let Some(python) = python::with("sdk-matrix", packages) else {
        return;
    };
    play("py", &|script| python_script(&python, script), 100).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_python_package_of_the_major_version_before_can_tell() {
    let packages = include_str!("sdk_matrix/python/requirements-previous.txt");
    let Some(python) = python::with("sdk-matrix-previous", packages) else {
        return;
    };
    let script = |name: &str| {
        let mut command = python_script(&python, name);
        command.arg("--short");
        command
    };
    play("py-previous", &script, 50).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_npm_package_can_tell_who_answers() {
    let Some(folder) = npm::folder() else {
        return;
    };
    let script = |name: &str| {
        let mut command = Command::new("node");
        command.arg(folder.join(format!("{name}.mjs")));
        command
    };
    play("js", &script, 100).await;
}

fn python_script(python: &Path, name: &str) -> Command {
    let mut command = Command::new(python);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sdk_matrix/python");
    command.arg(PathBuf::from(folder).join(format!("check_{name}.py")));
    // Nothing is written into the folder of the sources.
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// Runs the scripts of one set of packages side by side, each over all providers.
async fn play(set: &str, script: &dyn Fn(&str) -> Command, least: usize) {
    let cells = Cell::all(set);
    let house = House::start(&cells).await;
    let (say, mut heard) = mpsc::unbounded_channel();
    let mut running = Vec::new();
    for name in SCRIPTS {
        let mut command = script(name);
        for addr in [house.addr, house.retrying_addr] {
            command.arg(format!("http://{addr}"));
        }
        let own = cells.iter().filter(|cell| cell.script == name);
        command.args(own.map(Cell::told));
        let say = say.clone();
        running.push(tokio::spawn(run(command, say)));
    }
    drop(say);
    let mut matrix = Matrix::new(&cells);
    while let Some(line) = heard.recv().await {
        matrix.hear(&line);
    }
    for script in running {
        assert!(script.await.unwrap(), "a script's own words stand above");
    }
    for cell in &cells {
        // Each stream that was left is one that its provider sees closed.
        let gone = house.sees_leave(cell, matrix.left(cell));
        let gone = match timeout(PATIENCE, gone).await {
            Ok(()) if matrix.left(cell) > 0 => Outcome::Ok,
            Ok(()) => Outcome::Failed("no stream was left".to_owned()),
            Err(_) => Outcome::Failed("its provider goes on for who has left".to_owned()),
        };
        matrix.put(&cell.name, "provider sees who leaves", gone);
        let told = match house.reckon(cell, matrix.used(cell)) {
            Ok(()) => Outcome::Ok,
            Err(why) => Outcome::Failed(why),
        };
        matrix.put(&cell.name, "usage and ledger are the bill", told);
    }
    println!("{matrix}");
    assert!(matrix.is_whole(), "the table stands above");
    assert!(matrix.held() > least, "{} checks", matrix.held());
}

/// Runs a script to its end, and passes on what it says.
async fn run(mut command: Command, say: mpsc::UnboundedSender<String>) -> bool {
    for name in ["OPENAI", "ANTHROPIC", "GOOGLE", "GEMINI"] {
        for what in ["API_KEY", "BASE_URL", "AUTH_TOKEN"] {
            command.env_remove(format!("{name}_{what}"));
        }
    }
    command.env("PYTHONUNBUFFERED", "1");
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    loop {
        let line = timeout(PATIENCE, lines.next_line()).await;
        match line.expect("the script goes on").unwrap() {
            Some(line) => say.send(line).unwrap(),
            None => break,
        }
    }
    let status = timeout(PATIENCE, child.wait()).await;
    status.expect("the script ends").unwrap().success()
}
