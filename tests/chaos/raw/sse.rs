use serde_json::Value;

/// An event of a stream.
#[derive(Debug)]
pub(crate) struct Event {
    /// Its name, empty where it has none.
    pub(crate) name: String,
    pub(crate) data: String,
}

impl Event {
    pub(crate) fn json(&self) -> Result<Value, String> {
        serde_json::from_str(&self.data).map_err(|why| format!("{why}: {:?}", self.data))
    }
}

/// The events of a body, of which nothing may be left over.
pub(crate) fn events(body: &[u8]) -> Result<Vec<Event>, String> {
    let body = std::str::from_utf8(body).map_err(|why| why.to_string())?;
    // Google's lines end otherwise than the others'.
    let body = body.replace("\r\n", "\n");
    let Some(whole) = body.strip_suffix("\n\n") else {
        return Err(format!("the stream breaks off: {:?}", last(&body)));
    };
    let mut events = Vec::new();
    for block in whole.split("\n\n") {
        let mut event = Event {
            name: String::new(),
            data: String::new(),
        };
        for line in block.lines() {
            match line.split_once(": ") {
                Some(("event", name)) => event.name = name.to_owned(),
                Some(("data", data)) if event.data.is_empty() => event.data = data.to_owned(),
                Some(("", _)) => {}
                _ => return Err(format!("a line of no event: {line:?}")),
            }
        }
        if !event.data.is_empty() {
            events.push(event);
        }
    }
    Ok(events)
}

fn last(text: &str) -> &str {
    let mut from = text.len().saturating_sub(200);
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    &text[from..]
}
