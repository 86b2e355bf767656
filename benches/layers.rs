//! What each layer takes for a call: the smallest composition in which it means something, and the same without it. The
//! difference is the layer. The provider is in memory and answers at once; but for Classify's own row, the classifier
//! says always the same.
//!
//! ```sh
//! cargo bench --bench layers
//! ```

#[allow(
    dead_code,
    unused_imports,
    reason = "each bench uses a part of what they share"
)]
mod support;

use support::{criterion, here, layers};

fn main() {
    let runtime = here();
    let _entered = runtime.enter();
    let mut criterion = criterion();
    layers(&mut criterion);
    criterion.final_summary();
}
