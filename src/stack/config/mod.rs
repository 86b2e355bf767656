//! The configuration of a gateway: a [catalog](crate::catalog) file and a little more.
//!
//! # Example
//!
//! ```
//! use tower_genai::stack::config::Config;
//!
//! let config = Config::parse("gateway.toml", r#"
//!     listen = "127.0.0.1:8080"
//!     explain_headers = true
//!
//!     [[provider]]
//!     name = "local"
//!     dialect = "openai"
//!     base_url = "http://127.0.0.1:11434/v1"
//!     zone = "device"
//!
//!     [[model]]
//!     name = "llama"
//!     provider = "local"
//!     price = { input = "0.10", output = "0.40" }
//!     context = 8_192
//!
//!     [[budget]]
//!     scope = "org"
//!     limit = "10.00"
//!     window = "day"
//!
//!     [tenants]
//!     keys = { "sk-team-a" = "team-a", "sk-team-b" = "team-b" }
//! "#)?;
//! assert!(config.warnings().is_empty());
//!
//! # fn client() {}
//! let gateway = config.open()?.stack(client());
//! # drop(gateway);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The file
//!
//! | key | meaning | default |
//! |---|---|---|
//! | `listen` | IP address and port; one beyond loopback needs tenants | `127.0.0.1:8080` |
//! | `admin_listen` | IP address and port where operators get `/metrics`; whoever reaches it may read them | none: `/metrics` is where callers are, on loopback only |
//! | `catalog` | `"builtin"` or files beside this one, the lowest first; this file's own entries come on top | nothing where the file has a `[[model]]`, else `"builtin"` |
//! | `explain_headers` | answers carry `x-genai-…` headers | `false` |
//! | `max_body` | the largest request, such as `"32MiB"` | `"32MiB"` |
//! | `[[budget]]` | `scope`; `limit` in USD, in quotes; `window`: `minute`, `hour`, `day`, `month` or `total`; then `time_zone` (IANA), `route` (an HTTP path), `each = "tenant"`, `mode`: `enforce` or `observe`, `default_max_output` in tokens, `max_share`: above 0, at most 1, `hold_wait`: how long a call may wait for money that others hold, `on_failure`: `refuse` or `admit` while the ledger does not answer, `alerts`: shares such as `["0.5", "0.8", "1"]` that are told of, `requests_per_minute` and `tokens_per_minute` (with or without a `limit`). The outermost first. Entries of one scope are limits of one budget | none |
//! | `[tenants]` | `keys = { "KEY" = "TENANT" }` | everybody is let in |
//! | `[[tenant]]` | `name`, `key_env` or `key_blake3`; `models`: `*`, `provider/*` or names; `wishes`: whether it may send [wishes](crate::stack::Caller::wishes). Beside `[tenants]`, or instead of it | |
//! | `[ledger]` | `kind`: `"memory"`, which forgets when the process ends; `"file"` with a `path`; `"redis"` with a `url` or `url_env`, and a `name` where several ledgers share a server, for several processes | `"memory"` |
//! | `[cache]` | `kind`: `"memory"` or `"off"`; `bytes`, such as `"64MiB"`; `ttl`. By tenant; without tenants all callers are one | none; `"memory"`, `"64MiB"`, `"1h"` where there is a `[cache]` |
//! | `[idempotency]` | of calls with an [`Idempotency-Key`](crate::idempotency): `bytes` of memory for keys and answers, `ttl`, for how long a key is remembered, `off = true`: keys are passed over. By tenant; without tenants all callers are one | `"64MiB"`, `"24h"`, `false` |
//! | `[fallback]` | `attempts` for a call, 1 is none; `connect_timeout`, for the client; `first_content_timeout`, of one attempt until its stream begins; `total_timeout`, of all of them and the answer to its end; `hedge_after`, without content, another is asked besides; `idle_timeout`, of a stream whose provider says nothing; `resume`: whether [another goes on](crate::fallback#resuming) with a stream that breaks off; `drain`: how long streams are read on that their callers have left. Durations, or `"off"`; `first_content_timeout` and `hedge_after` may be percentiles of the model's own, such as `"p99"` | each candidate once, three at least; `"5s"`, `"off"`, `"off"`, `"off"`, `"60s"`, `false`, `"20s"` |
//! | `[shadow]` | another candidate also answers a [`share`](crate::shadow) of the calls, for nobody, and the answers are compared: `share`, above 0 and at most 1; `limit` and `window` of a budget of its own, with the scope `shadow`, as in `[[budget]]`; `judge`: `text`, `exact`, `json`, `number`, `label` with `labels = [..]`, or `model` with `model = "NAME"`; `candidate`: `best`, `any`, or a model's name | none; `judge = "text"`, `candidate = "best"` |
//! | `[learning]` | routes [by experience](crate::profile), and takes scores at `POST /v1/feedback`: `enabled`; `sharing`: `"tenant"`, each tenant's calls teach for it alone, or `"shared"`, all teach for all; kept in a file, `path`, or for several processes in Redis, `url` or `url_env`, and a `name` where several share a server; `save_every`; `explore`: whether [a share of the calls](crate::catalog::Alias::explore) may be left to chance; `signals`: whether refusals, cut answers and repeats count; `labels_per_minute` of a tenant; `most_pending` decisions that can be scored; `half_life` of what was observed. How sure a choice must be is the alias's `confidence` | none; `true`, `"tenant"`, kept nowhere, `"60s"`, `true`, `true`, 600, 100 000, `"168h"` where there is a `[learning]` |
//! | `[[label]]` | `name`, `zones` where such data may go, `detect`: whether what the classifier takes for personal carries it | none |
//! | `[decision_log]` | `path` of a file to which each decision is written as a line of JSON, see [`JsonLines`](crate::observe::JsonLines); `prompts`: whether prompts are in it, never those of labelled calls | none; `false` |
//!
//! # Caveats
//!
//! * Reading a file opens no ledger and no store of experience: [`Config::open`] does. A ledger that this build has no feature for is an error, since it
//!   is a promise about money. Settings that are to come (`routing`) are checked, and
//!   [`Config::warnings`] says that they have no effect. `Redis` as a cache is an error.
//! * Keys under `[tenants]` stand in the file in clear; `[[tenant]]` takes them from the environment or as digests.
//!   No message shows one.

mod budgets;
mod cache;
mod decision_log;
mod error;
mod fallback;
mod gateway;
mod idempotency;
mod labels;
mod later;
mod learning;
mod ledger;
mod open_error;
mod shadow;
mod tenants;
mod unopened;
mod values;

pub use self::{error::ConfigError, gateway::Config, open_error::OpenError};
