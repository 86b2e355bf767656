use std::{net::SocketAddr, path::Path, process::Stdio};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::Command,
    sync::mpsc::UnboundedSender,
};
use tower_genai::sim::Dialect;

use super::{
    answer::Told,
    caller::{Caller, Means},
    question,
};

/// A vendor's package, which one process uses for all of its callers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Package {
    script: &'static str,
    dialect: Dialect,
}

pub(crate) const ALL: [Package; 3] = [
    Package {
        script: "openai_calls.py",
        dialect: Dialect::OpenAi,
    },
    Package {
        script: "anthropic_calls.py",
        dialect: Dialect::Anthropic,
    },
    Package {
        script: "google_calls.py",
        dialect: Dialect::Gemini,
    },
];

impl Package {
    /// The callers who use it.
    pub(crate) fn own<'a>(&self, callers: &'a [Caller]) -> impl Iterator<Item = &'a Caller> {
        let dialect = self.dialect;
        let callers = callers.iter();
        callers.filter(move |one| one.means == Means::Package && one.dialect == dialect)
    }

    /// Runs the script to its end, and passes on what it tells.
    pub(crate) fn run(
        self,
        python: &Path,
        addr: SocketAddr,
        callers: &[&Caller],
        say: UnboundedSender<Told>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/chaos/python");
        let mut command = Command::new(python);
        command.arg(Path::new(folder).join(self.script));
        for name in ["OPENAI", "ANTHROPIC", "GOOGLE", "GEMINI"] {
            for what in ["API_KEY", "BASE_URL", "AUTH_TOKEN"] {
                command.env_remove(format!("{name}_{what}"));
            }
        }
        command.env("PYTHONUNBUFFERED", "1");
        // Nothing is written into the folder of the sources.
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.kill_on_drop(true);
        let callers: Vec<_> = callers.iter().map(|caller| plan(caller)).collect();
        let plan = json!({"url": format!("http://{addr}"), "callers": callers}).to_string();
        async move {
            let mut child = command.spawn().unwrap();
            let mut stdin = child.stdin.take().unwrap();
            stdin.write_all(plan.as_bytes()).await.unwrap();
            drop(stdin);
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            while let Some(line) = lines.next_line().await.unwrap() {
                let told = serde_json::from_str(&line);
                say.send(told.unwrap_or_else(|why| panic!("{why}: {line}")))
                    .unwrap();
            }
            let status = child.wait().await.unwrap();
            assert!(status.success(), "the script's own words stand above");
        }
    }
}

/// What a script is told of a caller.
fn plan(caller: &Caller) -> Value {
    let calls = caller.numbers.clone().map(|number| {
        json!({
            "number": number,
            "system": question::system(number),
            "user": question::user(number),
            "stream": Caller::streams(number),
        })
    });
    json!({"key": caller.key(), "calls": calls.collect::<Vec<_>>()})
}
