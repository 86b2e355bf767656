//! Google's own Python package, which speaks by grpcio.

#[path = "../openai_sdk/python.rs"]
mod venv;

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tower_genai::sim::{Event, Fault, Gate, Times};

use crate::callers::{DIALECTS, Rig};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn google_s_own_package_gets_answers_streams_refusals_and_cancels() {
    let Some(python) = venv::with("google_grpc", "google-ai-generativelanguage==0.12.1") else {
        return;
    };
    for dialect in DIALECTS {
        let (rich, poor) = (
            Rig::with(dialect, "1").await,
            Rig::with(dialect, "0.00001").await,
        );
        let address = |rig: &Rig| rig.url.strip_prefix("http://").unwrap().to_owned();
        let mut child = tokio::process::Command::new(&python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/grpc/check.py"))
            .args([address(&rich), address(&poor)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut go = child.stdin.take().unwrap();
        let gate = Gate::new();
        let mut seen = Vec::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            match &*line {
                // What comes next is held until its caller has left.
                "refusals ok" => rich.provider.fail(Fault::Hold(gate.clone()), Times::Once),
                "deadline ok" => rich
                    .provider
                    .fail(Fault::HoldAfter(4, gate.clone()), Times::Once),
                _ => {}
            }
            seen.push(line);
            // It may have failed, which its end tells.
            let _ = go.write_all(b"\n").await;
        }
        assert!(
            child.wait().await.unwrap().success(),
            "{dialect:?}: {seen:?}"
        );
        assert_eq!(
            seen,
            [
                "answer ok",
                "stream ok",
                "count ok",
                "refusals ok",
                "deadline ok",
                "cancel ok"
            ]
        );
        for _ in 0..2 {
            rich.provider
                .event(|event| matches!(event, Event::ClientGone { .. }))
                .await;
        }
        assert_eq!(rich.budget.scope().allowance().unwrap().held().nanos(), 0);
    }
}
