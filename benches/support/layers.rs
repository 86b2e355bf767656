use std::{hint::black_box, time::Duration};

use http::Request;
use tower::{Layer, ServiceBuilder, util::MapRequestLayer};
use tower_genai::{
    budget::BudgetLayer,
    cache::CacheLayer,
    classify::{Classifier, ClassifyLayer, Heuristics},
    dispatch::DispatchLayer,
    fallback::FallbackLayer,
    health::Monitor,
    query::{Classification, Classified, Query, QueryBody, Task},
    select::{SelectLayer, Selector},
};

use super::{Asking, Measure, Upstream, budgets, catalog};

/// Every layer in the smallest composition in which it means something, after the same composition without it.
pub(crate) fn layers(to: &mut impl Measure) {
    classify(to);
    for stream in [false, true] {
        cache(to, stream);
    }
    select(to);
    for stream in [false, true] {
        dispatch(to, stream);
        fallback(to, stream);
    }
    budget(to);
}

/// Reads the query and says always the same of it.
pub(crate) fn reader() -> ClassifyLayer {
    fn general() -> impl Classifier {
        |_: &Query| Classification::new(Task::GENERAL)
    }
    ClassifyLayer::new().classifier(general())
}

fn selector(pool: usize) -> SelectLayer {
    SelectLayer::new(Selector::new(catalog(100, pool)))
}

fn named(layer: &str, stream: bool) -> String {
    let how = if stream { "streamed" } else { "plain" };
    format!("{layer}, {how}")
}

fn classify(to: &mut impl Measure) {
    let upstream = Upstream::new(false);
    for kilobytes in [1, 100] {
        let group = format!("classify, {kilobytes} KB");
        let asking = Asking::new(kilobytes, false);
        to.measure(&group, "without", &upstream, asking.clone());
        let read = reader().layer(upstream.clone());
        to.measure(&group, "reading alone", &read, asking.clone());
        // A classifier is asked only when somebody wants to know.
        let wants = MapRequestLayer::new(|request: Request<QueryBody>| {
            black_box(request.body().query().classification());
            request
        });
        let heuristics = ClassifyLayer::new().classifier(Heuristics::new());
        for (name, layer) in [
            ("with heuristics", heuristics),
            ("with trained weights", ClassifyLayer::new()),
        ] {
            let with = (layer, wants.clone()).layer(upstream.clone());
            to.measure(&group, name, &with, asking.clone());
        }
    }
}

fn cache(to: &mut impl Measure, stream: bool) {
    let upstream = Upstream::new(stream);
    let group = named("cache", stream);
    let asking = Asking::new(1, stream);
    let without = reader().layer(upstream.clone());
    to.measure(&group, "without", &without, asking.clone());
    // Nobody says on whose behalf the calls are made.
    let bypass = (reader(), CacheLayer::new()).layer(upstream.clone());
    to.measure(&group, "bypass", &bypass, asking.clone());
    let one = CacheLayer::new().single_tenant(true);
    let with = (reader(), one).layer(upstream);
    to.measure(&group, "miss", &with, asking.clone());
    to.measure(&group, "hit", &with, asking.again());
}

fn select(to: &mut impl Measure) {
    let (group, asking) = ("select", Asking::new(1, false));
    let upstream = Upstream::new(false);
    let without = reader().layer(upstream.clone());
    to.measure(group, "without", &without, asking.clone());
    for pool in [4, 64] {
        let with = (reader(), selector(pool)).layer(upstream.clone());
        to.measure(group, &format!("of {pool}"), &with, asking.clone());
    }
    let watched = Selector::new(catalog(100, 64)).health(Monitor::new());
    let watched = (reader(), SelectLayer::new(watched)).layer(upstream);
    to.measure(group, "of 64, with a monitor", &watched, asking);
}

fn dispatch(to: &mut impl Measure, stream: bool) {
    let group = named("dispatch", stream);
    let asking = Asking::new(1, stream);
    let around = ServiceBuilder::new().layer(reader()).layer(selector(4));
    let without = around.clone().service(Upstream::new(stream));
    to.measure(&group, "without", &without, asking.clone());
    let with = around.clone().layer(DispatchLayer::new());
    let with = with.service(Upstream::new(stream));
    to.measure(&group, "with", &with, asking.clone());
    let watched = around.layer(DispatchLayer::new().monitor(Monitor::new()));
    let watched = watched.service(Upstream::new(stream));
    to.measure(&group, "with a monitor", &watched, asking);
}

/// Around Dispatch, whose streams have a front that is held back; and around a service that is ready and answers at once,
/// so that next to nothing else is measured.
fn fallback(to: &mut impl Measure, stream: bool) {
    let group = named("fallback alone", stream);
    let asking = Asking::new(1, stream);
    let around = ServiceBuilder::new().layer(reader()).layer(selector(4));
    let ready = Upstream::new(stream);
    let without = around.clone().service(ready.clone());
    to.measure(&group, "without", &without, asking.clone());
    for (name, layer) in [
        ("with", FallbackLayer::new()),
        ("with timeouts", timed()),
        (
            "with a monitor",
            FallbackLayer::new().monitor(Monitor::new()),
        ),
    ] {
        let with = around.clone().layer(layer).service(ready.clone());
        to.measure(&group, name, &with, asking.clone());
    }
    let group = named("fallback", stream);
    let inner = DispatchLayer::new().layer(ready);
    let without = around.clone().service(inner.clone());
    to.measure(&group, "without", &without, asking.clone());
    let with = around.layer(FallbackLayer::new()).service(inner);
    to.measure(&group, "with", &with, asking);
}

/// With all that is off by default.
fn timed() -> FallbackLayer {
    let second = Duration::from_secs(1);
    FallbackLayer::new()
        .first_content_timeout(10 * second)
        .hedge_after(second)
        .total_timeout(60 * second)
}

fn budget(to: &mut impl Measure) {
    let (group, asking) = ("budget", Asking::new(1, false));
    let inner = (reader(), selector(4), DispatchLayer::new()).layer(Upstream::new(false));
    to.measure(group, "without", &inner, asking.clone());
    let mut open = budgets(4).into_iter().map(BudgetLayer::new);
    let mut next = || open.next().expect("four of them");
    let [a, b, c, d] = [next(), next(), next(), next()];
    to.measure(group, "1 scope", &a.layer(inner.clone()), asking.clone());
    let four = (a, b, c, d).layer(inner);
    to.measure(group, "4 scopes", &four, asking);
}
