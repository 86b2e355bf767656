use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use foldhash::fast::RandomState;

use super::{
    super::{Heard, MOST, ProfileStore, Rows, StoreError, StoreFuture, Stream, StreamName, Told},
    heard,
    keys::Keys,
    link::{Link, Program},
};

/// So many rows are kept of a tenant.
const ROWS: usize = 4_096;
/// Before everything.
const BEGINNING: &str = "0-0";

/// Keeps what is learned in Redis, for several processes: each learns from the scores that the others were given.
///
/// ```no_run
/// use tower_genai::profile::{Profile, store::RedisStore};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = RedisStore::new("redis://127.0.0.1:6379")?.name("acme");
/// let profile = Profile::new().keep(store);
/// # drop(profile);
/// # Ok(())
/// # }
/// ```
///
/// Labels are entries of a Redis stream for each stream of calls, the last 1 024 of them; each process reads on from where
/// it was, and takes none twice. Sums are added up by the server. What was told and not answered is told again, and counts
/// once. A stream, or a tenant's sums, of which no process knows any more goes after [`expiry`](Self::expiry).
///
/// A new stream of calls begins without experience and gets it some milliseconds later, when the store was asked. Each
/// exchange takes one round trip for each stream and each tenant that the process knows.
///
/// Keys of one stream have one hash tag, `{name:tenant:alias}`, so that a cluster spreads streams over its nodes; where it
/// says that one has moved, the store follows. It needs Redis 5 or later, and is tested with 7.0.
pub struct RedisStore {
    name: String,
    deadline: Duration,
    expiry: Duration,
    link: Link,
    labels: Program,
    rows: Program,
    /// The last entry of each stream that was read.
    read: Mutex<HashMap<StreamName, String, RandomState>>,
}

impl RedisStore {
    /// At this address: `redis://[user:password@]host[:port][/database]`, or `redis+unix:///path` for a socket. It connects
    /// when it is first used.
    ///
    /// # Errors
    /// When the text is no such address.
    pub fn new(url: &str) -> Result<Self, StoreError> {
        let client = redis::Client::open(url)
            .map_err(|_| StoreError::unavailable("its address is none of Redis"))?;
        Ok(Self {
            name: "tower-genai-profile".to_owned(),
            deadline: Duration::from_secs(1),
            expiry: Duration::from_secs(90 * 86_400),
            link: Link::new(client),
            labels: Program::new(include_str!("lua/labels.lua")),
            rows: Program::new(include_str!("lua/rows.lua")),
            read: Mutex::default(),
        })
    }

    /// Which one it is, of those that the server keeps: all its keys begin with this name behind a brace. Default:
    /// `tower-genai-profile`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// How long one command may take, a connection included, before the exchange is given up. Default: 1 s.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How long it is kept what no process asks for any more. Default: 90 days; at least a second.
    #[must_use]
    pub const fn expiry(mut self, expiry: Duration) -> Self {
        self.expiry = expiry;
        self
    }

    async fn stream(
        &self,
        told: &Told,
        stream: &Stream,
    ) -> Result<(String, Option<Stream>), StoreError> {
        let known = self.read().get(&stream.name).cloned();
        let after = known.filter(|_| !stream.anew);
        let mut arguments = vec![
            after.unwrap_or_else(|| BEGINNING.to_owned()),
            MOST.to_string(),
            self.seconds(),
            format!("{:016x}", told.process),
            told.number.to_string(),
        ];
        let labels = stream.labels.iter();
        arguments.extend(labels.map(|label| label.to_json().to_string()));
        let keys = Keys::of_stream(&self.name, &stream.name);
        let answer = self.run(&self.labels, &keys, told, &arguments).await?;
        let (last, labels) = heard::labels(answer)?;
        let heard = (!labels.is_empty()).then(|| Stream::new(stream.name.clone(), labels));
        Ok((last, heard))
    }

    async fn rows(&self, told: &Told, rows: &Rows) -> Result<Rows, StoreError> {
        let mut arguments = vec![
            told.number.to_string(),
            told.half_life_s.max(1.0).to_string(),
            self.seconds(),
            ROWS.to_string(),
        ];
        for row in &rows.rows {
            arguments.extend([heard::name(row), heard::sums(&row.counts)]);
        }
        let keys = Keys::of_rows(&self.name, rows.tenant.as_ref());
        let answer = self.run(&self.rows, &keys, told, &arguments).await?;
        Ok(Rows::new(rows.tenant.clone(), heard::rows(answer)?))
    }

    async fn run(
        &self,
        program: &Program,
        keys: &Keys,
        told: &Told,
        arguments: &[String],
    ) -> Result<redis::Value, StoreError> {
        let its = [keys.kept(), keys.told(told.process)];
        let answer = self
            .link
            .run(program, keys.tag(), its, arguments, self.deadline);
        answer.await
    }

    async fn all(&self, told: &Told) -> Result<Heard, StoreError> {
        let mut heard = Heard::default();
        let mut read = Vec::with_capacity(told.streams.len());
        for stream in &told.streams {
            let (last, labels) = self.stream(told, stream).await?;
            read.push((stream.name.clone(), last));
            heard.streams.extend(labels);
        }
        for rows in &told.rows {
            heard.rows.push(self.rows(told, rows).await?);
        }
        // Only now: what was heard of an exchange that fails is heard again.
        self.read().extend(read);
        Ok(heard)
    }

    fn seconds(&self) -> String {
        self.expiry.as_secs().max(1).to_string()
    }

    fn read(&self) -> MutexGuard<'_, HashMap<StreamName, String, RandomState>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProfileStore for RedisStore {
    fn exchange<'a>(&'a self, told: &'a Told) -> StoreFuture<'a, Result<Heard, StoreError>> {
        Box::pin(self.all(told))
    }
}

impl fmt::Debug for RedisStore {
    /// Without the address, which may have a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("name", &self.name)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
