//! What the log and the counters of OpenTelemetry say.

use std::{
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{House, OLD, Vendor, answer};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    /// Lines with this in them.
    fn lines(&self, word: &str) -> Vec<String> {
        let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = log.lines().filter(|line| line.contains(word));
        lines.map(ToOwned::to_owned).collect()
    }
}

#[tokio::test]
async fn the_log_warns_once_an_hour_and_the_counter_counts_each_call() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::DEBUG)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let house = House::start(OLD, "2026-12-01").await;
    let service = house.server().boxed();
    let ask = async |model: &str| {
        let mut call = Vendor::OpenAi.call(model, "My words", false);
        let bearer = "Bearer team".parse().unwrap();
        call.headers_mut().insert("authorization", bearer);
        answer(service.clone(), call).await
    };
    for _ in 0..3 {
        ask("old").await;
        ask("acme/old").await;
        ask("new").await;
    }
    let counted = log.lines("monotonic_counter.tower_genai.deprecated_calls=1");
    assert_eq!(counted.len(), 6, "{counted:#?}");
    for line in &counted {
        for part in [
            "DEBUG tower_genai::metrics: ",
            "gen_ai.request.model=\"old\"",
            "tower_genai.named=true",
        ] {
            assert!(line.contains(part), "{part}: {line}");
        }
    }
    let warnings = log.lines("WARN");
    let [warning] = &*warnings else {
        panic!("{warnings:#?}");
    };
    for part in [
        "gen_ai.request.model=\"old\"",
        "tower_genai.deprecated=2026-12-01",
        "tower_genai.sunset=2027-06-01",
        "tower_genai.successor=\"new\"",
    ] {
        assert!(warning.contains(part), "{part}: {warning}");
    }
    house.clock.advance(Duration::from_secs(3_599));
    ask("old").await;
    assert_eq!(log.lines("WARN").len(), 1);
    house.clock.advance(Duration::from_secs(1));
    ask("old").await;
    ask("old").await;
    assert_eq!(log.lines("WARN").len(), 2);
    assert_eq!(log.lines("monotonic_counter.").len(), 9);
    assert!(log.lines("My words").is_empty());
}
