use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, SystemTime},
};

use redb::{
    Database, DatabaseError, Key, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    StorageError, Table, TableDefinition, TableError, TableHandle, WriteTransaction,
};

use super::{
    ClosedWindow,
    disk::Disk,
    rows::{self, RowCounts, State},
};
use crate::budget::{
    AccountId, HoldId, HoldLabel, LedgerError, ModelView,
    book::{Batch, Record, WindowRow, shown},
};

type Rows<K> = TableDefinition<'static, K, &'static [u8]>;

const STATE: Rows<&str> = Rows::new("state");
const HOLDS: Rows<u128> = Rows::new("holds");
const DOUBTS: Rows<u128> = Rows::new("doubts");
const WINDOWS: Rows<u64> = Rows::new("windows");
const NAMES: Rows<&str> = Rows::new("names");
const REFUNDS: Rows<&str> = Rows::new("refunds");
/// By the second of their end, and their serial.
const CLOSED: Rows<(u64, u64)> = Rows::new("closed");

const ONLY: &str = "ledger";

/// How long the statement of a window that is over is kept.
const CLOSED_KEPT: Duration = Duration::from_secs(400 * 86_400);

/// The file: rows under names. Knows nothing of what they mean to each other.
#[derive(Debug)]
pub(super) struct Store {
    disk: Box<dyn Disk>,
    /// Written into the file, so that it is noticed when somebody else had it meanwhile.
    owner: u128,
    /// None after a failure: redb must then be opened anew.
    database: Option<Database>,
}

impl Store {
    /// Opens the file; answers its rows, or none where it is new.
    pub(super) fn open(disk: Box<dyn Disk>) -> Result<(Self, Option<Batch>), LedgerError> {
        let name = disk.name();
        let database = guarded(|| disk.open().map_err(opening))?;
        let rows = guarded(|| load(&database));
        let rows = rows.map_err(|error| error.within(&name));
        let store = Self {
            disk,
            owner: u128::from(fastrand::u64(..)) << 64 | u128::from(fastrand::u64(..)),
            database: Some(database),
        };
        match rows {
            Ok(rows) => Ok((store, rows)),
            Err(error) => Err(error),
        }
    }

    /// Writes a batch; when it answers, all of it is on the disk. After an error nobody knows whether it is.
    pub(super) fn commit(&mut self, batch: &Batch) -> Result<(), LedgerError> {
        self.ready()?;
        let database = self.database.take();
        let database = database.ok_or_else(|| LedgerError::Unavailable("it is closed".into()))?;
        guarded(|| write(&database, batch, self.owner))?;
        self.database = Some(database);
        Ok(())
    }

    /// Opens the file again where it has failed.
    pub(super) fn ready(&mut self) -> Result<(), LedgerError> {
        if self.database.is_some() {
            return Ok(());
        }
        let database = guarded(|| self.disk.open().map_err(opening))?;
        match guarded(|| state(&database))? {
            Some(state) if state.owner != self.owner => Err(LedgerError::Lost(
                "another process has had the file while it could not be written".into(),
            )),
            // Whoever took the file away had it from nobody: what was in it is known here.
            _ => {
                self.database = Some(database);
                Ok(())
            }
        }
    }

    /// The statement.
    pub(super) fn closed(&mut self) -> Result<Vec<ClosedWindow>, LedgerError> {
        self.ready()?;
        let database = self.database.as_ref();
        let database = database.ok_or_else(|| LedgerError::Unavailable("it is closed".into()))?;
        guarded(|| {
            let reading = database.begin_read().map_err(failed)?;
            let table = reading.open_table(CLOSED).map_err(failed)?;
            let mut closed = Vec::new();
            for row in table.iter().map_err(failed)? {
                let (key, value) = row.map_err(failed)?;
                let json = unseal(CLOSED, &key.value(), value.value())?;
                let row = rows::read_window(key.value().1, json);
                closed.push(statement(row.map_err(|why| unread(CLOSED, &why))?));
            }
            Ok(closed)
        })
    }
}

/// A panic on the way is an error: redb trusts what it has written.
fn guarded<T>(work: impl FnOnce() -> Result<T, LedgerError>) -> Result<T, LedgerError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(LedgerError::Corrupt("reading it panicked".into())))
}

// ===== errors =====

fn opening(error: DatabaseError) -> LedgerError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => LedgerError::Unavailable(
            "another process, or this one, has its file open already".into(),
        ),
        DatabaseError::Storage(StorageError::Io(error))
            if error.kind() == std::io::ErrorKind::InvalidData =>
        {
            LedgerError::Corrupt(format!("its file is none of a ledger: {error}").into())
        }
        other => failed(other),
    }
}

fn failed(error: impl Into<redb::Error>) -> LedgerError {
    let error = error.into();
    match &error {
        redb::Error::Io(_) | redb::Error::PreviousIo | redb::Error::Backend(_) => {
            LedgerError::Unavailable(error.to_string().into())
        }
        redb::Error::DatabaseAlreadyOpen => LedgerError::Unavailable(error.to_string().into()),
        _ => LedgerError::Corrupt(error.to_string().into()),
    }
}

fn unread(table: impl TableHandle, why: &str) -> LedgerError {
    LedgerError::Corrupt(format!("a row of `{}`: {why}", table.name()).into())
}

impl LedgerError {
    /// Says which file it was.
    pub(super) fn within(self, file: &str) -> Self {
        let within = |text: Box<str>| format!("{file}: {text}").into();
        match self {
            Self::Unavailable(text) => Self::Unavailable(within(text)),
            Self::Lost(text) => Self::Lost(within(text)),
            Self::Corrupt(text) => Self::Corrupt(within(text)),
        }
    }
}

// ===== seals =====

const SEAL: usize = 8;

/// The first bytes of a hash over a row's place and text: what is changed or in the wrong place is found.
fn seal<K: Key + 'static>(table: Rows<K>, key: &K::SelfType<'_>, json: &[u8]) -> [u8; SEAL] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(table.name().as_bytes()).update(&[0]);
    let key = K::as_bytes(key);
    hasher.update(key.as_ref()).update(&[0]).update(json);
    let mut seal = [0; SEAL];
    seal.copy_from_slice(&hasher.finalize().as_bytes()[..SEAL]);
    seal
}

fn unseal<'a, K: Key + 'static>(
    table: Rows<K>,
    key: &K::SelfType<'_>,
    value: &'a [u8],
) -> Result<&'a [u8], LedgerError> {
    let parts = value.split_last_chunk::<SEAL>();
    match parts {
        Some((json, found)) if *found == seal(table, key, json) => Ok(json),
        _ => Err(unread(table, "its checksum does not fit")),
    }
}

// ===== writing =====

fn write(database: &Database, batch: &Batch, owner: u128) -> Result<(), LedgerError> {
    let writing = database.begin_write().map_err(failed)?;
    if batch.whole {
        empty(&writing)?;
    }
    let holds = put(
        &writing,
        HOLDS,
        &batch.holds,
        |id| id.as_u128(),
        rows::write_hold,
    )?;
    let doubts = put(
        &writing,
        DOUBTS,
        &batch.doubts,
        |id| id.as_u128(),
        rows::write_doubt,
    )?;
    let windows = put(
        &writing,
        WINDOWS,
        &batch.windows,
        |serial| *serial,
        rows::write_window,
    )?;
    let refunds = put_text(
        &writing,
        REFUNDS,
        batch
            .refunds
            .iter()
            .map(|(id, row)| (&**id, row.as_ref().map(rows::write_refund))),
    )?;
    let names = put_text(
        &writing,
        NAMES,
        batch
            .names
            .iter()
            .map(|(name, kinds)| (&**name, Some(rows::write_name(*kinds)))),
    )?;
    let closed = close(&writing, batch)?;
    let mut state = State::of(&batch.state, owner);
    state.rows = RowCounts {
        holds,
        doubts,
        windows,
        names,
        refunds,
        closed,
    };
    let json = rows::write(&state);
    put_text(&writing, STATE, [(ONLY, Some(json))].into_iter())?;
    writing.commit().map_err(failed)
}

fn empty(writing: &WriteTransaction) -> Result<(), LedgerError> {
    for table in [HOLDS.name(), DOUBTS.name()] {
        writing
            .delete_table(Rows::<u128>::new(table))
            .map_err(failed)?;
    }
    writing.delete_table(WINDOWS).map_err(failed)?;
    writing.delete_table(NAMES).map_err(failed)?;
    writing.delete_table(REFUNDS).map_err(failed)?;
    Ok(())
}

type Written = Result<Vec<u8>, String>;

/// Puts rows into a table, or takes them out; answers how many it has then.
fn put<K, N, R>(
    writing: &WriteTransaction,
    table: Rows<K>,
    rows: &[(N, Option<R>)],
    key: impl Fn(&N) -> K,
    json: impl Fn(&R) -> Written,
) -> Result<u64, LedgerError>
where
    K: Key + for<'k> redb::Value<SelfType<'k> = K> + 'static,
{
    let mut open = writing.open_table(table).map_err(failed)?;
    for (name, row) in rows {
        put_one(&mut open, table, &key(name), row.as_ref().map(&json))?;
    }
    open.len().map_err(failed)
}

fn put_text<'a>(
    writing: &WriteTransaction,
    table: Rows<&'static str>,
    rows: impl Iterator<Item = (&'a str, Option<Written>)>,
) -> Result<u64, LedgerError> {
    let mut open = writing.open_table(table).map_err(failed)?;
    for (key, json) in rows {
        put_one(&mut open, table, &key, json)?;
    }
    open.len().map_err(failed)
}

fn put_one<K: Key + 'static>(
    open: &mut Table<'_, K, &'static [u8]>,
    table: Rows<K>,
    key: &K::SelfType<'_>,
    json: Option<Written>,
) -> Result<(), LedgerError> {
    match json {
        Some(json) => {
            let mut value = json.map_err(|why| unread(table, &why))?;
            let seal = seal(table, key, &value);
            value.extend_from_slice(&seal);
            open.insert(key, &*value).map_err(failed)?;
        }
        None => {
            open.remove(key).map_err(failed)?;
        }
    }
    Ok(())
}

/// Adds to the statement what is over, and takes off what is long over.
fn close(writing: &WriteTransaction, batch: &Batch) -> Result<u64, LedgerError> {
    let mut open = writing.open_table(CLOSED).map_err(failed)?;
    for (account, record, labels) in &batch.closed {
        let row = WindowRow {
            account: Arc::clone(account),
            would_refuse: 0,
            record: record.clone(),
            labels: labels.clone(),
        };
        let key = (record.ends_at.map_or(u64::MAX, seconds), record.serial);
        put_one(&mut open, CLOSED, &key, Some(rows::write_window(&row)))?;
    }
    if !batch.closed.is_empty() {
        let long_ago = batch.state.now.checked_sub(CLOSED_KEPT).map_or(0, seconds);
        open.retain_in(..(long_ago, 0), |_, _| false)
            .map_err(failed)?;
    }
    open.len().map_err(failed)
}

fn seconds(at: SystemTime) -> u64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

// ===== reading =====

/// What there is one of; none in an empty file.
fn state(database: &Database) -> Result<Option<State>, LedgerError> {
    let reading = database.begin_read().map_err(failed)?;
    let table = match reading.open_table(STATE) {
        Ok(table) => table,
        Err(TableError::TableDoesNotExist(_)) => {
            return match reading.list_tables().map_err(failed)?.count() {
                0 => Ok(None),
                _ => Err(LedgerError::Corrupt("its file is none of a ledger".into())),
            };
        }
        Err(error) => return Err(failed(error)),
    };
    let row = table.get(ONLY).map_err(failed)?;
    let Some(row) = row else {
        return Err(unread(STATE, "it is missing"));
    };
    let json = unseal(STATE, &ONLY, row.value())?;
    State::read(json)
        .map(Some)
        .map_err(|why| unread(STATE, &why))
}

fn load(database: &Database) -> Result<Option<Batch>, LedgerError> {
    let Some(state) = state(database)? else {
        return Ok(None);
    };
    let mut found = RowCounts::default();
    let holds = take(database, HOLDS, &mut found.holds, |id, json| {
        Ok((HoldId::from_u128(*id), Some(rows::read_hold(json)?)))
    })?;
    let doubts = take(database, DOUBTS, &mut found.doubts, |id, json| {
        Ok((HoldId::from_u128(*id), Some(rows::read_doubt(json)?)))
    })?;
    let windows = take(database, WINDOWS, &mut found.windows, |serial, json| {
        Ok((*serial, Some(rows::read_window(*serial, json)?)))
    })?;
    let names = take(database, NAMES, &mut found.names, |name, json| {
        Ok((Arc::from(*name), rows::read_name(json)?))
    })?;
    let refunds = take(database, REFUNDS, &mut found.refunds, |id, json| {
        Ok((Arc::from(*id), Some(rows::read_refund(json)?)))
    })?;
    take(database, CLOSED, &mut found.closed, |key, json| {
        rows::read_window(key.1, json).map(drop)
    })?;
    if found != state.rows {
        let text = format!("rows are missing: {found:?} instead of {:?}", state.rows);
        return Err(LedgerError::Corrupt(text.into()));
    }
    Ok(Some(Batch {
        whole: true,
        state: state.row().map_err(|why| unread(STATE, &why))?,
        holds,
        doubts,
        windows,
        names,
        refunds,
        closed: Vec::new(),
    }))
}

fn take<K: Key + 'static, T>(
    database: &Database,
    table: Rows<K>,
    count: &mut u64,
    read: impl Fn(&K::SelfType<'_>, &[u8]) -> Result<T, String>,
) -> Result<Vec<T>, LedgerError> {
    let reading = database.begin_read().map_err(failed)?;
    let open = reading.open_table(table).map_err(failed)?;
    let mut taken = Vec::new();
    for row in open.iter().map_err(failed)? {
        let (key, value) = row.map_err(failed)?;
        let json = unseal(table, &key.value(), value.value())?;
        taken.push(read(&key.value(), json).map_err(|why| unread(table, &why))?);
        *count += 1;
    }
    Ok(taken)
}

fn statement(row: WindowRow) -> ClosedWindow {
    let WindowRow {
        account,
        record,
        labels,
        ..
    } = row;
    ClosedWindow {
        account: AccountId::clone(&account),
        window: record.window,
        starts_at: record.starts_at,
        ends_at: record.ends_at,
        spent: shown(record.spent),
        models: models(&record, labels),
    }
}

fn models(record: &Record, labels: Vec<HoldLabel>) -> Vec<ModelView> {
    let mut models: Vec<_> = record
        .models
        .iter()
        .zip(labels)
        .map(|(tally, label)| ModelView {
            label,
            attempts: tally.attempts,
            spent: shown(tally.spent),
        })
        .collect();
    models.sort_by_key(|model| std::cmp::Reverse(model.spent));
    models
}
