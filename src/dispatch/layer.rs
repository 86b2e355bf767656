use std::{fmt, sync::Arc, time::Duration};

use tower::Layer;

use super::{
    Credential, Dialect, Dispatch, Drain, FromEnv, Sent, config::Config, drain::Drains, kept::Kept,
    meter::Watcher,
};
use crate::{context::Clock, health::Monitor, observe::Observer, select::Spoken};

/// Layer that calls the planned candidate: holds money, speaks the dialect, meters, settles.
///
/// See the [module docs](crate::dispatch) for an example.
#[derive(Clone)]
pub struct DispatchLayer {
    config: Arc<Config>,
}

impl DispatchLayer {
    /// With the built-in dialects and keys from the environment.
    pub fn new() -> Self {
        let config = Config {
            dialects: built_in(),
            credential: Arc::new(FromEnv),
            observer: None,
            clock: Clock::system(),
            drain: Drains::default(),
            idle_timeout: None,
            callers_keys: false,
            kept: Kept::default(),
            monitor: None,
            sent_by: None,
        };
        Self {
            config: Arc::new(config),
        }
    }

    /// Speaks one more dialect; one of the same name is replaced.
    #[must_use]
    pub fn dialect(self, dialect: impl Dialect + 'static) -> Self {
        self.with(|config| {
            config
                .dialects
                .retain(|other| other.name() != dialect.name());
            config.dialects.push(Arc::new(dialect));
        })
    }

    /// Where keys come from. Default: [`FromEnv`].
    #[must_use]
    pub fn credential(self, credential: impl Credential + 'static) -> Self {
        self.with(|config| config.credential = Arc::new(credential))
    }

    /// Who is told when calls end.
    #[must_use]
    pub fn observer(self, observer: impl Observer + 'static) -> Self {
        self.with(|config| config.observer = Some(Watcher(Arc::new(observer))))
    }

    /// The clock that settlements go by.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        self.with(|config| config.clock = clock)
    }

    /// Whether streams that their callers leave are read on. Default: [`Drain::off`].
    #[must_use]
    pub fn drain(self, drain: Drain) -> Self {
        self.with(|config| config.drain = config.drain.with(drain))
    }

    /// Sets how long a streamed answer may say nothing once its head is there; one that does is cut, which before its
    /// first content is a failure that [`FallbackLayer`](crate::fallback::FallbackLayer) goes on from. Only the
    /// provider's silence counts, and no time that the caller takes to read. Thinking is life, shown or not; comments,
    /// pings, events in which nothing stands, and bytes that complete no event are none. Answers that are not streamed
    /// have no part in it. Needs tokio's timers. `None`, the default, is for ever.
    #[must_use]
    pub fn idle_timeout(self, most: impl Into<Option<Duration>>) -> Self {
        self.with(|config| config.idle_timeout = most.into())
    }

    /// Reads from a client's own error type whether a failed request was sent. Without it, [`Sent::of`] looks through
    /// the errors that it knows, and what it does not know counts as sent: a call that certainly never left, and is
    /// taken for one that may have, costs the most that it could have cost.
    #[must_use]
    pub fn sent_by<E: 'static>(self, read: impl Fn(&E) -> Sent + Send + Sync + 'static) -> Self {
        self.with(|config| {
            config.sent_by = Some(Arc::new(move |error| error.downcast_ref().map(&read)));
        })
    }

    /// Who is told how attempts end, and says whether a candidate may be asked now. Share it with
    /// [`Selector::health`](crate::select::Selector::health). Default: nobody, and everyone may.
    #[must_use]
    pub fn monitor(self, monitor: Monitor) -> Self {
        self.with(|config| config.monitor = Some(monitor))
    }

    /// Whether a caller who addresses a provider of the catalog by its own URI is called with its own
    /// `Authorization`. For an app's own client; never where callers are strangers. Default: no.
    #[must_use]
    pub fn callers_keys(self, use_them: bool) -> Self {
        self.with(|config| config.callers_keys = use_them)
    }

    /// The dialects that it speaks, and what each has words for: what a
    /// [`Selector`](crate::select::Selector::dialects) wants to know.
    pub fn dialects(&self) -> impl Iterator<Item = Spoken> {
        let dialects = self.config.dialects.iter();
        dialects.map(|dialect| Spoken::of(&**dialect))
    }

    fn with(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(Arc::make_mut(&mut self.config));
        self
    }
}

fn built_in() -> Vec<Arc<dyn Dialect>> {
    vec![
        #[cfg(feature = "openai")]
        Arc::new(super::openai::OpenAi::new()),
        #[cfg(feature = "anthropic")]
        Arc::new(super::anthropic::Anthropic::new()),
        #[cfg(feature = "gemini")]
        Arc::new(super::gemini::Gemini::new()),
    ]
}

impl Default for DispatchLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for DispatchLayer {
    type Service = Dispatch<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Dispatch::with(inner, Arc::clone(&self.config))
    }
}

impl fmt::Debug for DispatchLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DispatchLayer")
            .field("config", &self.config)
            .finish()
    }
}
