//! The examples, run as a reader of the README would run them.

use std::{
    collections::BTreeSet,
    env,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tower_genai::money::Usd;

/// An example's program, built by the same cargo, profile and target directory as this test.
fn example(name: &str) -> Command {
    // <target>/<profile>/deps/<this test>
    let this = env::current_exe().unwrap();
    let profile = this.ancestors().nth(2).unwrap();
    let target = profile.parent().unwrap();
    let named = match profile.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        other => other,
    };
    let built = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["build", "--quiet", "--profile", named, "--example", name])
        .arg("--target-dir")
        .arg(target)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", text(&built.stderr));
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let program: PathBuf = profile.join("examples").join(file);
    let mut command = Command::new(program);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn run(mut command: Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let written = child.stdin.take().unwrap().write_all(input.as_bytes());
    // A program that refuses its arguments reads nothing.
    assert!(written.is_ok() || input.is_empty());
    child.wait_with_output().unwrap()
}

fn quickstart(args: &[&str]) -> Output {
    let mut command = example("quickstart");
    command.args(args);
    run(command, "")
}

fn explain(args: &[&str], input: &str) -> Output {
    let mut command = example("explain");
    command.args(["--catalog", "examples/catalogs/seed.toml"]);
    command.args(args);
    run(command, input)
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(|key| &**key)
        .collect()
}

fn usd(value: &Value) -> Usd {
    value.as_str().expect("decimal text").parse().unwrap()
}

// ===== quickstart =====

const MODELS: [&str; 4] = ["claude-opus-4.6", "gemini-3.1-pro", "glm-5", "gpt-5.4"];

#[test]
fn quickstart_counts_calls_and_money() {
    let output = quickstart(&["--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    let said: Value = serde_json::from_str(stdout).unwrap();
    let expected = "calls models constants ledger_usd billed_usd held_usd cache_hits fallbacks";
    assert_eq!(keys(&said), expected.split(' ').collect());
    assert_eq!(keys(&said["models"]), MODELS.into());
    assert_eq!(keys(&said["constants"]), MODELS.into());

    let questions = include_str!("../examples/questions.jsonl").lines().count();
    // Every fifth once more, every tenth in other words while a provider is overloaded.
    let (again, reworded) = (questions.div_ceil(5), questions.div_ceil(10));
    assert_eq!(said["calls"], questions + again + reworded);
    assert_eq!(said["cache_hits"], again);
    let fallbacks = said["fallbacks"].as_u64().unwrap();
    assert!(0 < fallbacks && fallbacks <= reworded as u64, "{fallbacks}");

    let (ledger, billed) = (usd(&said["ledger_usd"]), usd(&said["billed_usd"]));
    assert!(ledger > Usd::ZERO);
    assert_eq!(ledger, billed);
    assert_eq!(usd(&said["held_usd"]), Usd::ZERO);
    let parts = said["models"].as_object().unwrap().values();
    let calls: u64 = parts
        .clone()
        .map(|part| part["calls"].as_u64().unwrap())
        .sum();
    assert_eq!(calls, said["calls"].as_u64().unwrap());
    assert_eq!(
        parts.map(|part| usd(&part["cost_usd"])).sum::<Usd>(),
        ledger
    );

    let constant = |model: &str| usd(&said["constants"][model]);
    let dearest = MODELS.map(constant).into_iter().max().unwrap();
    assert!(ledger < dearest, "{ledger} of {dearest}");
    // The only one that is good enough for every task of the table.
    assert!(ledger < constant("gpt-5.4"));
}

#[test]
fn quickstart_draws_a_table() {
    let output = quickstart(&[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    for part in [
        "computer_use",
        "claude-opus-4.6",
        "settled",
        "84 calls were answered from the cache, at no cost",
        "went to another model while gemini-3.1-pro was overloaded",
        "agree to the nano-dollar",
    ] {
        assert!(stdout.contains(part), "{part} is missing in\n{stdout}");
    }
    // Not a terminal: whole lines.
    let progress = text(&output.stderr);
    assert!(progress.contains("asked auto: 420/420\n"), "{progress}");
    assert!(
        !progress.contains('\x1b') && !progress.contains('\r'),
        "{progress:?}"
    );
}

#[test]
fn quickstart_refuses_what_it_does_not_know() {
    let output = quickstart(&["--jsno"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(text(&output.stderr).contains("unknown argument `--jsno`"));
}

// ===== explain =====

#[test]
fn explain_answers_the_lines_that_it_can_read() {
    let input = concat!(
        r#"{"id": "a b", "prompt": "Fix this:\n```rust\nlet x: u8 = -1;\n```"}"#,
        "\n{\"id\": 2, \"prompt\": \n",
        r#"{"id": 12345678901234567890123, "request": {"messages": [{"role": "user", "content": "Which three mails did I miss?"}]}}"#,
        "\n",
    );
    let output = explain(&[], input);
    assert_eq!(output.status.code(), Some(1));
    let complaints = text(&output.stderr);
    assert!(complaints.starts_with("explain: line 2: "), "{complaints}");
    assert_eq!(complaints.lines().count(), 1, "{complaints}");

    let lines: Vec<&str> = text(&output.stdout).lines().collect();
    assert_eq!(lines.len(), 2);
    let [first, last] =
        [lines[0], lines[1]].map(|line| serde_json::from_str::<Value>(line).unwrap());
    let expected = "id task difficulty label candidates route reason";
    assert_eq!(keys(&first), expected.split(' ').collect());
    assert_eq!(first["id"], "a b");
    assert_eq!(first["task"], "coding");
    assert_eq!(first["label"], Value::Null);
    assert_eq!(first["route"][0], "glm-5");
    assert_eq!(first["reason"], "cheapest that qualifies");
    let candidates = first["candidates"].as_array().unwrap();
    assert_eq!(candidates.len(), 4);
    for one in candidates {
        let expected = "model effort quality quality_low quality_high cost_usd dropped";
        assert_eq!(keys(one), expected.split(' ').collect());
        assert!(usd(&one["cost_usd"]) > Usd::ZERO);
        assert_eq!(one["quality"], one["quality_low"]);
    }
    assert_eq!(candidates[2]["model"], "gemini-3.1-pro");
    assert_eq!(candidates[2]["dropped"], "below the threshold 0.7676");

    // To the letter, though no number of the machine holds it.
    assert!(lines[1].starts_with(r#"{"id":12345678901234567890123,"#));
    assert_eq!(last["task"], "personal");
    assert_eq!(last["label"], "personal");
}

#[test]
fn explain_asks_what_it_is_told_to() {
    let ask = |args: &[&str], line: &str| -> Value {
        let output = explain(args, line);
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let coding = r#"{"id": 1, "prompt": "Write a unit test for this Rust function."}"#;
    assert_eq!(
        ask(&["--quality", "0.97"], coding)["route"][0],
        "claude-opus-4.6"
    );
    assert_eq!(
        ask(&["--alias=gpt-5.4"], coding)["route"],
        serde_json::json!(["gpt-5.4"])
    );

    // A picture, for a model that sees none: refused, and it is said who was looked at.
    let picture = r#"{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}"#;
    let blind = format!(
        r#"{{"id": 1, "request": {{"model": "glm-5", "messages": [{{"role": "user", "content": [{picture}]}}]}}}}"#
    );
    let refused = ask(&[], &blind);
    assert_eq!(refused["route"], serde_json::json!([]));
    assert_eq!(refused["candidates"][0]["dropped"], "cannot: vision");
    assert!(
        refused["reason"]
            .as_str()
            .unwrap()
            .contains("cannot: vision")
    );
    // Sent elsewhere by the alias, it is answered.
    assert_eq!(
        ask(&["--alias", "auto"], &blind)["route"][0],
        "gemini-3.1-pro"
    );
}

#[test]
fn explain_refuses_wrong_arguments() {
    for (args, said) in [
        (["--quality", "1.5"], "no number from 0 to 1"),
        (["--alias", "autp"], "did you mean `auto`?"),
        (["--catalog", "no/such.toml"], "no/such.toml"),
        (["--catalog=Cargo.toml", "--colour"], "--colour"),
    ] {
        let output = explain(&args, "");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let complaint = text(&output.stderr);
        assert!(complaint.contains(said), "{complaint}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn explain_ends_well_when_its_reader_leaves() {
    let mut command = example("explain");
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let line = b"{\"id\": 1, \"prompt\": \"What is the capital of Mongolia?\"}\n";
    // An answer comes as soon as its question was read.
    input.write_all(line).unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    assert!(first.starts_with("{\"id\":1,"), "{first}");
    drop(reader);
    // It may be gone before it has read this.
    let _ = input.write_all(line);
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(output.stderr.is_empty());
}

// ===== axum_route_budget =====

#[test]
fn a_spent_budget_closes_its_own_route_alone() {
    let output = run(example("axum_route_budget"), "");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    let statuses = |route: &str| -> Vec<&str> {
        let lines = stdout.lines().filter_map(|line| line.strip_prefix(route));
        lines
            .filter_map(|line| line.split_whitespace().next())
            .collect()
    };
    assert_eq!(statuses("/summarise"), ["200"; 5], "{stdout}");
    let brainstorm = statuses("/brainstorm");
    let answered = brainstorm
        .iter()
        .take_while(|status| **status == "200")
        .count();
    assert!(answered > 0 && answered < 5, "{stdout}");
    // Spent is spent: no call in between gets through.
    assert_eq!(
        brainstorm[answered..],
        ["503"].repeat(5 - answered),
        "{stdout}"
    );
    assert!(stdout.contains("left_usd"), "{stdout}");
    assert!(stdout.contains("no more of this today"), "{stdout}");
}

/// A gateway that listens, and where.
#[cfg(unix)]
/// What an example that takes no arguments prints.
fn printed(name: &str) -> String {
    let output = run(example(name), "");
    assert!(output.status.success(), "{name}: {}", text(&output.stderr));
    text(&output.stdout).to_owned()
}

#[test]
fn an_app_s_budgets_are_on_routes_routers_and_the_service() {
    let stdout = printed("axum_app");
    let lines: Vec<Vec<&str>> = stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let statuses = |path: &str| -> Vec<&str> {
        let of = lines.iter().filter(|line| line[0] == path);
        of.map(|line| line[1]).collect()
    };
    assert_eq!(statuses("/summarise"), ["200"], "{stdout}");
    let jobs = statuses("/jobs/one");
    assert_eq!((jobs[0], jobs[2]), ("200", "429"), "{stdout}");
    assert_eq!(statuses("/lost"), ["500"], "{stdout}");
    assert_eq!(statuses("/llm/v1/chat/completions"), ["200"], "{stdout}");
    assert!(stdout.contains("team-a has 0.4"), "{stdout}");
    let spent = |name: &str| -> Usd {
        let line = lines.iter().find(|line| line.join(" ").starts_with(name));
        let line = line.unwrap();
        line[line.len() - 2].parse().unwrap()
    };
    assert_eq!(spent("jobs"), spent("one job"));
    assert!(spent("app") > spent("jobs"));
}

#[test]
fn other_clients_are_at_home_over_and_under_a_stack() {
    let stdout = printed("reqwest_client");
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{stdout}");
    assert!(
        lines
            .iter()
            .all(|line| line.starts_with("glm-5 at attempt ")),
        "{stdout}"
    );

    let stdout = printed("async_openai");
    assert!(stdout.starts_with("glm-5: "), "{stdout}");
    assert!(
        stdout.contains("429 Too Many Requests insufficient_quota: budget `app`"),
        "{stdout}"
    );

    let stdout = printed("grpc");
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, lines[1]), "{stdout}");
    assert!(
        lines[2].starts_with("ResourceExhausted: budget `app`"),
        "{stdout}"
    );

    let stdout = printed("own_grpc");
    let lines: Vec<&str> = stdout.lines().collect();
    assert!(lines.len() >= 3, "{stdout}");
    assert_eq!(lines[1], "InvalidArgument: `language` says into which one");
    assert!(
        lines[2].starts_with("ResourceExhausted: budget `app`"),
        "{stdout}"
    );

    let stdout = printed("inference");
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!((lines[0], lines[2]), ("text of one", "text of spawned"));
    assert!(lines[1].starts_with("Internal: this call has no open budget"));
    assert!(lines[3].starts_with("ResourceExhausted: budget `reader`"));
    assert_eq!(lines[4], "0.0008 USD spent");

    let stdout = printed("loopback");
    let statuses: Vec<&str> = stdout.lines().map(|line| &line[..3]).collect();
    assert!(
        statuses.starts_with(&["200"]) && statuses.ends_with(&["429"]),
        "{stdout}"
    );
}

/// It is a package of its own: rig wants a newer Rust, and features of serde_json that change what the others see.
#[test]
fn rig_is_at_home_over_a_stack() {
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/target/rig");
    let mut command = Command::new(env!("CARGO"));
    command.args([
        "run",
        "--quiet",
        "--manifest-path",
        "examples/rig/Cargo.toml",
        "--target-dir",
        target,
    ]);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = run(command, "");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    assert!(
        stdout.contains("events\n") && stdout.contains("insufficient_quota"),
        "{stdout}"
    );
}

#[test]
fn neighbours_do_their_part() {
    let stdout = printed("neighbours");
    let lines: Vec<&str> = stdout.lines().collect();
    assert!(
        lines[0].starts_with("200 OK: encoding gzip, correlation "),
        "{stdout}"
    );
    assert!(lines[0].contains("decision gen_"), "{stdout}");
    assert!(
        lines[1].starts_with("200 OK: encoding -, correlation "),
        "{stdout}"
    );
}

#[test]
fn own_parts_do_what_they_say() {
    let stdout = printed("own_classifier");
    let models = stdout
        .lines()
        .filter_map(|line| line.split_whitespace().last());
    assert_eq!(models.collect::<Vec<_>>(), ["small", "large"], "{stdout}");
    let stdout = printed("own_policy");
    let models = stdout
        .lines()
        .filter_map(|line| line.split_whitespace().last());
    assert_eq!(models.collect::<Vec<_>>(), ["small", "large"], "{stdout}");
    assert!(printed("own_store").ends_with("1 call, 4 hits\n"));
    let stdout = printed("own_ledger");
    assert!(
        stdout.starts_with("budget `app`: ") && stdout.contains(": Metered("),
        "{stdout}"
    );
    let stdout = printed("own_credential");
    assert!(
        stdout.contains("acme: small") && stdout.ends_with("2 calls reached the provider\n"),
        "{stdout}"
    );
    let stdout = printed("own_observer");
    let amounts = stdout
        .lines()
        .filter_map(|line| line.split_whitespace().nth(2));
    let amounts: Vec<Usd> = amounts.map(|amount| amount.parse().unwrap()).collect();
    assert_eq!(amounts[0].nanos(), 2 * amounts[1].nanos(), "{stdout}");
}

#[test]
fn every_example_is_in_the_readme() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    for entry in std::fs::read_dir(root.join("examples")).unwrap() {
        let path = entry.unwrap().path();
        let is_one = path.join("main.rs").exists() || path.extension().is_some_and(|of| of == "rs");
        let name = path.file_stem().unwrap().to_str().unwrap();
        let named = readme.lines().any(|line| {
            let mut words = line.split_whitespace();
            line.contains("--example") && words.any(|word| word == name)
        });
        assert!(
            named || !is_one,
            "`{name}` is an example and not in the README"
        );
    }
}

fn started() -> (std::process::Child, String) {
    let mut command = example("gateway");
    command.args(["--listen", "127.0.0.1:0"]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut gateway = command.spawn().unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(gateway.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let address = line.trim().rsplit_once('/').unwrap().1.to_owned();
    (gateway, address)
}

#[cfg(unix)]
fn tell_to_stop(gateway: &std::process::Child) {
    let mut kill = Command::new("kill");
    assert!(
        kill.arg(gateway.id().to_string())
            .status()
            .unwrap()
            .success()
    );
}

/// Told a second time it does not wait for the calls under way.
#[cfg(unix)]
#[test]
fn a_gateway_that_is_told_twice_stops_at_once() {
    use std::{io::Read, net::TcpStream};

    let (mut gateway, address) = started();
    let mut call = TcpStream::connect(&address).unwrap();
    // A call whose body never comes.
    write!(
        call,
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n"
    )
    .unwrap();
    let mut begun = [0; 12];
    call.read_exact(&mut begun).unwrap();
    assert_eq!(&begun, b"HTTP/1.1 100");
    tell_to_stop(&gateway);
    while TcpStream::connect(&address).is_ok() {
        std::thread::yield_now();
    }
    let ended = gateway.try_wait().unwrap();
    assert!(ended.is_none(), "it waits for the call: {ended:?}");
    tell_to_stop(&gateway);
    assert!(gateway.wait().unwrap().success());
}

/// A gateway that is told to stop takes no more calls, and ends when those under way are answered.
#[cfg(unix)]
/// One request over a connection of its own; the whole answer.
fn fetch(address: &str, head: &str, body: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let length = body.len();
    let request = format!(
        "{head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    std::io::read_to_string(stream).unwrap()
}

#[test]
fn a_gateway_tells_prometheus_of_its_calls() {
    let (mut gateway, address) = started();
    let ask =
        r#"{"model":"auto","max_tokens":4,"messages":[{"role":"user","content":"canary words"}]}"#;
    let answer = fetch(&address, "POST /v1/chat/completions", ask);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let metrics = fetch(&address, "GET /metrics", "");
    assert!(
        metrics.contains("content-type: text/plain; version=0.0.4"),
        "{metrics}"
    );
    for line in [
        "# TYPE gen_ai_client_operation_duration histogram",
        "gen_ai_client_token_usage_bucket{gen_ai_operation_name=\"chat\"",
        "tower_genai_overhead_count 1",
        "tower_genai_decisions{tower_genai_alias=\"auto\"",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
    assert!(!metrics.contains("canary"));
    tell_to_stop(&gateway);
    gateway.wait().unwrap();
}

#[test]
fn a_gateway_that_is_told_to_stop_answers_what_was_asked() {
    use std::{io::Read, net::TcpStream};

    let (mut gateway, address) = started();
    let body =
        r#"{"model":"auto","stream":true,"messages":[{"role":"user","content":"Hello you"}]}"#;
    let mut call = TcpStream::connect(&address).unwrap();
    // One that has asked nothing is not waited for.
    let idle = TcpStream::connect(&address).unwrap();
    let length = body.len();
    write!(
        call,
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut first = [0; 9];
    call.read_exact(&mut first).unwrap();
    tell_to_stop(&gateway);

    let mut answer = Vec::new();
    call.read_to_end(&mut answer).unwrap();
    let answer = text(&answer);
    assert!(answer.contains("data: [DONE]\n\n"), "{answer}");
    assert!(answer.ends_with("0\r\n\r\n"), "{answer}");
    assert!(gateway.wait().unwrap().success());
    assert!(TcpStream::connect(&address).is_err());
    drop(idle);
}

// ===== overhead =====

#[test]
fn overhead_measures_both_sides() {
    let mut command = example("overhead");
    command.args(["--json", "--quick", "--rounds", "1"]);
    let output = run(command, "");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    let said: Value = serde_json::from_str(stdout).unwrap();
    let named = |names: &'static str| names.split(' ').collect::<BTreeSet<_>>();
    assert_eq!(keys(&said), named("rounds compared memory_mb aims"));
    assert_eq!(said["rounds"], 1);
    assert_eq!(
        keys(&said["memory_mb"]),
        named("start ready end peak cache")
    );

    let compared = said["compared"].as_array().unwrap();
    let cases: Vec<_> = compared
        .iter()
        .map(|one| {
            (
                one["name"].as_str().unwrap(),
                one["in_flight"].as_u64().unwrap(),
            )
        })
        .collect();
    let (plain, streamed) = ("plain", "streamed");
    let expected = [
        (plain, 1),
        (plain, 64),
        (streamed, 1),
        (streamed, 64),
        ("hit", 1),
        ("failover", 1),
    ];
    assert_eq!(cases, expected);
    let positive = |value: &Value| value.as_f64().is_some_and(|value| value > 0.0);
    let linux = cfg!(target_os = "linux");
    for one in compared {
        let fields = "name in_flight bare stack p50_ratio p50_ratio_least p50_ratio_most cpu_ratio cpu_more_us";
        assert_eq!(keys(one), named(fields));
        assert!(positive(&one["p50_ratio"]), "{one}");
        for side in [&one["bare"], &one["stack"]] {
            assert_eq!(keys(side), named("calls p50_us p99_us cpu_us gap_p99_ms"));
            // It ends with an error where a call fails.
            assert!(positive(&side["calls"]), "{one}");
            assert!(positive(&side["p50_us"]), "{one}");
            assert_eq!(positive(&side["cpu_us"]), linux, "{one}");
            let is_streamed = one["name"] == streamed;
            assert_eq!(positive(&side["gap_p99_ms"]), is_streamed, "{one}");
        }
    }
    let aims = said["aims"].as_array().unwrap();
    assert_eq!(aims.len(), 10);
    for aim in aims {
        assert_eq!(keys(aim), named("what most unit reached met"));
        assert_eq!(aim["met"].is_boolean(), positive(&aim["reached"]), "{aim}");
    }
}

#[test]
fn overhead_refuses_wrong_arguments() {
    for (args, said) in [
        (["--rounds", "0"], "`0` is no number from 1 to 99"),
        (["--json", "--rounds"], "`` is no number from 1 to 99"),
        (["--colour", "--json"], "--colour"),
    ] {
        let mut command = example("overhead");
        command.args(args);
        let output = run(command, "");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text(&output.stderr).contains(said), "{args:?}");
        assert!(output.stdout.is_empty());
    }
}

// ===== lifecycle =====

fn lifecycle(args: &[&str]) -> Output {
    let mut command = example("lifecycle");
    command.args(["--catalog", "tests/lifecycle/fixtures/ending.toml"]);
    command.args(args);
    run(command, "")
}

#[test]
fn lifecycle_says_what_ends_when_and_who_takes_over() {
    let output = lifecycle(&["--at", "2027-03-01"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = stdout.lines().map(words).collect();
    assert_eq!(lines[0], "as of 2027-03-01");
    let expected = [
        "2026-01-01 -424 ended ancient old takes over, until 2027-06-01",
        "2026-12-01 -90 deprecated old",
        "2027-01-01 -59 moved linearly mid to new",
        "2027-02-01 -28 ended lone nobody takes over",
        "2027-02-01 -28 lost one alias house lone; 1 left",
        "2027-03-01 0 moved 50 % old to mid",
        "2027-06-01 92 ends old mid takes over, until 2027-12-01",
        "2027-06-01 92 loses one alias house old; none left",
        "2027-06-01 92 will be empty alias house",
        "2027-12-01 275 ends mid new takes over",
        "moving now:",
        "old to mid: 50 % of conversations; all on 2027-06-01",
        "mid to new: 17.7 % of conversations, more each day; all on 2027-12-01",
        "worth a look:",
        "old: its successor mid is itself deprecated since 2027-01-01, and ends on 2027-12-01",
        "lone: its successor elsewhere-9 is not in the catalog",
    ];
    // In this order, with others between.
    let mut rest = lines.iter();
    for line in expected {
        assert!(
            rest.any(|one| one == line),
            "{line} is missing in\n{stdout}"
        );
    }
    // It is no end of the world that a model has been released.
    assert!(!stdout.contains("2026-12-24"), "{stdout}");
    let earlier = lifecycle(&["--at=2026-11-30"]);
    assert!(text(&earlier.stdout).contains("2026-12-24    24  released"));
    let later = lifecycle(&["--at=2028-01-01"]);
    let gone = "ancient: its successor old is gone since 2027-06-01; new answers";
    assert!(
        text(&later.stdout).contains(gone),
        "{}",
        text(&later.stdout)
    );
}

#[test]
fn lifecycle_fails_before_something_breaks() {
    for (today, days, said) in [
        ("2026-11-30", "62d", None),
        // Gone for the alias that lists it, and without a successor.
        (
            "2026-11-30",
            "63d",
            Some("lone ends on 2027-02-01, in 63 days: in use by house; no successor in service"),
        ),
        // What has ended breaks no more.
        ("2027-02-01", "100d", None),
        (
            "2027-03-01",
            "92d",
            Some("the alias house has no candidate from 2027-06-01 on"),
        ),
        // A successor takes over, and only the alias that nobody wrote lists it.
        (
            "2027-11-30",
            "1d",
            Some("the alias house has no candidate since 2027-06-01"),
        ),
    ] {
        let output = lifecycle(&["--at", today, "--fail-before", days]);
        let stdout = text(&output.stdout);
        let code = output.status.code();
        match said {
            None => {
                assert_eq!(code, Some(0), "{stdout}");
                assert!(stdout.ends_with("days:\n  nothing\n"), "{stdout}");
            }
            Some(said) => {
                assert_eq!(code, Some(1), "{stdout}");
                let (_, breaks) = stdout.split_once("breaks within").unwrap();
                assert!(breaks.contains(said), "{stdout}");
                assert!(!breaks.contains("mid"), "{stdout}");
                assert!(text(&output.stderr).contains("within"));
            }
        }
    }
}

#[test]
fn lifecycle_prints_one_object() {
    let output = lifecycle(&["--at", "2027-03-01", "--fail-before", "92d", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let stdout = text(&output.stdout);
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    let said: Value = serde_json::from_str(stdout).unwrap();
    let expected = "at fail_before_days models events findings breaks";
    assert_eq!(keys(&said), expected.split(' ').collect());
    let models = said["models"].as_array().unwrap();
    let names: Vec<_> = models
        .iter()
        .map(|one| one["model"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["ancient", "old", "mid", "lone"]);
    let old = &models[1];
    let expected = "model provider state released deprecated sunset days_left successor heir aliases move_over moved_share";
    assert_eq!(keys(old), expected.split(' ').collect());
    assert_eq!(old["state"], "deprecated");
    assert_eq!(old["days_left"], 92);
    assert_eq!(old["heir"]["model"], "mid");
    assert_eq!(old["heir"]["sunset"], "2027-12-01");
    assert_eq!(old["moved_share"], 0.5);
    assert_eq!(old["aliases"], serde_json::json!(["house", "auto"]));
    let dates = said["events"].as_array().unwrap().iter();
    let dates: Vec<_> = dates.map(|one| one["date"].as_str().unwrap()).collect();
    assert!(dates.is_sorted(), "{dates:?}");
    assert_eq!(said["breaks"].as_array().unwrap().len(), 2, "{said}");
}

#[test]
fn lifecycle_reads_the_catalog_that_is_there() {
    let output = run(example("lifecycle"), "");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    // Whatever day it is, this one has ended.
    assert!(
        stdout.contains("dall-e-3") && stdout.contains(" takes over"),
        "{stdout}"
    );
}

#[test]
fn lifecycle_refuses_wrong_arguments() {
    for (args, said) in [
        (["--at", "2027-13-01"], "--at \"2027-13-01\": no such day"),
        (["--fail-before", "90"], "\"90\" is no number of days"),
        (["--fail-before", "-1d"], "\"-1d\" is no number of days"),
        (
            ["--fail-before=0d", "--json"],
            "\"0d\" is no number of days",
        ),
        (["--json", "--at"], "--at needs a value"),
        (["--json", "--colour"], "unknown argument \"--colour\""),
        (["--catalog", "no/such.toml"], "no/such.toml"),
        (["--catalog", "Cargo.toml"], "Cargo.toml"),
    ] {
        let output = lifecycle(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let complaint = text(&output.stderr);
        assert!(complaint.contains(said), "{complaint}");
        assert!(output.stdout.is_empty());
    }
}
