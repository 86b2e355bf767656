use std::fs;

use tower_genai::stack::config::Config;

use crate::support::catalog;

fn parse(lines: &str) -> Result<Config, String> {
    let catalog = catalog("http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1");
    Config::parse("gateway.toml", &format!("{lines}\n{catalog}")).map_err(|why| why.to_string())
}

/// Lines of a file, and the line, column and words of what is wrong with them.
#[rustfmt::skip]
const WRONG: &[(&[&str], &[&str])] = &[
    (
        &[r#"listn = "127.0.0.1:8080""#],
        &[r#"1:1: key "listn": unknown key; did you mean "listen"?"#],
    ),
    (
        &["listen = 8080"],
        &[r#"1:1: key "listen": must be a string in quotes, not a whole number"#],
    ),
    (
        &[r#"listen = "localhost:8080""#],
        &[r#"1:1: key "listen": must be an IP address with a port, such as "127.0.0.1:8080""#],
    ),
    (
        &[r#"listen = "0.0.0.0:8080""#],
        &[r#"1:1: key "listen": is an address beyond loopback, which needs `[tenants]`: say who may call, or listen on 127.0.0.1"#],
    ),
    (
        &[r#"listen = "[::]:8080""#],
        &[r#"1:1: key "listen": is an address beyond loopback, which needs `[tenants]`: say who may call, or listen on 127.0.0.1"#],
    ),
    (
        &[r#"admin_listen = "x""#],
        &[r#"1:1: key "admin_listen": must be an IP address with a port, such as "127.0.0.1:8080""#],
    ),
    (
        &[r#"catalog = ["builtin", "/no/such/models.toml"]"#],
        &[r#"1:1: key "catalog": "/no/such/models.toml" is not "builtin" and cannot be read as a file: No such file or directory (os error 2)"#],
    ),
    (
        &[r#"routing = "obsrve""#],
        &[r#"1:1: key "routing": "obsrve" is none of on, observe, off; did you mean "observe"?"#],
    ),
    (
        &["[shadow]", "share = 0.02"],
        &[
            r#"1:2: key "shadow.limit": is missing; write an amount in USD such as "1.00""#,
            r#"1:2: key "shadow.window": is missing; it is minute, hour, day, month or total"#,
        ],
    ),
    (
        &["[shadow]", "share = 2", r#"limit = "1""#, r#"window = "week""#],
        &[
            r#"2:1: key "shadow.share": must be above 0 and at most 1, with at most six decimals, such as 0.0625"#,
            r#"4:1: key "shadow.window": "week" is none of minute, hour, day, month, total"#,
        ],
    ),
    (
        &["[shadow]", "share = 1", r#"limit = "1""#, r#"window = "day""#, r#"judge = "model""#, r#"candidate = "glm-6""#],
        &[
            r#"1:2: key "shadow.model": is missing, which `judge = "model"` needs"#,
            r#"6:1: key "shadow.candidate": "glm-6" is no model of this catalog"#,
        ],
    ),
    (
        &["max_body = 32"],
        &[r#"1:1: key "max_body": must be a string in quotes, not a whole number"#],
    ),
    (
        &[r#"max_body = "32 megs""#],
        &[r#"1:1: key "max_body": is no size; write it as "512KiB", "32MiB" or "1GiB""#],
    ),
    (
        &[r#"explain_headers = "yes""#],
        &[r#"1:1: key "explain_headers": must be true or false, not a string"#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#],
        &[r#"1:1: budget 1, key "limit": is missing; write an amount in USD such as "10.00""#, r#"1:1: budget 1, key "window": is missing; write one of minute, hour, day, month, total"#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, "limit = 10.0", r#"window = "day""#],
        &[r#"3:1: budget 1, key "limit": must be decimal text, so that no digit is lost; write it in quotes, "10.0""#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, r#"limit = "10.0""#, r#"window = "week""#],
        &[r#"4:1: budget 1, key "window": "week" is none of minute, hour, day, month, total"#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, r#"limit = "-1""#, r#"window = "day""#],
        &[r#"3:1: budget 1, key "limit": `-1` is negative; amounts and prices are zero or more"#],
    ),
    (
        &["[[budget]]", r#"scope = """#, r#"limit = "1""#, r#"window = "day""#],
        &[r#"2:1: budget 1, key "scope": must be a name of 1 to 128 bytes"#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, r#"limit = "1""#, r#"window = "day""#, r#"time_zone = "Mars/Olympus""#],
        &[r#"5:1: budget 1, key "time_zone": no time zone `Mars/Olympus` in the system's database; names look like `Europe/Berlin`"#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, r#"limit = "1""#, r#"window = "day""#, r#"route = "/v1/chat""#],
        &[r#"5:1: budget 1, key "route": "/v1/chat" is no route that costs money here; there is "/v1/chat/completions""#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, r#"limit = "1""#, r#"window = "day""#, r#"each = "tenant""#],
        &[r#"5:1: budget 1, key "each": needs tenants: say who they are in `[tenants]` or `[[tenant]]`"#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, r#"limit = "1""#, r#"window = "day""#, r#"each = "key""#],
        &[r#"5:1: budget 1, key "each": "key" is none of tenant"#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, r#"limit = "1""#, r#"window = "day""#, r#"mode = "enforced""#],
        &[r#"5:1: budget 1, key "mode": "enforced" is none of enforce, observe; did you mean "enforce"?"#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, r#"limit = "1""#, r#"window = "day""#, "default_max_output = 0"],
        &[r#"5:1: budget 1, key "default_max_output": must be a number of tokens from 1 to 4294967295"#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, r#"limit = "1""#, r#"window = "day""#, "max_share = 1.5"],
        &[r#"5:1: budget 1, key "max_share": must be above 0 and at most 1, with at most six decimals, such as 0.0625"#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, r#"limit = "1""#, r#"window = "day""#, "max_share = 1e-2"],
        &[r#"5:1: budget 1, key "max_share": must be above 0 and at most 1, with at most six decimals, such as 0.0625"#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, r#"limit = "1""#, r#"window = "day""#, r#"hold_wait = "soon""#],
        &[r#"5:1: budget 1, key "hold_wait": "soon" is no duration; write it as "400ms", "1.5s", "2m" or "1h""#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, r#"limit = "1""#, r#"window = "day""#, r#"limits = "2""#],
        &[r#"5:1: budget 1, key "limits": unknown key; did you mean "limit"?"#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, r#"limit = "1""#, r#"window = "day""#, "[[budget]]", r#"scope = "org""#, r#"limit = "2""#, r#"window = "day""#],
        &[r#"8:1: budget 2, key "window": this scope has a limit for this window already; leave one out"#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, r#"limit = "1""#, r#"window = "day""#, "[[budget]]", r#"scope = "org""#, r#"limit = "2""#, r#"window = "month""#, r#"mode = "observe""#],
        &[r#"6:1: budget 2, key "scope": this scope stands above with other settings; entries of one scope differ in `limit` and `window` alone"#],
    ),
    (
        &["[budget]", r#"scope = "org""#],
        &[r#"1:2: key "budget": must be written as `[[budget]]`, not a table"#],
    ),
    (
        &["[tenants]", r#"sk-secret = "team""#],
        &[r#"2:1: key "tenants": has something else than `keys = { "KEY" = "TENANT" }`"#],
    ),
    (
        &["[tenants]", r#"keys = { "sk-secret" = 1 }"#],
        &[r#"2:10: key "tenants.keys": has a key without a tenant; write "KEY" = "TENANT""#],
    ),
    (
        &["[tenants]", r#"keys = { "sk secret" = "team" }"#],
        &[r#"2:10: key "tenants.keys": has a key that is empty, or has spaces or other characters that no header may have"#],
    ),
    (
        &["[tenants]", r#"keys = { "sk-secret" = "" }"#],
        &[r#"2:10: key "tenants.keys": has a tenant without a right name: a name cannot be empty"#],
    ),
    (
        &["[tenants]", "keys = {}"],
        &[r#"1:2: key "tenants": has no `keys`, so nobody could call; write `keys = { "KEY" = "TENANT" }`"#],
    ),
    (
        &["[tenants]", r#"keys = ["sk-secret"]"#],
        &[r#"2:1: key "tenants.keys": must be a table, `{ … }`, not an array"#],
    ),
    (
        &["[[tenant]]", r#"name = "team""#],
        &[r#"1:1: tenant "team", key "key_env": is missing; name the environment variable that holds the tenant's key"#],
    ),
    (
        &["[[tenant]]", r#"name = "team""#, r#"key = "sk-secret""#],
        &[r#"3:1: tenant "team", key "key": is not read: name the key's environment variable with `key_env`, or give its digest with `key_blake3`"#],
    ),
    (
        &["[[tenant]]", r#"name = "team""#, r#"key_env = "TOWER_GENAI_NO_SUCH_VARIABLE""#],
        &[r#"3:1: tenant "team", key "key_env": names an environment variable that is not set; set it to the tenant's key"#],
    ),
    (
        &["[[tenant]]", r#"name = "team""#, r#"key_blake3 = "abc""#],
        &[r#"3:1: tenant "team", key "key_blake3": must be the key's BLAKE3 digest as 64 hexadecimal digits, as `printf %s KEY | b3sum` prints it"#],
    ),
    (
        &["[[tenant]]", r#"name = "team""#, r#"key_env = "CARGO_PKG_NAME""#, r#"models = ["glm-6"]"#],
        &[r#"4:1: tenant "team", key "models": "glm-6" is no model of the catalog; did you mean "glm-5"?"#],
    ),
    (
        &["[[tenant]]", r#"name = "team""#, r#"key_env = "CARGO_PKG_NAME""#, r#"models = ["auto"]"#],
        &[r#"4:1: tenant "team", key "models": "auto" is an alias; list the models that the tenant may use, and it may use every alias for those"#],
    ),
    (
        &["[[tenant]]", r#"name = "team""#, r#"key_env = "CARGO_PKG_NAME""#, "wishs = true"],
        &[r#"4:1: tenant "team", key "wishs": unknown key; did you mean "wishes"?"#],
    ),
    (
        &["[ledger]", r#"kind = "file""#, r#"url = "redis://127.0.0.1""#],
        &[
            r#"1:2: key "ledger.path": is missing; write a file such as "ledger.redb""#,
            r#"3:1: key "ledger.url": goes with `kind = "redis"` only"#,
        ],
    ),
    (
        &["[ledger]", r#"kind = "redis""#],
        &[r#"1:2: key "ledger.url": is missing; write an address such as "redis://127.0.0.1:6379", or `url_env`"#],
    ),
    (
        &["[ledger]", r#"kind = "redis""#, r#"url_env = "NO_SUCH_VARIABLE_HERE""#],
        &[r#"3:1: key "ledger.url_env": names the variable NO_SUCH_VARIABLE_HERE, which is not set"#],
    ),
    (
        &["[ledger]", r#"kind = "memroy""#],
        &[r#"2:1: key "ledger.kind": "memroy" is none of memory, file, redis; did you mean "memory"?"#],
    ),
    (
        &["[ledger]", r#"path = "ledger.redb""#],
        &[r#"1:2: key "ledger.kind": is missing; write one of memory, file, redis"#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, "requests_per_minute = 0"],
        &[r#"3:1: budget 1, key "requests_per_minute": must be at least 1"#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, r#"limit = "1""#, r#"window = "day""#, r#"alerts = ["1.5"]"#],
        &[r#"5:1: budget 1, key "alerts": "1.5" is no share: each is a text above 0 and at most 1, such as "0.8""#],
    ),
    (
        &["[[budget]]", r#"scope = "org""#, r#"limit = "1""#, r#"window = "day""#, r#"on_failure = "open""#],
        &[r#"5:1: budget 1, key "on_failure": "open" is none of refuse, admit"#],
    ),
    (
        &["[cache]", r#"kind = "disk""#],
        &[r#"2:1: key "cache.kind": "disk" is none of off, memory, redis"#],
    ),
    (
        &["[cache]", r#"bytes = "64""#],
        &[r#"2:1: key "cache.bytes": is no size; write it as "512KiB", "32MiB" or "1GiB""#],
    ),
    (
        &["[idempotency]", r#"ttl = "0s""#],
        &[r#"2:1: key "idempotency.ttl": must be above zero; `off = true` passes keys over"#],
    ),
    (
        &["[idempotency]", r#"off = "yes""#],
        &[r#"2:1: key "idempotency.off": must be true or false, not a string"#],
    ),
    (
        &["[fallback]", "attempts = 0"],
        &[r#"2:1: key "fallback.attempts": must be at least 1"#],
    ),
    (
        &["[fallback]", r#"drain = "20""#],
        &[r#"2:1: key "fallback.drain": "20" is no duration; write it as "400ms", "1.5s", "2m" or "1h""#],
    ),
    (
        &["[fallback]", r#"hedge_after = "p100""#],
        &[r#"2:1: key "fallback.hedge_after": must be "off", a duration such as "2s", or a percentile from "p1" to "p99""#],
    ),
    (
        &["[fallback]", "retries = 3"],
        &[r#"2:1: key "fallback.retries": unknown key; known are attempts, connect_timeout, first_content_timeout, idle_timeout, total_timeout, drain, hedge_after, resume"#],
    ),
    (
        &["[[label]]", r#"name = "personal""#],
        &[r#"1:1: label "personal", key "zones": is missing; list the zones where this data may go, such as ["device", "private"]"#],
    ),
    (
        &["[[label]]", r#"name = """#, r#"zones = ["cloud"]"#],
        &[r#"2:1: label "", key "name": a name cannot be empty"#],
    ),
    (
        &["listen = "],
        &["1:10: string values must be quoted, expected literal string"],
    ),
    (
        &[r#"listen = "127.0.0.1:1""#, r#"listen = "127.0.0.1:2""#],
        &["2:1: duplicate key"],
    ),
];

#[test]
fn what_is_wrong_is_told_with_its_place_and_what_to_do() {
    for (lines, wanted) in WRONG {
        let found = parse(&lines.join("\n")).expect_err(&lines.join("\n"));
        let wanted: Vec<String> = wanted
            .iter()
            .map(|line| format!("gateway.toml:{line}"))
            .collect();
        assert_eq!(found, wanted.join("\n"), "{lines:?}");
        assert!(!found.contains("sk-secret"), "{found}");
    }
}

#[test]
fn everything_wrong_is_told_at_once_and_in_order() {
    let found = parse("listn = 1\nmax_body = \"x\"\n[cache]\nkind = \"disk\"").unwrap_err();
    let places: Vec<&str> = found
        .lines()
        .filter_map(|line| line.split(": ").next())
        .collect();
    assert_eq!(
        places,
        ["gateway.toml:1:1", "gateway.toml:2:1", "gateway.toml:4:1"]
    );
}

/// One of every key, as the documentation has them, with a ledger that exists.
const WHOLE: &str = r#"
listen = "127.0.0.1:8088"
admin_listen = "127.0.0.1:8081"
explain_headers = true
routing = "on"
max_body = "32MiB"

[[budget]]
scope = "org"
limit = "10.00"
window = "day"
time_zone = "Europe/Berlin"
mode = "enforce"
default_max_output = 4096
max_share = 0.0625
hold_wait = "0s"

[[budget]]
scope = "org"
limit = "100.00"
window = "month"
time_zone = "Europe/Berlin"
default_max_output = 4096
max_share = 0.0625

[[budget]]
scope = "team"
limit = "1.00"
window = "hour"
route = "/v1/chat/completions"
each = "tenant"
mode = "observe"

[tenants]
keys = { "sk-team-a" = "team-a", "sk-team-b" = "team-b" }

[[tenant]]
name = "team-c"
key_blake3 = "d74981efa70a0c880b8d8c1985d075dbcbf679b99a5f9914e5aaf96b831a9e24"
models = ["zai/*"]
wishes = true

[ledger]
kind = "memory"

[cache]
kind = "memory"
bytes = "64MiB"
ttl = "1h"

[fallback]
attempts = 3
connect_timeout = "5s"
first_content_timeout = "p99"
idle_timeout = "60s"
total_timeout = "off"
drain = "20s"
hedge_after = "p95"
resume = false

[[label]]
name = "personal"
zones = ["device", "private"]
detect = true

[shadow]
share = 0.02
limit = "1.00"
window = "day"
judge = "label"
labels = ["yes", "no"]
candidate = "any"

[idempotency]
bytes = "32MiB"
ttl = "12h"
off = false
"#;

#[test]
fn every_key_is_read_and_what_has_no_effect_is_said() {
    let config = parse(WHOLE).unwrap();
    assert_eq!(config.listen().port(), 8_088);
    let budgets: Vec<_> = config.budgets().map(|budget| budget.scope()).collect();
    assert_eq!(
        budgets.iter().map(|scope| scope.name()).collect::<Vec<_>>(),
        ["org", "team"]
    );
    assert_eq!(
        budgets[0].limits().len(),
        2,
        "entries of a scope are limits of one budget"
    );
    assert!(budgets[0].is_hard() && !budgets[1].is_hard());
    assert_eq!(budgets[0].time_zone().to_string(), "Europe/Berlin");
    assert!(std::sync::Arc::ptr_eq(
        budgets[0].ledger(),
        budgets[1].ledger()
    ));
    assert_eq!(config.admin_listen(), "127.0.0.1:8081".parse().ok());
    let warnings: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "gateway.toml:63:1: label \"personal\", key \"zones\": has none where a provider of this catalog runs; calls with this label are refused",
        ]
    );
    let shown = format!("{config:?}");
    assert!(!shown.contains("sk-team"), "{shown}");
}

#[test]
fn what_is_off_anyway_is_no_reason_to_warn() {
    let lines = r#"
        routing = "on"
        [cache]
        kind = "off"
        [fallback]
        attempts = 1
        connect_timeout = "off"
        idle_timeout = "off"
        drain = "off"
        hedge_after = "off"
        resume = false
    "#;
    assert!(parse(lines).unwrap().warnings().is_empty());
    for lines in ["routing = \"off\"", "routing = \"observe\""] {
        assert_eq!(parse(lines).unwrap().warnings().len(), 1, "{lines}");
    }
}

#[test]
fn beyond_loopback_needs_tenants_also_when_the_address_comes_later() {
    let open = parse("").unwrap();
    let known = parse("listen = \"0.0.0.0:80\"\ntenants.keys = { \"sk-a\" = \"a\" }").unwrap();
    for (address, may) in [
        ("127.0.0.1:1", true),
        ("127.9.9.9:1", true),
        ("[::1]:1", true),
        ("[::ffff:127.0.0.1]:1", true),
        ("0.0.0.0:1", false),
        ("[::]:1", false),
        ("192.168.1.2:1", false),
    ] {
        assert_eq!(open.may_listen(address.parse().unwrap()), may, "{address}");
        assert!(known.may_listen(address.parse().unwrap()));
    }
}

#[test]
fn a_file_names_catalogs_beside_it_and_stands_alone_where_it_has_models() {
    let folder = std::env::temp_dir().join(format!("tower-genai-config-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let models = catalog("http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1");
    fs::write(folder.join("models.toml"), &models).unwrap();
    let own = folder.join("gateway.toml");

    fs::write(&own, "catalog = [\"models.toml\"]").unwrap();
    let config = Config::load(&own).unwrap();
    assert_eq!(config.catalog().info().models(), 2);

    fs::write(&own, &models).unwrap();
    assert_eq!(Config::load(&own).unwrap().catalog().info().models(), 2);

    fs::write(&own, "").unwrap();
    assert!(
        Config::load(&own).unwrap().catalog().info().models() > 2,
        "the built-in ones"
    );

    fs::write(&own, "catalog = [\"builtin\"]\n".to_owned() + &models).unwrap();
    let both = Config::load(&own).unwrap();
    assert!(both.catalog().info().models() > 2);
    assert!(both.catalog().snapshot().alias("house").is_some());

    fs::remove_dir_all(&folder).unwrap();
    let gone = Config::load(&own).unwrap_err();
    assert_eq!(gone.problems().len(), 1, "{gone}");
    assert!(
        gone.to_string().contains("gateway.toml: cannot be read: "),
        "{gone}"
    );
}
