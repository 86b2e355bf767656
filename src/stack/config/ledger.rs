use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    budget::{Ledger, LedgerError, MemoryLedger},
    catalog::Reader,
};

/// What `[ledger]` says: where budgets are kept.
#[derive(Clone)]
pub(super) enum Kept {
    /// Nothing.
    Unsaid,
    Memory,
    File(PathBuf),
    /// At this address, which may have a password in it, under this name.
    #[cfg_attr(
        not(feature = "redis"),
        allow(dead_code, reason = "such a build has refused the file")
    )]
    Redis(Arc<str>, Option<Arc<str>>),
}

/// A promise about money is kept or refused: a ledger that this build does not have makes the file unusable.
pub(super) fn read(top: &Reader<'_>, beside: &Path) -> Kept {
    let Some(section) = top.section("ledger") else {
        return Kept::Unsaid;
    };
    section.keys(&["kind", "path", "url", "url_env", "name"]);
    let kinds = [("memory", "memory"), ("file", "file"), ("redis", "redis")];
    let kind = section.word("kind", &kinds);
    if kind.is_none() && !section.has("kind") {
        section.wrong("kind", "is missing; write one of memory, file, redis");
    }
    for (key, with) in [
        ("path", "file"),
        ("url", "redis"),
        ("url_env", "redis"),
        ("name", "redis"),
    ] {
        if section.text(key).is_some() && kind.is_some_and(|kind| kind != with) {
            section.wrong(key, format!("goes with `kind = \"{with}\"` only"));
        }
    }
    match kind {
        Some("file") => file(&section, beside),
        Some("redis") => redis(&section),
        Some(_) => Kept::Memory,
        None => Kept::Unsaid,
    }
}

fn file(section: &Reader<'_>, beside: &Path) -> Kept {
    if cfg!(not(feature = "redb")) {
        section.wrong("kind", "\"file\" needs the feature `redb` of this build");
    }
    match section.text("path") {
        Some(path) => Kept::File(beside.join(path)),
        None => {
            section.wrong("path", "is missing; write a file such as \"ledger.redb\"");
            Kept::Unsaid
        }
    }
}

fn redis(section: &Reader<'_>) -> Kept {
    if cfg!(not(feature = "redis")) {
        section.wrong("kind", "\"redis\" needs the feature `redis` of this build");
    }
    let url = address(section);
    let name = section.text("name").map(Arc::from);
    url.map_or(Kept::Unsaid, |url| Kept::Redis(url.into(), name))
}

/// The address of a Redis, which may have a password in it, or the name of the variable that has it.
pub(super) fn address(section: &Reader<'_>) -> Option<String> {
    match (section.text("url"), section.text("url_env")) {
        (Some(_), Some(_)) => {
            section.wrong("url_env", "stands beside `url`; leave one out");
            None
        }
        (Some(url), None) => Some(url.to_owned()),
        (None, Some(name)) if !is_name(name) => {
            // It may be the address itself, with a password in it.
            section.wrong("url_env", "is no name of an environment variable");
            None
        }
        (None, Some(name)) => {
            let url = std::env::var(name).ok();
            if url.is_none() {
                let what = format!("names the variable {name}, which is not set");
                section.wrong("url_env", what);
            }
            url
        }
        (None, None) => {
            let what =
                "is missing; write an address such as \"redis://127.0.0.1:6379\", or `url_env`";
            section.wrong("url", what);
            None
        }
    }
}

fn is_name(text: &str) -> bool {
    let of_names = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !text.is_empty() && text.chars().all(of_names)
}

impl Kept {
    /// Whether what is spent is still known when the process starts anew.
    pub(super) const fn lasts(&self) -> bool {
        matches!(self, Self::File(_) | Self::Redis(..))
    }

    /// The ledger. Of this kind a build without its feature has read none.
    pub(super) fn open(&self) -> Result<Arc<dyn Ledger>, LedgerError> {
        match self {
            #[cfg(feature = "redb")]
            Self::File(path) => Ok(Arc::new(crate::budget::FileLedger::open(path)?)),
            #[cfg(feature = "redis")]
            Self::Redis(url, name) => {
                let ledger = crate::budget::RedisLedger::new(url)?;
                Ok(Arc::new(match name {
                    Some(name) => ledger.name(&**name),
                    None => ledger,
                }))
            }
            _ => Ok(Arc::new(MemoryLedger::new())),
        }
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsaid => f.write_str("Unsaid"),
            Self::Memory => f.write_str("Memory"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Redis(..) => f.write_str("Redis(..)"),
        }
    }
}
