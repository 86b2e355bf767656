use std::{io::BufRead, path::Path, sync::Arc, time::Duration};

use serde_json::{Map, Value};

use super::{
    super::{KeptLabel, KeptRow, StoreError, StreamName},
    FORMAT, Kept, VERSION,
};

/// Reads a file: all of it, or nothing and why.
pub(super) fn read(path: &Path, name: &Arc<str>) -> Result<Kept, StoreError> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Kept::default()),
        Err(error) => return Err(unreadable(name, &error)),
    };
    let mut kept = Kept::default();
    for (at, line) in std::io::BufReader::new(file).split(b'\n').enumerate() {
        let line = line.map_err(|error| unreadable(name, &error))?;
        let damaged = |what: &str| StoreError::Damaged {
            file: Arc::clone(name),
            line: at + 1,
            what: what.into(),
        };
        let object = serde_json::from_slice::<Map<String, Value>>(&line);
        let object = object.map_err(|_| damaged("is no JSON object"))?;
        if at == 0 {
            head(&object, name).map_err(|why| why.unwrap_or_else(|| damaged(NO_PROFILE)))?;
            continue;
        }
        let wrong =
            |member: &str| damaged(&format!("`{member}` is missing, or not what it must be"));
        take(&mut kept, object).map_err(wrong)?;
    }
    Ok(kept)
}

const NO_PROFILE: &str = "is no profile: the first line does not say so";

fn unreadable(name: &Arc<str>, error: &std::io::Error) -> StoreError {
    StoreError::unavailable(format!("{name}: {error}"))
}

/// What the first line says of the rest.
fn head(object: &Map<String, Value>, name: &Arc<str>) -> Result<(), Option<StoreError>> {
    if object.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(None);
    }
    match object.get("version").and_then(Value::as_u64) {
        Some(VERSION) => Ok(()),
        Some(version) if version > VERSION => Err(Some(StoreError::Newer {
            file: Arc::clone(name),
            version,
        })),
        _ => Err(None),
    }
}

fn take(kept: &mut Kept, object: Map<String, Value>) -> Result<(), &'static str> {
    match object.get("kind").and_then(Value::as_str) {
        Some("label") => {
            let stream = StreamName::read(&object)?;
            kept.label(&stream, KeptLabel::from_json(&Value::Object(object))?);
        }
        Some("figures") => {
            let (tenant, row) = KeptRow::read(&object)?;
            // Each stands there once, so that nothing is added and nothing fades.
            kept.row(tenant.as_ref(), &row, Duration::MAX);
        }
        _ => return Err("kind"),
    }
    Ok(())
}
