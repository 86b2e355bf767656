use std::{
    io::{self, BufWriter, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender},
    },
    thread,
    time::Duration,
};

use tokio::time::Instant;

use super::{
    joiner::{Joiner, Line},
    told::Told,
};

/// How often it looks for what has waited long enough, where nothing comes.
const TICK: Duration = Duration::from_millis(500);

/// To the writer.
pub(super) enum Message {
    Told(Told, Instant),
    /// Write all there is, and say so.
    Flush(SyncSender<io::Result<()>>),
}

/// Writes lines in a thread of its own, since files wait.
pub(super) struct Writer<W: Write> {
    joiner: Joiner,
    out: BufWriter<W>,
    lost: Arc<AtomicU64>,
    failing: bool,
}

impl<W: Write + Send + 'static> Writer<W> {
    pub(super) fn spawn(
        out: W,
        joiner: Joiner,
        lost: Arc<AtomicU64>,
        told: Receiver<Message>,
    ) -> io::Result<()> {
        let writer = Self {
            joiner,
            out: BufWriter::new(out),
            lost,
            failing: false,
        };
        let thread = thread::Builder::new().name("decision-log".to_owned());
        thread.spawn(move || writer.run(&told)).map(drop)
    }

    /// Until nobody tells anything any more.
    fn run(mut self, told: &Receiver<Message>) {
        let mut lines = Vec::new();
        loop {
            match told.recv_timeout(TICK) {
                Ok(message) => self.take(message, &mut lines),
                Err(RecvTimeoutError::Timeout) => self.joiner.sweep(Instant::now(), &mut lines),
                Err(RecvTimeoutError::Disconnected) => break,
            }
            while let Ok(message) = told.try_recv() {
                self.take(message, &mut lines);
                self.write(&mut lines);
            }
            self.write(&mut lines);
            let _ = self.flush();
        }
        self.joiner.all(&mut lines);
        self.write(&mut lines);
        let _ = self.flush();
    }

    fn take(&mut self, message: Message, lines: &mut Vec<Line>) {
        match message {
            Message::Told(told, at) => self.joiner.take(told, at, lines),
            Message::Flush(done) => {
                self.joiner.all(lines);
                self.write(lines);
                // Nobody may be waiting any more.
                let _ = done.try_send(self.flush());
            }
        }
    }

    fn write(&mut self, lines: &mut Vec<Line>) {
        let mut bytes = Vec::new();
        for line in lines.drain(..) {
            bytes.clear();
            let rendered = line.render(&mut bytes).map_err(io::Error::from);
            if let Err(error) = rendered.and_then(|()| self.out.write_all(&bytes)) {
                self.lost.fetch_add(1, Ordering::Relaxed);
                self.failed(&error);
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        match &flushed {
            Ok(()) => self.failing = false,
            Err(error) => self.failed(error),
        }
        flushed
    }

    /// Says so once, until it works again.
    fn failed(&mut self, error: &io::Error) {
        if !self.failing {
            tracing::error!(%error, "the decision log cannot be written");
        }
        self.failing = true;
    }
}
