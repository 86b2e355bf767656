//! What the whole stack costs a call, beside the bare client that it wraps: over real sockets on loopback, warm and kept
//! alive, both sides in turn in one run.
//!
//! ```sh
//! cargo run --release --example overhead
//! cargo run --release --example overhead -- --rounds 9 --json
//! ```
//!
//! # What is compared
//!
//! *Bare* is hyper-util's client: it posts a question and reads the answer to its end. *Stack* is [`Stack::client_with`]
//! around a clone of that same client, with the same connections, asked the same questions at the same address, answered
//! with the same bytes by the same upstream: `auto` over four models, the heuristics, one hard budget, a cache that has
//! never heard the question (each has a number of its own), fallback. In each round bare is measured, then stack, and
//! so on: a ratio is the median of the rounds' own ratios, so what disturbs a machine for longer than a round disturbs
//! both sides.
//!
//! - A question has 1 KB, an answer 1 KB, or as a stream 36 events of 9 KB together, each written by itself.
//! - The client's side is one thread, so its CPU is that of one thread (from Linux's `schedstat`; elsewhere it is not
//!   shown). It includes the client itself, making the request, and reading the answer. The upstream has a thread and
//!   a runtime of its own and is not counted.
//! - Both sides have `TCP_NODELAY`.
//! - `hit` asks the stack what it was asked before; `failover` has the cheapest provider answer 500 at once. Both stand
//!   beside a plain call of the bare client. That each side asked the upstream as often as it should is counted.
//! - Memory is the whole process's: the upstream's, too, what this program notes for itself, and what the cache keeps,
//!   which may take 4 MiB by its own count.
//!
//! # What is not
//!
//! TLS, a real network and a real model are not there; each takes far longer than anything here. The cores are shared
//! with the upstream and whatever else runs: with 64 in flight a call's time is mostly that of waiting for the others,
//! and with one in flight it is several times shorter where the system puts both threads on one core. So compare the
//! sides of one run, not runs. How the figures change with catalogs, scopes and entries is a matter of the benches.

mod aims;
mod args;
mod bytes;
mod client;
mod compare;
mod figures;
mod proc;
mod report;
mod round;
mod upstream;

use std::{
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context as _;

use self::{
    args::Args,
    bytes::Question,
    client::{Routes, bare, stack, store},
    compare::{Compared, Comparison, Plan},
    upstream::Upstream,
};

fn main() -> ExitCode {
    let args = match Args::read(std::env::args().skip(1)) {
        Ok(Some(args)) => args,
        Ok(None) => return print(&format!("{}\n", args::USAGE)),
        Err(wrong) => {
            eprintln!("overhead: {wrong}\n{}", args::USAGE);
            return ExitCode::from(2);
        }
    };
    let measured = match measure(&args) {
        Ok(measured) => measured,
        Err(error) => {
            eprintln!("overhead: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    print(&if args.json {
        report::json(&measured)
    } else {
        report::table(&measured)
    })
}

/// All that was measured.
struct Measured {
    rounds: usize,
    compared: Vec<Compared>,
    memory: Memory,
}

/// Resident memory of the process, in MB; `None` where it cannot be read.
struct Memory {
    start: Option<f64>,
    ready: Option<f64>,
    end: Option<f64>,
    peak: Option<f64>,
    /// What of it the cache says that its answers take.
    cache: f64,
}

fn measure(args: &Args) -> anyhow::Result<Measured> {
    let start = proc::resident();
    let upstream = Upstream::start().context("the upstream does not start")?;
    // The client's side is this thread alone.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (client, store) = (bare(), store());
    let plan = Plan {
        runtime: &runtime,
        upstream: &upstream,
        rounds: args.rounds,
        round: args.round,
        number: Arc::default(),
    };
    let at = |kind| Routes {
        first: upstream.base_url(kind),
        others: upstream.base_url(kind),
        circuits: true,
    };
    let (plain, streamed) = (Question::new(1, false), Question::new(1, true));
    let routed = stack(client.clone(), &store, &at(upstream::PLAIN))?;
    let routed_stream = stack(client.clone(), &store, &at(upstream::STREAM))?;
    let first_down = Routes {
        first: upstream.base_url(upstream::DOWN),
        others: upstream.base_url(upstream::PLAIN),
        // It is to be asked again and again.
        circuits: false,
    };
    let failing = stack(client.clone(), &store, &first_down)?;
    let ready = proc::resident();

    let mut compared = Vec::new();
    for in_flight in [1, 64] {
        let it = Comparison::new("plain", &plain, upstream::PLAIN, in_flight);
        compared.push(plan.compare(&it, &client, &routed)?);
    }
    for in_flight in [1, 64] {
        let it = Comparison::new("streamed", &streamed, upstream::STREAM, in_flight);
        compared.push(plan.compare(&it, &client, &routed_stream)?);
    }
    let hit = Comparison::new("hit", &plain, upstream::PLAIN, 1).again();
    compared.push(plan.compare(&hit, &client, &routed)?);
    let failover = Comparison::new("failover", &plain, upstream::PLAIN, 1).asking(2);
    compared.push(plan.compare(&failover, &client, &failing)?);

    Ok(Measured {
        rounds: args.rounds,
        compared,
        memory: Memory {
            start,
            ready,
            end: proc::resident(),
            peak: proc::peak(),
            cache: store.bytes() as f64 / 1e6,
        },
    })
}

/// Writes to standard output; a reader that has left is no failure.
fn print(text: &str) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("overhead: cannot write: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
