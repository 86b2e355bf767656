//! How often a call allocates, and how many bytes, in the cases of `layers` and `stack`: the mean of many calls, those of
//! the caller and of the provider in memory included. What is allocated anew in a larger place counts once more, with
//! the bytes that were added. What is kept is what a call leaves behind: an entry of the cache, of the memory of
//! conversations; places where old entries make room for new ones are not full here.
//!
//! ```sh
//! cargo bench --bench allocations
//! ```

#[allow(
    dead_code,
    unused_imports,
    reason = "each bench uses a part of what they share"
)]
mod support;

use std::{alloc::System, fmt::Debug};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use http_body_util::Full;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use support::{Asking, Measure, ask, here, layers, stacks};
use tower::Service;

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// So many that a table which grows now and then does not show.
const CALLS: usize = 256;

/// Prints a line for each.
struct Count;

impl Measure for Count {
    fn measure<S, B>(&mut self, group: &str, name: &str, service: &S, mut asking: Asking)
    where
        S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone,
        S::Error: Debug,
        B: HttpBody<Data = Bytes>,
        B::Error: Debug,
    {
        let mut count = |calls: usize| {
            let all = Region::new(COUNTING);
            let requests: Vec<_> = (0..calls).map(|_| asking.next()).collect();
            let region = Region::new(COUNTING);
            for request in requests {
                ask(service, request);
            }
            (region.change(), all.change())
        };
        count(CALLS);
        let (change, all) = count(CALLS);
        let per_call = |all: usize| {
            let tenths = (all * 10 + CALLS / 2) / CALLS;
            format!("{}.{}", tenths / 10, tenths % 10)
        };
        let times = per_call(change.allocations + change.reallocations);
        let bytes = change.bytes_allocated / CALLS;
        let kept = all.bytes_allocated.saturating_sub(all.bytes_deallocated) / CALLS;
        let name = format!("{group}/{name}");
        println!("{name:32} {times:>12} {bytes:>12} {kept:>12}");
    }
}

fn main() {
    let runtime = here();
    let _entered = runtime.enter();
    println!(
        "{:32} {:>12} {:>12} {:>12}",
        "per call", "allocations", "bytes", "kept"
    );
    layers(&mut Count);
    stacks(&mut Count);
}
