use redb::TableDefinition;

use super::{
    platter::{Left, Platter},
    rig::{nanos, reserve, scope, spent, start, wait},
};
use crate::budget::{End, Ledger, LedgerError, Refund, Window, file::disk::Disk};

/// A file with a row in every table.
fn used() -> Platter {
    let platter = Platter::default();
    let ledger = start(&platter).unwrap();
    let org = [scope(&ledger, "org", 1_000, Window::Day)];
    let doubtful = reserve(&ledger, &org, 100).unwrap();
    ledger.settle(doubtful, End::AtBound.into());
    wait(ledger.refund(&Refund::of_hold("r", doubtful, nanos(10)))).unwrap();
    reserve(&ledger, &org, 50).unwrap();
    wait(ledger.flush()).unwrap();
    Platter::of(platter.after_crash(Left::Nothing))
}

fn corrupt(platter: &Platter) -> String {
    match start(platter) {
        Err(LedgerError::Corrupt(why)) => why.into(),
        other => panic!("it should not open: {other:?}"),
    }
}

fn change(platter: &Platter, change: impl FnOnce(&redb::WriteTransaction)) {
    let database = platter.open().unwrap();
    let writing = database.begin_write().unwrap();
    change(&writing);
    writing.commit().unwrap();
}

const HOLDS: TableDefinition<'static, u128, &[u8]> = TableDefinition::new("holds");
const WINDOWS: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("windows");

#[test]
fn it_opens_undamaged() {
    assert_eq!(spent(&start(&used()).unwrap(), "org"), 140);
}

#[test]
fn a_row_that_is_not_understood_is_an_error() {
    let platter = used();
    change(&platter, |writing| {
        let mut holds = writing.open_table(HOLDS).unwrap();
        holds.insert(5, &b"{\"bound\":1}........"[..]).unwrap();
    });
    let why = corrupt(&platter);
    assert!(why.contains("platter: a row of `holds`"), "{why}");
}

#[test]
fn a_row_that_is_missing_is_an_error() {
    for table in ["windows", "names", "holds", "refunds", "doubts", "state"] {
        let platter = used();
        change(&platter, |writing| match table {
            "windows" => {
                let mut windows = writing.open_table(WINDOWS).unwrap();
                windows.retain(|_, _| false).unwrap();
            }
            "names" | "refunds" | "state" => {
                let table = TableDefinition::<&str, &[u8]>::new(table);
                writing
                    .open_table(table)
                    .unwrap()
                    .retain(|_, _| false)
                    .unwrap();
            }
            _ => {
                let table = TableDefinition::<u128, &[u8]>::new(table);
                writing
                    .open_table(table)
                    .unwrap()
                    .retain(|_, _| false)
                    .unwrap();
            }
        });
        let why = corrupt(&platter);
        assert!(why.contains("missing"), "{why}");
    }
}

#[test]
fn a_row_in_the_place_of_another_is_an_error() {
    let platter = used();
    change(&platter, |writing| {
        use redb::ReadableTable;
        let mut holds = writing.open_table(HOLDS).unwrap();
        let (key, value) = {
            let (key, value) = holds.first().unwrap().unwrap();
            (key.value(), value.value().to_vec())
        };
        holds.remove(key).unwrap();
        holds.insert(key ^ 1, &*value).unwrap();
    });
    assert!(corrupt(&platter).contains("checksum"));
}

#[test]
fn a_file_of_something_else_is_an_error() {
    let platter = Platter::default();
    change(&platter, |writing| {
        writing
            .open_table(TableDefinition::<u64, u64>::new("others"))
            .unwrap();
    });
    assert!(corrupt(&platter).contains("none of a ledger"));
    assert!(corrupt(&Platter::of(b"text".repeat(5_000))).contains("none of a ledger"));
}

/// A changed byte is found, or makes no difference; it never makes money free, and never panics.
#[test]
fn a_changed_byte_is_never_free_money() {
    // The first 4 KB are redb's own, where a bit says which of two commits is the latest.
    const PAGE: usize = 4_096;
    // Of a ledger that was closed. After a crash, redb takes a damaged last commit for one that never ended.
    let platter = used();
    drop(start(&platter).unwrap());
    let bytes = platter.after_crash(Left::Nothing);
    let seed = fastrand::u64(..);
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut found = 0;
    for page in (PAGE..bytes.len()).step_by(PAGE) {
        let end = bytes.len().min(page + PAGE);
        let used: Vec<_> = (page..end).filter(|at| bytes[*at] != 0).collect();
        for _ in 0..used.len().min(4) {
            let mut bytes = bytes.clone();
            let at = used[chance.usize(..used.len())];
            bytes[at] ^= 1 << chance.u8(..8);
            match start(&Platter::of(bytes)) {
                Ok(ledger) => assert_eq!(spent(&ledger, "org"), 140, "seed {seed}, byte {at}"),
                Err(LedgerError::Corrupt(_)) => found += 1,
                Err(error) => panic!("seed {seed}, byte {at}: {error}"),
            }
        }
    }
    assert!(found > 0, "seed {seed}");
}

#[test]
fn a_changed_byte_of_a_row_is_found() {
    use redb::{ReadableDatabase, ReadableTable};
    let platter = used();
    drop(start(&platter).unwrap());
    let database = platter.open().unwrap();
    let reading = database.begin_read().unwrap();
    let mut rows = Vec::new();
    for table in ["names", "refunds", "state"] {
        let table = reading.open_table(TableDefinition::<&str, &[u8]>::new(table));
        rows.push(table.unwrap().first().unwrap().unwrap().1.value().to_vec());
    }
    let table = reading.open_table(TableDefinition::<u128, &[u8]>::new("doubts"));
    rows.push(table.unwrap().first().unwrap().unwrap().1.value().to_vec());
    let table = reading.open_table(WINDOWS).unwrap();
    rows.push(table.first().unwrap().unwrap().1.value().to_vec());
    drop(reading);
    drop(database);
    let bytes = platter.after_crash(Left::Nothing);
    for row in rows {
        for at in [0, row.len() / 2, row.len() - 1] {
            // Wherever it stands: old pages keep old rows.
            let mut changed = bytes.clone();
            for place in 0..=bytes.len() - row.len() {
                if bytes[place..].starts_with(&row) {
                    changed[place + at] ^= 1;
                }
            }
            assert_ne!(changed, bytes);
            corrupt(&Platter::of(changed));
        }
    }
}
