//! What the whole stack takes for a call, over a provider in memory that answers at once: `auto` over four candidates of
//! a catalog of 100, one hard budget, heuristics, a cache that misses, fallback; then one thing changed at a time.
//!
//! ```sh
//! cargo bench --bench stack
//! ```

#[allow(
    dead_code,
    unused_imports,
    reason = "each bench uses a part of what they share"
)]
mod support;

use support::{criterion, here, stacks};

fn main() {
    let runtime = here();
    let _entered = runtime.enter();
    let mut criterion = criterion();
    stacks(&mut criterion);
    criterion.final_summary();
}
