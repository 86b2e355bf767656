use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::{FORMAT, Kept, VERSION};

/// Writes all of it, a line for each thing.
pub(super) fn write(kept: &Kept, to: &mut impl Write) -> io::Result<()> {
    writeln!(to, "{}", json!({ "format": FORMAT, "version": VERSION }))?;
    let mut tenants: Vec<_> = kept.rows.iter().collect();
    tenants.sort_by_key(|(tenant, _)| *tenant);
    for (tenant, rows) in tenants {
        for row in rows {
            let mut object = Map::new();
            object.insert("kind".into(), "figures".into());
            row.write(tenant.as_ref(), &mut object);
            writeln!(to, "{}", Value::Object(object))?;
        }
    }
    let mut streams: Vec<_> = kept.streams.iter().collect();
    streams.sort_by(|(a, _), (b, _)| (&a.tenant, &a.alias).cmp(&(&b.tenant, &b.alias)));
    for (name, labels) in streams {
        for label in labels {
            let mut value = label.to_json();
            if let Value::Object(object) = &mut value {
                object.insert("kind".into(), "label".into());
                name.write(object);
            }
            writeln!(to, "{value}")?;
        }
    }
    Ok(())
}
