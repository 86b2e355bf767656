//! A store of one's own for answers: a map with a lock, which counts.
//!
//! `cargo run --example own_store`

mod common;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tower_genai::cache::{CacheLayer, Entry, Key, Lookup, Store};

#[derive(Debug, Default)]
struct Counting {
    entries: Mutex<HashMap<Key, Arc<Entry>>>,
    hits: AtomicU64,
}

impl Store for Counting {
    fn get(&self, key: &Key) -> Lookup {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let found = entries.get(key).cloned();
        self.hits
            .fetch_add(found.is_some().into(), Ordering::Relaxed);
        Lookup::Ready(found)
    }

    fn put(&self, key: Key, entry: Arc<Entry>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        // A real one chooses who goes.
        if entries.len() < 1_000 {
            entries.insert(key, entry);
        }
    }

    fn remove(&self, key: &Key, expired: &Arc<Entry>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries
            .get(key)
            .is_some_and(|entry| Arc::ptr_eq(entry, expired))
        {
            entries.remove(key);
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (provider, stack) = common::start(None).await?;
    let store = Arc::new(Counting::default());
    let cache = CacheLayer::new()
        .store(Arc::clone(&store))
        .single_tenant(true);
    let stack = stack.cache(cache);
    for _ in 0..5 {
        println!("{}", common::ask(&stack, "What is for lunch?").await?);
    }
    println!(
        "{} call, {} hits",
        provider.calls().len(),
        store.hits.load(Ordering::Relaxed)
    );
    Ok(())
}
