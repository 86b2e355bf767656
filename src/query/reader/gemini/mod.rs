use super::draft::Draft;
pub(super) fn read(_: &mut Draft, _: Option<&str>, _: &str) -> serde_json::Result<()> { Ok(()) }
