use serde_json::{Value, json};

use super::ask::{Ask, Format, Role, ToolChoice};

/// What arrived, in the same form whatever the dialect.
pub(crate) fn of(ask: &Ask) -> String {
    let (instructions, said): (Vec<_>, Vec<_>) = ask.messages.iter().partition(|m| m.instructs());
    let system: Vec<&str> = instructions.iter().map(|m| m.text.as_str()).collect();
    let said = said.into_iter().map(
        |m| json!({"role": m.role.name(), "text": m.text, "images": m.images, "files": m.files}),
    );
    let choice = match &ask.tool_choice {
        ToolChoice::None => json!("none"),
        ToolChoice::Auto => json!("auto"),
        ToolChoice::Required => json!("required"),
        ToolChoice::Named(name) => json!({ "name": name }),
    };
    let (format, name, keys) = match &ask.format {
        Format::Text => ("text", None, None),
        Format::Object => ("json", None, None),
        Format::Schema { name, schema } => {
            let title = schema.get("title").and_then(Value::as_str);
            let name = name.as_deref().or(title);
            let keys = schema.get("properties").and_then(Value::as_object);
            let keys = keys.map(|keys| keys.keys().cloned().collect::<Vec<_>>());
            ("schema", name, keys)
        }
    };
    let tools = ask.tools.iter().map(|tool| tool.name.as_str());
    let results = ask.messages.iter().filter(|m| m.role == Role::Tool);
    json!({
        "model": ask.model,
        "system": (!system.is_empty()).then(|| system.join("\n")),
        "messages": said.collect::<Vec<_>>(),
        "images": ask.images(),
        "files": ask.files(),
        "tools": tools.collect::<Vec<_>>(),
        "tool_choice": (!ask.tools.is_empty()).then_some(choice),
        "parallel": ask.parallel,
        "tool_results": results.count(),
        "max_tokens": ask.max_tokens,
        "n": ask.n,
        "sampling": ask.sampling,
        "effort": ask.effort,
        "thinking_budget": ask.thinking_budget,
        "stop": ask.stop,
        "format": format,
        "schema_name": name,
        "schema_keys": keys,
        "user": ask.user,
        "stream": ask.stream,
    })
    .to_string()
}
