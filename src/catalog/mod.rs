//! Who can answer, at what price, until when.
//!
//! ```
//! use std::time::SystemTime;
//! use tower_genai::catalog::{Catalog, Resolved, Terms, Usage};
//! # #[cfg(feature = "toml")] {
//!
//! let catalog = Catalog::from_toml(r#"
//!     [[provider]]
//!     name = "anthropic"
//!     dialect = "anthropic"
//!     base_url = "https://api.anthropic.com"
//!     api_key_env = "ANTHROPIC_API_KEY"
//!
//!     [[model]]
//!     name = "claude-opus-4.6"
//!     provider = "anthropic"
//!     id = "claude-opus-4-6"
//!     price = { input = "5.00", output = "25.00", cache_read = "0.50", cache_write = "6.25", cache_write_1h = "10.00" }
//!     context = 200_000
//!     can = ["tools", "vision", "stream"]
//!     quality = { coding = 0.808, general = 0.53 }
//!
//!     [[alias]]
//!     name = "careful"
//!     quality = 0.99
//!     prefer = "quality"
//! "#)?;
//!
//! let now = SystemTime::now();
//! let snapshot = catalog.snapshot();
//! let Resolved::Model { model, .. } = snapshot.resolve("claude-opus-4.6", now) else { panic!() };
//! let cost = model.price().cost(&Usage::text(1_000, 200), &Terms::new(now));
//! assert_eq!(cost.bound(), Some("0.01".parse().unwrap()));
//!
//! assert!(matches!(snapshot.resolve("auto", now), Resolved::Alias(_)));
//! # }
//! # Ok::<(), tower_genai::catalog::CatalogError>(())
//! ```
//!
//! # The file
//!
//! `[[provider]]`, who serves models:
//!
//! | key | meaning | default |
//! |---|---|---|
//! | `name` | how models, keys and budgets call it | |
//! | `dialect` | the wire format that it speaks, such as `openai` | |
//! | `base_url` | what the vendor's own SDK takes; OpenAI's with `/v1` | |
//! | `api_key_env` | the environment variable that holds the key | none is sent |
//! | `zone`, `region` | where it runs: for data labels, and for prices | `cloud`, not known |
//! | `on_disconnect` | what a stream costs that is cut: `stops`, `runs_on` or `unknown` | `unknown` |
//! | `headers` | sent with every request | none |
//! | `max_tokens_field` | the name by which it knows a limit of output | `max_tokens`, at OpenAI itself `max_completion_tokens` |
//! | `stream_usage` | whether a stream can be asked for its usage | `true` |
//! | `reasoning` | how models are told how much to think: `effort`, `switch`, `switch+effort`, `template`, `adaptive`, `budget`, `level` ([`ReasoningForm`]) | the dialect's usual way |
//! | `thinking_field` | where it takes back what a model thought: `none`, `reasoning_content`, `reasoning` | `none` |
//! | `tool_ids` | which ids of tool calls it takes: `any`, or `nine` letters and digits | `any` |
//! | `prefix` | how a model goes on with what is there of its turn already, so that an answer that broke off elsewhere can be [resumed](crate::fallback) there: `message`, `prefix_flag`, `prefix_echo`, `continue_final_message` ([`Prefix`]) | it cannot |
//! | `lacks` | what it has no words for, though its dialect does, such as `["logit_bias", "n"]` ([`Feature`](crate::query::Feature)) | nothing |
//! | `key_header` | the header that takes the key, bare, such as Azure's `api-key` | the dialect's |
//! | `query` | what every call has behind its path, such as `api-version=2024-10-21` | nothing |
//! | `deployment` | several places with the same models and prices, calls balanced over them: `[{ name, base_url, api_key_env, headers, query }]`, what is not said as above | one |
//!
//! `[[model]]`, what they serve:
//!
//! | key | meaning | default |
//! |---|---|---|
//! | `name`, `provider` | its name here, and who serves it; callers may also write `provider/name` | |
//! | `id` | the provider's name for it | `name` |
//! | `for` | `chat`, `image`, `video`, … | `chat` |
//! | `price` | decimal texts, in USD per **million** tokens: `{ input = "2.50", output = "15.00", cache_read = "0.25" }`; images, seconds, requests and tool calls per one | not known |
//! | `rates` | further prices with conditions: `{ over = 200_000, … }` (for the whole of a longer call), `tier`, `region`, `from`, `until`, `utc`, `days` | none |
//! | `free` | `true` where it costs nothing; a price of zero alone is an error | `false` |
//! | `context`, `max_output` | tokens | not known |
//! | `can` | what a request may need: `tools`, `vision`, `json_schema`, `stream`, … ([`Capability`](crate::query::Capability)) | nothing is ruled out |
//! | `quality` | by task, 0 to 1: `{ coding = 0.78, general = 0.57 }` | not known |
//! | `effort` | efforts with a `level`, a `quality` and an `output_factor` of their own | none |
//! | `released`, `deprecated`, `sunset`, `successor` | days, and who answers after the sunset | |
//! | `move_over` | `"linear"`, or `[{ from = 2026-12-01, share = 0.1 }, …]`: the share of conversations with calls that name it which its successor answers before the sunset ([`MoveOver`]) | none |
//! | `first_token`, `tokens_per_second` | such as `"400ms"` and `90`, for the fastest | not known |
//! | `api = false`, `why` | known, but never called | |
//! | `image_tokens` | how images in the prompt are counted: `openai-tiles`, `openai-mini-tiles`, `openai-patches`, `anthropic`, `gemini`, or the most tokens that one is | the most of all |
//! | `prompt_overhead` | tokens that a chat template adds to any prompt, such as a system prompt of its own | 0 |
//! | `tokenizer` | the vocabulary, such as `o200k`, for counters of tokens ([`CountTokens`](crate::query::CountTokens)) | not known |
//! | `reasoning`, `lacks` | as a provider's, for this model | the provider's |
//! | `family` | whose thinking it can take back | what its name begins with |
//! | `reasoning_unbounded` | thinking is not covered by a limit of output | `false` |
//!
//! `[[alias]]`, what callers may ask for instead of a model:
//!
//! | key | meaning | default |
//! |---|---|---|
//! | `name` | what stands in the request's `model` | |
//! | `models` | `*`, `provider/*`, `name`, `name@level` | `["*"]` |
//! | `quality` or `quality_at_least` | the least share of the best candidate's score, or the least score | `quality = 0.95` |
//! | `prefer` | `cost`, `latency`, `quality`, or `value` (then `value`: USD for a whole point of quality) | `cost` |
//! | `max_cost` | USD that one call may cost | no limit |
//! | `zones` | where it may run | anywhere |
//! | `split` | shares by weight instead: `{ glm-5 = 9, "gpt-5.4" = 1 }` | none |
//! | `sticky` | whether a conversation stays with its model | `true` |
//! | `redirect` | whether it may hide a model of the same name | `false` |
//! | `latency_quantile` | with `prefer = "latency"`: in which share of its calls a candidate is at least as fast as it is reckoned with | 0.5 |
//! | `learn` | whether it goes by experience, where there is a [`Profile`](crate::profile::Profile) | `true` |
//! | `explore` | the share of calls, 0 to 0.5, that try by chance who is not known well, or with `prefer = "latency"` not measured ([which never do](crate::select#chance)); 0 is never | 0.01 |
//! | `confidence` | how sure it must be that a candidate reaches the threshold, 0.5 to 0.999, where experience speaks of it | 0.5: by what is expected alone |
//! | `max_upgrade_share` | the share of each tenant's calls, 0 to 1, that may go to a dearer candidate [because of their words](crate::select#upgrades) | not limited |
//!
//! Callers may add to an alias's name how it is to choose: `auto:fast` prefers latency, `auto:cheap` cost, `auto:best`
//! quality, and nobody waits for `auto:batch` ([`Pace::Batch`](crate::query::Pace)). Names of models that end like this mean
//! the models.
//!
//! The alias `auto` exists also where no file names it, with these defaults. To put a file of one's own on top of the
//! built-in catalog: `Catalog::parse(&[Source::builtin(), Source::file("mine.toml")])`.
//!
//! # Caveats
//!
//! - A price that nobody wrote is unknown, not zero: such a model is never free by accident, and a hard budget
//!   refuses it.
//! - A call under a hard budget that costs more than the most it could puts its model's price into [`Quarantine`], for
//!   every name of that model; under a hard budget nothing is sent there until a reload changes the price or an operator
//!   lifts it.
//! - Prices age. Each has a source and a day; [`Info::warnings`] names old ones, and [`import`] compares them with public
//!   lists.
//! - Dates count from midnight UTC, at the clock of this machine.
//! - Keys do not belong in a catalog: a provider names the environment variable that holds one.

mod alias;
mod build;
mod candidate;
#[expect(clippy::module_inception, reason = "the type is named like its room")]
mod catalog;
mod date;
mod deployment;
mod effort;
mod endpoint;
mod error;
mod hours;
mod image_tokens;
pub mod import;
mod info;
mod kind;
mod lifecycle;
mod model;
mod move_over;
mod nearest;
mod price;
mod provider;
mod quarantine;
mod rate;
mod scores;
mod snapshot;
#[cfg(feature = "toml")]
mod source;
mod terms;
#[cfg(feature = "toml")]
mod toml;
mod unit;
mod usage;
mod variant;

use self::endpoint::Endpoint;
#[cfg(feature = "toml")]
pub use self::source::Source;
#[cfg(feature = "toml")]
pub(crate) use self::toml::{Findings, Reader};
pub use self::{
    alias::{Alias, Threshold},
    build::{AliasBuilder, ModelBuilder, ProviderBuilder, SnapshotBuilder},
    candidate::Candidate,
    catalog::Catalog,
    date::{Date, InvalidDate},
    deployment::Deployment,
    effort::Effort,
    endpoint::InvalidEndpoint,
    error::{CatalogError, Problem},
    hours::{Hours, InvalidHours},
    image_tokens::ImageTokens,
    info::{Info, SourceInfo},
    kind::Kind,
    lifecycle::Lifecycle,
    model::Model,
    move_over::MoveOver,
    price::Price,
    provider::{MaxTokensField, OnDisconnect, Provider},
    quarantine::{Quarantine, Quarantined},
    rate::Rate,
    scores::scores,
    snapshot::{Resolved, Snapshot},
    terms::Terms,
    unit::Unit,
    usage::Usage,
    variant::{Prefix, ReasoningForm, ThinkingField, ToolIds},
};
pub use crate::query::Prefer;
