//! What the whole stack takes for a call, over a provider in memory that answers at once: `auto` over four candidates,
//! one hard budget, heuristics, a cache that misses, fallback; then one thing changed at a time.
//!
//! ```sh
//! cargo bench --bench stack
//! ```

#[allow(dead_code, reason = "each bench uses a part of it")]
mod support;

use criterion::Criterion;
use support::{Question, Upstream, bench, catalog, criterion, here, stack};

/// Where requests are addressed; where they go is decided inside.
const BASE: &str = "http://localhost";

struct Case {
    name: &'static str,
    kilobytes: usize,
    stream: bool,
    models: usize,
    pool: usize,
    scopes: usize,
}

const PLAIN: Case = Case {
    name: "plain, 1 KB",
    kilobytes: 1,
    stream: false,
    models: 100,
    pool: 4,
    scopes: 1,
};

#[rustfmt::skip]
const CASES: [Case; 9] = [
    PLAIN,
    Case { name: "plain, 100 KB", kilobytes: 100, ..PLAIN },
    Case { name: "streamed, 1 KB", stream: true, ..PLAIN },
    Case { name: "streamed, 100 KB", kilobytes: 100, stream: true, ..PLAIN },
    Case { name: "a pool of 64", pool: 64, ..PLAIN },
    Case { name: "a catalog of 10", models: 10, ..PLAIN },
    Case { name: "a catalog of 1000", models: 1_000, ..PLAIN },
    Case { name: "no scope", scopes: 0, ..PLAIN },
    Case { name: "8 scopes", scopes: 8, ..PLAIN },
];

fn stacks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stack");
    for stream in [false, true] {
        let name = if stream { "bare, streamed" } else { "bare, plain" };
        let question = Question::new(1, stream);
        bench(&mut group, name, &Upstream::new(stream), || {
            question.request(BASE, 0)
        });
    }
    for case in CASES {
        let catalog = catalog(case.models, case.pool);
        let stack = stack(Upstream::new(case.stream), catalog, case.scopes);
        let question = Question::new(case.kilobytes, case.stream);
        let mut number = 0;
        bench(&mut group, case.name, &stack, || {
            number += 1;
            question.request(BASE, number)
        });
    }
    let hit = stack(Upstream::new(false), catalog(100, 4), 1);
    let question = Question::new(1, false);
    bench(&mut group, "a hit, 1 KB", &hit, || question.request(BASE, 0));
    group.finish();
}

fn main() {
    let runtime = here();
    let _entered = runtime.enter();
    let mut criterion = criterion();
    stacks(&mut criterion);
    criterion.final_summary();
}
