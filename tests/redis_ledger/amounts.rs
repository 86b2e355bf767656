//! The arithmetic of the scripts beside that of Rust.

use proptest::prelude::*;

use super::server::Server;

/// Where the scripts' amounts end: 9 * 10^30.
const MOST: u128 = 9_000_000_000_000_000_000_000_000_000_000 - 1;

const DRIVER: &str = "
local a, b = read(ARGV[1])
local c, d = read(ARGV[2])
local function said(yes) return yes and '1' or '0' end
return { write(a, b), write(add(a, b, c, d)), write(subtract(a, b, c, d)), said(above(a, b, c, d)), write(least(a, b, c, d)) }
";

fn amounts() -> impl Strategy<Value = u128> {
    let near = |at: u128| (0_u128..5).prop_map(move |off| (at + off).saturating_sub(2).min(MOST));
    prop_oneof![
        0_u128..1_000,
        (0_u128..1 << 63),
        (0..=MOST),
        near(1 << 53),
        near(1 << 63),
        near(1 << 64),
        near(1_000_000_000_000_000),
        near(1_000_000_000_000_000_000_000_000_000_000),
        near(MOST),
    ]
}

#[test]
fn amounts_of_scripts_are_exact() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let Some(server) = runtime.block_on(Server::start()) else {
        return;
    };
    let source = format!(
        "{}{DRIVER}",
        include_str!("../../src/budget/redis/lua/amounts.lua")
    );
    let client = redis::Client::open(server.url()).unwrap();
    let connection = std::cell::RefCell::new(client.get_connection().unwrap());
    let config = ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(a in amounts(), b in amounts())| {
        let answer: Vec<String> = redis::Script::new(&source)
            .arg(a.to_string())
            .arg(b.to_string())
            .invoke(&mut *connection.borrow_mut())
            .unwrap();
        let expected = [
            a.to_string(),
            (a + b).min(MOST).to_string(),
            a.saturating_sub(b).to_string(),
            u8::from(a > b).to_string(),
            a.min(b).to_string(),
        ];
        prop_assert_eq!(answer, expected);
    });
}
