//! OpenAI's own Python package against a gateway of whose five providers four fail: callers do not notice.
//!
//! Needs what `openai_sdk` needs.

#[path = "../examples/gateway/client.rs"]
mod client;
#[path = "fallback_sdk/cutter.rs"]
mod cutter;
#[path = "openai_sdk/python.rs"]
mod python;
#[path = "../examples/gateway/server.rs"]
mod server;

use std::{process::Stdio, time::Duration};

use client::ProviderClient;
use cutter::Cutter;
use tokio::{
    net::{TcpListener, TcpSocket},
    time::timeout,
};
use tower_genai::{
    budget::ScopeKey,
    context::Tenant,
    health::{Breaker, Monitor},
    sim::{Fault, Model, Provider, Server, Times},
    stack::config::Config,
};

const PATIENCE: Duration = Duration::from_secs(180);

async fn provider(name: &str, model: &str, prices: (&str, &str)) -> Server {
    let model = Model::new(model).price(prices.0, prices.1).exact_output(24);
    Provider::new(name).model(model).start().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_calls_and_nobody_notices() {
    let Some(python) = python::with("openai", "openai==3.54.0") else {
        return;
    };
    // It is bound so that nobody else gets its address, and does not listen.
    let nobody = TcpSocket::new_v4().unwrap();
    nobody.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let dead = format!("http://{}/v1", nobody.local_addr().unwrap());
    let busy = provider("busy", "m1", ("2", "4")).await;
    busy.fail(Fault::status(429), Times::Always);
    let failing = provider("failing", "m2", ("3", "6")).await;
    failing.fail(Fault::status(500), Times::Always);
    let cutter = Cutter::start().await;
    let well = provider("well", "m4", ("5", "10")).await;
    let twin = provider("twin", "m4", ("5", "10")).await;

    let mut text = String::from(
        "explain_headers = true\ntenants.keys = { \"sk-team\" = \"team\" }\n\
         [[budget]]\nscope = \"org\"\nlimit = \"1000.00\"\nwindow = \"total\"\neach = \"tenant\"\n\
         [[alias]]\nname = \"auto\"\nmodels = [\"*\"]\nprefer = \"cost\"\n",
    );
    let addresses = [
        dead,
        busy.base_url(),
        failing.base_url(),
        format!("http://{}/v1", cutter.addr),
        well.base_url(),
    ];
    for (i, address) in addresses.iter().enumerate() {
        text.push_str(&format!(
            "[[provider]]\nname = \"p{i}\"\ndialect = \"openai\"\nbase_url = \"{address}\"\n\
             on_disconnect = \"stops\"\n\
             [[model]]\nname = \"m{i}\"\nprovider = \"p{i}\"\n\
             price = {{ input = \"{}\", output = \"{}\" }}\ncontext = 200_000\n\
             max_output = 1_000\ncan = [\"stream\"]\nquality = {{ general = 0.5 }}\n",
            i + 1,
            2 * (i + 1)
        ));
    }
    let config = Config::parse("gateway.toml", &text).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gateway = format!("http://{}/v1", listener.local_addr().unwrap());
    // All are asked by each call, however often they have failed.
    let breaker = Breaker::new()
        .failures(0)
        .window(Duration::from_secs(10), 0);
    let stack = config.stack(ProviderClient::new(None));
    let stack = stack.monitor(Monitor::new().breaker(breaker));
    tokio::spawn(server::serve(
        listener,
        server::Served::to_callers(stack.boxed()),
        std::future::pending(),
    ));

    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fallback_sdk/calls.py");
    let child = tokio::process::Command::new(python)
        .arg(script)
        .args([&gateway, &twin.base_url()])
        .env_remove("OPENAI_BASE_URL")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let done = timeout(PATIENCE, child.wait_with_output());
    let done = done.await.expect("the script comes to its end").unwrap();
    assert!(done.status.success(), "the script's own words stand above");
    assert_eq!(
        String::from_utf8_lossy(&done.stdout).trim(),
        "whole 500 500"
    );

    // Everyone was asked once for each call, and only who answered is paid.
    assert_eq!(busy.calls().len(), 1_000);
    assert_eq!(failing.calls().len(), 1_000);
    assert_eq!(cutter.calls(), (500, 500));
    let bill = well.bill();
    assert_eq!(bill.lines().len(), 1_000);
    assert!(bill.lines().all(|line| !line.cut));
    let free = busy.bill().total_nano_usd() + failing.bill().total_nano_usd();
    assert_eq!(free, 0);

    let budget = config.budgets().next().unwrap();
    let scope = budget.scope_of(ScopeKey::from(&Tenant::new("team").unwrap()));
    let left = scope.allowance().unwrap();
    assert_eq!(left.held().nanos(), 0);
    assert!(left.spent().nanos() >= bill.total_nano_usd());
}
