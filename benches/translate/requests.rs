use serde_json::{Value, json};

/// Rounds of a call of two tools, their results and the model's words; with these a request is about 40 KB.
const ROUNDS: usize = 20;

/// What the conversation is made of, the same in each format.
struct Round {
    question: String,
    arguments: [Value; 2],
    results: [String; 2],
    answer: String,
}

fn words(seed: usize, count: usize) -> String {
    let all = [
        "where",
        "the",
        "river",
        "\"bends\"",
        "größer",
        "than",
        "42",
        "we",
        "look\n",
        "again",
    ];
    let word = |at: usize| all[(seed * 7 + at * 3 + at / 10) % all.len()];
    let words: Vec<&str> = (0..count).map(word).collect();
    words.join(" ")
}

fn rounds() -> impl Iterator<Item = (usize, Round)> {
    (0..ROUNDS).map(|n| {
        let round = Round {
            question: words(n, 60),
            arguments: [
                json!({ "path": format!("src/{n}.rs"), "lines": [n, n + 40], "options": { "raw": true } }),
                json!({ "query": words(n + 1, 12), "limit": 10 }),
            ],
            results: [words(n + 2, 110), words(n + 3, 40)],
            answer: words(n + 4, 50),
        };
        (n, round)
    })
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "path": { "type": "string", "description": words(1, 12) },
            "lines": { "type": "array", "items": { "type": "integer" } },
            "query": { "type": "string" },
            "limit": { "type": "integer" },
            "options": { "type": "object", "properties": { "raw": { "type": "boolean" } } },
        },
        "required": ["path"],
    })
}

const TOOLS: [&str; 4] = ["read_file", "search", "run", "ask"];

pub(crate) fn openai() -> Vec<u8> {
    let mut messages = vec![json!({ "role": "system", "content": words(0, 120) })];
    for (n, round) in rounds() {
        let calls = [0, 1].map(|i| {
            json!({
                "id": format!("call_{n}_{i}"),
                "type": "function",
                "function": { "name": TOOLS[i], "arguments": round.arguments[i].to_string() },
            })
        });
        messages.push(json!({ "role": "user", "content": round.question }));
        messages.push(json!({ "role": "assistant", "content": null, "tool_calls": calls }));
        for (i, result) in round.results.iter().enumerate() {
            let id = format!("call_{n}_{i}");
            messages.push(json!({ "role": "tool", "tool_call_id": id, "content": result }));
        }
        messages.push(json!({ "role": "assistant", "content": round.answer }));
    }
    messages.push(json!({ "role": "user", "content": "Go on." }));
    let tools = TOOLS.map(|name| {
        let function = json!({ "name": name, "description": words(2, 30), "parameters": schema() });
        json!({ "type": "function", "function": function })
    });
    let body = json!({ "model": "m", "max_tokens": 1024, "messages": messages, "tools": tools });
    body.to_string().into()
}

pub(crate) fn anthropic() -> Vec<u8> {
    let mut messages = Vec::new();
    for (n, round) in rounds() {
        let calls = [0, 1].map(|i| {
            let id = format!("call_{n}_{i}");
            json!({ "type": "tool_use", "id": id, "name": TOOLS[i], "input": round.arguments[i] })
        });
        let results = [0, 1].map(|i| {
            let id = format!("call_{n}_{i}");
            json!({ "type": "tool_result", "tool_use_id": id, "content": round.results[i] })
        });
        messages.push(json!({ "role": "user", "content": round.question }));
        messages.push(json!({ "role": "assistant", "content": calls }));
        messages.push(json!({ "role": "user", "content": results }));
        messages.push(json!({ "role": "assistant", "content": round.answer }));
    }
    messages.push(json!({ "role": "user", "content": "Go on." }));
    let tools = TOOLS
        .map(|name| json!({ "name": name, "description": words(2, 30), "input_schema": schema() }));
    let body = json!({
        "model": "m", "max_tokens": 1024, "system": words(0, 120), "messages": messages, "tools": tools,
    });
    body.to_string().into()
}

pub(crate) fn gemini() -> Vec<u8> {
    let text = |role: &str, text: &str| json!({ "role": role, "parts": [{ "text": text }] });
    let mut contents = Vec::new();
    for (n, round) in rounds() {
        let calls = [0, 1].map(|i| {
            let id = format!("call_{n}_{i}");
            json!({ "functionCall": { "id": id, "name": TOOLS[i], "args": round.arguments[i] } })
        });
        let results = [0, 1].map(|i| {
            let id = format!("call_{n}_{i}");
            let response = json!({ "result": round.results[i] });
            json!({ "functionResponse": { "id": id, "name": TOOLS[i], "response": response } })
        });
        contents.push(text("user", &round.question));
        contents.push(json!({ "role": "model", "parts": calls }));
        contents.push(json!({ "role": "user", "parts": results }));
        contents.push(text("model", &round.answer));
    }
    contents.push(text("user", "Go on."));
    let functions = TOOLS.map(|name| {
        json!({ "name": name, "description": words(2, 30), "parametersJsonSchema": schema() })
    });
    let body = json!({
        "systemInstruction": { "parts": [{ "text": words(0, 120) }] },
        "contents": contents,
        "tools": [{ "functionDeclarations": functions }],
        "generationConfig": { "maxOutputTokens": 1024 },
    });
    body.to_string().into()
}
