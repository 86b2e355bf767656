//! A gateway: OpenAI's chat completions in, any provider of its catalog out.
//!
//! ```sh
//! cargo run --release --example gateway                          # simulated providers, on 127.0.0.1:8080
//! cargo run --release --example gateway -- --config gateway.toml
//! ```

mod args;
mod client;
mod demo;
mod metrics;
mod server;
mod stop;

use std::{
    error::Error,
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use args::Args;
use client::ProviderClient;
use metrics_exporter_prometheus::PrometheusHandle;
use server::{Gateway, Served};
use tokio::net::TcpListener;
use tower_genai::{
    budget::Ledger,
    cache::CacheLayer,
    catalog::Catalog,
    dispatch::Drain,
    idempotency::IdempotencyLayer,
    observe::{DecisionLog, JsonLines, metrics::Metrics},
    profile::Profile,
    sim,
    stack::{Stack, Tenants, config::Config},
};

const HELP: &str = "\
A gateway for generative models: OpenAI's chat completions in, any provider of its catalog out.

    gateway [--config FILE] [--listen ADDR] [--check]

    --config FILE   the gateway's configuration; without it, four simulated providers
                    serve gpt-5.4, claude-opus-4.6, gemini-3.1-pro and glm-5, and `auto`
    --listen ADDR   listen here in place of the configuration's `listen`, such as 127.0.0.1:0
    --check         only check the configuration

Budgets of a configuration without a [ledger] are kept in ledger.redb in the working directory,
so that what was spent is known after a restart.

On SIGTERM or Ctrl-C it takes no more calls and ends when those under way are answered, after 30 s at the latest;
asked a second time it ends at once.

Exit codes: 2 for a wrong configuration or wrong arguments, 1 where it cannot listen.

This example has no TLS. Providers with an `https` address need a client with a TLS connector, such as
hyper-rustls, in `client.rs`; until then calls to them are answered with 502. In front of the gateway,
let a reverse proxy speak TLS.";

/// Where budgets are kept when the configuration does not say: in the working directory.
const LEDGER: &str = "ledger.redb";

/// A gateway that is ready to serve.
struct Made {
    listen: SocketAddr,
    admin_listen: Option<SocketAddr>,
    gateway: Gateway,
    ledger: Option<Arc<dyn Ledger>>,
    profile: Option<Profile>,
    decision_log: Option<JsonLines>,
    /// They stop when they are dropped.
    _simulated: Vec<sim::Server>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|_| "warn".into()))
        .with_writer(std::io::stderr)
        .init();
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(why) => return wrong(&why),
    };
    if args.help {
        println!("{}", HELP);
        return ExitCode::SUCCESS;
    }
    // Before the first metric is described.
    let metrics = match metrics::install() {
        Ok(metrics) => metrics,
        Err(why) => return wrong(&why.to_string()),
    };
    let made = match &args.config {
        Some(path) => match Config::load(path) {
            Ok(config) => configured(config, args.listen, args.check),
            Err(why) => return wrong(&why.to_string()),
        },
        None => simulated(args.listen).await,
    };
    match made {
        Err(why) => wrong(&why.to_string()),
        Ok(_) if args.check => ExitCode::SUCCESS,
        Ok(made) => run(made, metrics).await,
    }
}

fn wrong(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::from(2)
}

async fn run(made: Made, metrics: PrometheusHandle) -> ExitCode {
    let listener = match TcpListener::bind(made.listen).await {
        Ok(listener) => listener,
        Err(why) => {
            eprintln!("cannot listen on {}: {why}", made.listen);
            return ExitCode::FAILURE;
        }
    };
    // Where others may be callers, metrics are not theirs.
    let public = made.admin_listen.is_none() && made.listen.ip().to_canonical().is_loopback();
    let mut served = Served::to_callers(made.gateway);
    served.metrics = public.then(|| metrics.clone());
    if let Some(admin) = made.admin_listen {
        match TcpListener::bind(admin).await {
            Ok(listener) => {
                println!("metrics on http://{admin}/metrics");
                let never = std::future::pending();
                tokio::spawn(server::serve(listener, metrics::served(metrics), never));
            }
            Err(why) => {
                eprintln!("cannot listen on {admin}: {why}");
                return ExitCode::FAILURE;
            }
        }
    }
    let (once, twice) = stop::asked();
    println!(
        "listening on http://{}",
        listener.local_addr().unwrap_or(made.listen)
    );
    tokio::select! {
        () = server::serve(listener, served, once) => {}
        () = twice => eprintln!("asked again to stop: calls under way are cut"),
    }
    if let Some(ledger) = made.ledger
        && let Err(why) = ledger.flush().await
    {
        eprintln!("what was spent last may not be recorded: {why}");
    }
    if let Some(profile) = made.profile
        && let Err(why) = profile.flush().await
    {
        eprintln!("what was learned last may not be kept: {why}");
    }
    if let Some(log) = made.decision_log
        && let Err(why) = log.flush()
    {
        eprintln!("what was decided last may not be in the log: {why}");
    }
    ExitCode::SUCCESS
}

fn configured(
    config: Config,
    listen: Option<SocketAddr>,
    check: bool,
) -> Result<Made, Box<dyn Error>> {
    // What was spent is to be known after a crash, unless the file says otherwise.
    let config = config.keep_in(LEDGER);
    let config = if check {
        config.check()?;
        config
    } else {
        config.open()?
    };
    let listen = listen.unwrap_or(config.listen());
    if !config.may_listen(listen) {
        let name = config.name();
        return Err(format!(
            "--listen {listen} is beyond loopback: say in `[tenants]` of {name} who may call"
        )
        .into());
    }
    for warning in config.warnings() {
        eprintln!("{warning}");
    }
    warn_of_tls(config.catalog());
    Ok(Made {
        listen,
        admin_listen: config.admin_listen(),
        gateway: config
            .stack(ProviderClient::new(config.connect_timeout()))
            .observer(Metrics::new())
            .boxed(),
        ledger: Some(Arc::clone(config.ledger())),
        profile: config.profile().cloned(),
        decision_log: config.decision_log().cloned(),
        _simulated: Vec::new(),
    })
}

async fn simulated(listen: Option<SocketAddr>) -> Result<Made, Box<dyn Error>> {
    let listen = listen.unwrap_or((Ipv4Addr::LOCALHOST, 8_080).into());
    if !listen.ip().is_loopback() {
        return Err(format!(
            "--listen {listen} is beyond loopback: that takes a --config with `[tenants]`"
        )
        .into());
    }
    eprintln!("no --config: the providers are simulated, their answers are made up");
    let providers = demo::providers().await?;
    let catalog = demo::catalog(&providers)?;
    let client = ProviderClient::new(Some(Duration::from_secs(5)));
    let stack = Stack::server(client, catalog, Tenants::single())
        .explain_headers(true)
        .idempotency(IdempotencyLayer::new().single_tenant(true))
        .cache(CacheLayer::new().single_tenant(true))
        .decisions(DecisionLog::new(1_024))
        .drain(Drain::up_to(Duration::from_secs(20), 8 * 1024 * 1024))
        .idle_timeout(Duration::from_secs(60));
    Ok(Made {
        listen,
        admin_listen: None,
        gateway: stack.observer(Metrics::new()).boxed(),
        ledger: None,
        profile: None,
        decision_log: None,
        _simulated: providers,
    })
}

/// The client of this example is without TLS.
fn warn_of_tls(catalog: &Catalog) {
    for provider in catalog.snapshot().providers() {
        if provider.base_url().scheme_str() == Some("https") {
            eprintln!(
                "warning: provider {:?} is reached by https, and this example was built without TLS: calls to it are answered with 502",
                provider.name()
            );
        }
    }
}
