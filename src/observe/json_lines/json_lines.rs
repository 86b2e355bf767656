use std::{
    fmt,
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, SyncSender, TrySendError},
    },
    time::{Duration, SystemTime},
};

use tokio::time::Instant;

use super::{
    joiner::Joiner,
    told::{Told, Words},
    writer::{Message, Writer},
};
use crate::{
    observe::{Decision, Event, Observer},
    profile::Feedback,
    query::Prompt,
};

/// So many facts may wait to be written; what comes then is lost, and counted.
const WAITING: usize = 8_192;
/// So many decisions may be open.
const OPEN: usize = 100_000;
/// So long after its end a decision waits for scores.
const WINDOW: Duration = Duration::from_secs(5);

/// Writes the decision log: a line of JSON for each decision, once its answer has ended.
///
/// An [`Observer`]; clones write the same log. A line says who was considered, with what was predicted of each and with
/// which probability each would have been chosen, who answered, at what cost, and how that was scored, as far as scores
/// come within five seconds after the answer. A later one is a line of its own: `{"decision", "score", "source"}`. The
/// example `replay` says by such a log what another policy would have cost and scored.
///
/// No prompt is in it unless [`prompts`](Self::prompts) says so, and no answer and no key ever is.
///
/// Nothing waits for it: it is written by a thread of its own, and what comes faster than it can be written is
/// [lost](Self::lost), and counted. [`flush`](Self::flush) before the process ends. The file is appended to and never
/// rotated: rotate it by copying and truncating.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let folder = std::env::temp_dir().join(format!("decisions-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("decisions.jsonl");
/// use tower_genai::observe::JsonLines;
///
/// let log = JsonLines::append(&path)?;
/// # fn stack() -> tower_genai::stack::Stack<()> { tower_genai::stack::Stack::client(()) }
/// let stack = stack().observer(log.clone());
/// // … and at the end
/// log.flush()?;
/// # drop(stack);
/// # std::fs::remove_dir_all(&folder)
/// # }
/// ```
#[derive(Clone)]
pub struct JsonLines {
    shared: Arc<Shared>,
    prompts: bool,
}

struct Shared {
    writer: SyncSender<Message>,
    lost: Arc<AtomicU64>,
}

impl JsonLines {
    /// To the end of a file, which is made where there is none: for its owner alone, where the system knows that.
    ///
    /// # Errors
    /// When the file cannot be opened, or no thread be had.
    pub fn append(path: impl AsRef<Path>) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Self::to(options.open(path)?)
    }

    /// To anything. It is written to from a thread, and may wait.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn to(out: impl Write + Send + 'static) -> io::Result<Self> {
        let (writer, told) = mpsc::sync_channel(WAITING);
        let lost = Arc::default();
        Writer::spawn(out, Joiner::new(WINDOW, OPEN), Arc::clone(&lost), told)?;
        Ok(Self {
            shared: Arc::new(Shared { writer, lost }),
            prompts: false,
        })
    }

    /// Whether prompts are written too: the latest user turn and the system prompt, cut to what classifiers see of them.
    /// Never those of calls with a data label. Default: no.
    #[must_use]
    pub const fn prompts(mut self, yes: bool) -> Self {
        self.prompts = yes;
        self
    }

    /// Takes a score for a decision's answer that no [`Profile`](crate::profile::Profile) is told of: one that is says so by
    /// itself ([`Event::Scored`]).
    pub fn feedback(&self, feedback: &Feedback) {
        self.tell(Told::Scored(*feedback));
    }

    /// How many facts are not in the log, since they came faster than it could be written, or it could not be.
    pub fn lost(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }

    /// Writes all there is, decisions that have not ended too, and waits until that is done. Blocks.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn flush(&self) -> io::Result<()> {
        let gone = || io::Error::other("the decision log's thread has ended");
        let (done, flushed) = mpsc::sync_channel(1);
        let asked = self.shared.writer.send(Message::Flush(done));
        asked.map_err(|_| gone())?;
        flushed.recv().map_err(|_| gone())?
    }

    fn tell(&self, told: Told) {
        let message = Message::Told(told, Instant::now());
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) =
            self.shared.writer.try_send(message)
        {
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Observer for JsonLines {
    fn observe(&self, event: &Event<'_>) {
        match event {
            Event::Decided(decision) => self.decided(decision, None),
            Event::Finished(outcome) if outcome.decision().is_some() => {
                self.tell(Told::Finished((*outcome).clone()));
            }
            Event::FellBack(fell) => {
                if let Some(told) = Told::fell(fell) {
                    self.tell(told);
                }
            }
            Event::Scored(feedback) => self.feedback(feedback),
            _ => {}
        }
    }

    fn decided(&self, decision: &Arc<Decision>, prompt: Option<&Prompt>) {
        let words = prompt.filter(|_| self.prompts).map(Words::of);
        let decided = Told::Decided(Arc::clone(decision), SystemTime::now(), words);
        self.tell(decided);
    }
}

impl fmt::Debug for JsonLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLines")
            .field("prompts", &self.prompts)
            .field("lost", &self.lost())
            .finish_non_exhaustive()
    }
}
