//! Reference data that is no part of the repository: vendors' schemas and recorded answers.
//!
//! Looked for in `WIRE_REFERENCE`, else in `../shared` beside the repository. A test that needs it says so and
//! does nothing where it is absent.

use std::{env, fs, path::PathBuf};

/// A file or folder of the reference data, where it is present.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    let named = env::var_os("WIRE_REFERENCE").map(PathBuf::from);
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared"));
    let path = named.unwrap_or_else(beside).join(name);
    path.exists().then_some(path)
}

/// The same as text; says that it is absent.
pub(crate) fn text(name: &str) -> Option<String> {
    let text = path(name).and_then(|path| fs::read_to_string(path).ok());
    if text.is_none() {
        println!("skipped: {name} is not here");
    }
    text
}
