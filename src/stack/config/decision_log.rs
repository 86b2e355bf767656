use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{catalog::Reader, observe::JsonLines};

/// What `[decision_log]` says: where decisions are written to.
#[derive(Clone, Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    prompts: bool,
}

pub(super) fn read(top: &Reader<'_>, beside: &Path) -> Option<LogFile> {
    let section = top.section("decision_log")?;
    section.keys(&["path", "prompts"]);
    let prompts = section.flag("prompts").unwrap_or(false);
    let Some(path) = section.text("path") else {
        if !section.has("path") {
            section.wrong(
                "path",
                "is missing; write a file such as \"decisions.jsonl\"",
            );
        }
        return None;
    };
    Some(LogFile {
        path: beside.join(path),
        prompts,
    })
}

impl LogFile {
    /// Opens the file, which is made where there is none.
    pub(super) fn open(&self) -> io::Result<JsonLines> {
        JsonLines::append(&self.path)
            .map(|log| log.prompts(self.prompts))
            .map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", self.path.display()))
            })
    }
}
