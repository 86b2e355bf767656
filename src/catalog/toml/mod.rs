//! Reads catalogs: from text to entries, with the place of every key. What entries mean together is checked where
//! snapshots are built.

mod alias;
mod file;
mod model;
mod price;
mod provider;
mod rate;
mod reader;
mod section;
mod values;

use std::{fs, sync::Arc, time::SystemTime};

use self::file::File;
pub(crate) use self::reader::{Findings, Reader};
use super::{CatalogError, Snapshot, Source, SourceInfo, error::Problem, source::Place};

const BUILTIN: &str = include_str!("../builtin.toml");

/// Reads sources on top of each other.
pub(super) fn read(sources: &[Source]) -> Result<Snapshot, CatalogError> {
    let mut draft = Snapshot::builder();
    let mut problems = Vec::new();
    let mut hasher = blake3::Hasher::new();
    for source in sources {
        match open(&source.place) {
            Ok(Opened {
                name,
                text,
                modified,
            }) => {
                // The length keeps two sources from being the same as one that joins them.
                hasher.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
                hasher.update(text.as_bytes());
                let file = File::new(Arc::clone(&name), &text);
                let as_of = file.read(&source.allowed, &mut draft);
                draft.next_layer();
                draft.sources.push(SourceInfo {
                    name,
                    modified,
                    as_of,
                });
                let (wrong, strange) = file.into_findings();
                problems.extend(wrong);
                draft.warnings.extend(strange);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(CatalogError::new(problems));
    }
    draft.hash = hasher.finalize().to_hex().as_str().into();
    draft.build()
}

struct Opened {
    name: Arc<str>,
    text: Arc<str>,
    modified: Option<SystemTime>,
}

fn open(place: &Place) -> Result<Opened, Problem> {
    let given = |name: &Arc<str>, text: &Arc<str>| Opened {
        name: Arc::clone(name),
        text: Arc::clone(text),
        modified: None,
    };
    match place {
        Place::Builtin => Ok(given(&"builtin".into(), &BUILTIN.into())),
        Place::Text { name, text } => Ok(given(name, text)),
        Place::File(path) => {
            let name: Arc<str> = path.display().to_string().into();
            let modified = fs::metadata(path).and_then(|meta| meta.modified()).ok();
            match fs::read_to_string(path) {
                Ok(text) => Ok(Opened {
                    name,
                    text: text.into(),
                    modified,
                }),
                Err(why) => Err(Problem {
                    source: Some(name),
                    line: 0,
                    column: 0,
                    item: "".into(),
                    key: "".into(),
                    what: format!("cannot be read: {why}").into(),
                }),
            }
        }
    }
}
