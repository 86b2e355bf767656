//! A world of one seed: its budgets, its catalog, its providers, and the stack between them.

use std::{
    io,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer, Service, ServiceExt, util::BoxCloneSyncService};
use tower_genai::{
    Body,
    budget::Ledger,
    cache::CacheLayer,
    catalog::{Catalog, Provider as Seller},
    context::{Clock, Context, Tenant},
    dispatch::{Drain, Key},
    fallback::{Backoff, FallbackLayer},
    stack::{Stack, Tenants},
};

use crate::{
    budgets::{Budgets, Terms},
    dice::Dice,
    fleet::{Fleet, OnCut, Provider},
    ledger::{Faults, SimLedger},
    prices::Prices,
    shadow::Shadow,
    trace::Trace,
};

type Service_ = BoxCloneSyncService<Request<Full<Bytes>>, Response<Body>, io::Error>;

/// What makes the ledger of a world: how long its leases are, and how many doubtful charges it lists.
pub(crate) type MakeLedger = fn(Clock, Duration, usize) -> Arc<dyn Ledger>;

pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) trace: Trace,
    pub(crate) ledger: SimLedger,
    pub(crate) fleet: Fleet,
    pub(crate) budgets: Budgets,
    pub(crate) habits: Habits,
    stacks: Vec<Service_>,
    models: usize,
    tenants: Vec<Tenant>,
}

/// What callers are like here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    pub(crate) at_once: u64,
    /// How often each of these steps is taken, beside 1000 polls.
    pub(crate) leaving: u64,
    pub(crate) jumping: u64,
    pub(crate) reloading: u64,
    pub(crate) refunding: u64,
    streaming: u64,
    repeating: u64,
    tiers: bool,
}

impl Habits {
    fn some(dice: &mut Dice) -> Self {
        Self {
            at_once: dice.weighted(&[(2, 1), (4, 6), (4, 20), (1, 60)]),
            leaving: dice.pick(&[3, 10, 30, 100]),
            jumping: dice.pick(&[0, 0, 5, 20]),
            reloading: dice.pick(&[0, 10, 20]),
            refunding: dice.pick(&[0, 0, 10]),
            streaming: dice.pick(&[0, 50, 70, 100]),
            repeating: dice.pick(&[0, 30, 80]),
            tiers: dice.percent(30),
        }
    }
}

fn provider(dice: &mut Dice, about: u64) -> Provider {
    let prices = Prices::some(dice, about);
    Provider {
        on_cut: dice.pick(&[OnCut::Stops, OnCut::Stops, OnCut::RunsOn, OnCut::Unknown]),
        other: prices.dearer(3),
        prices,
        max_output: dice.between(20, 200),
    }
}

fn catalog(providers: &[Provider]) -> Catalog {
    let mut toml = String::new();
    for (i, provider) in providers.iter().enumerate() {
        let on_cut = provider.on_cut.word();
        toml.push_str(&format!(
            "[[provider]]\nname = \"p{i}\"\ndialect = \"openai\"\nbase_url = \"http://p{i}.test/v1\"\n\
             on_disconnect = \"{on_cut}\"\n"
        ));
        let most = provider.max_output;
        for (name, prices) in [("m", &provider.prices), ("x", &provider.other)] {
            toml.push_str(&format!(
                "[[model]]\nname = \"{name}{i}\"\nprovider = \"p{i}\"\n{}context = 4_000\nmax_output = {most}\n\
                 can = [\"stream\", \"n\"]\nquality = {{ general = 0.5 }}\n",
                prices.toml()
            ));
        }
    }
    let models: Vec<_> = (0..providers.len()).map(|i| format!("\"m{i}\"")).collect();
    toml.push_str(&format!(
        "[[alias]]\nname = \"auto\"\nmodels = [{}]\nprefer = \"cost\"\nsticky = false\n",
        models.join(", ")
    ));
    Catalog::from_toml(&toml).unwrap()
}

fn fallback(dice: &mut Dice) -> FallbackLayer {
    const MILLI: Duration = Duration::from_millis(1);
    let timeout = |dice: &mut Dice| {
        let most = MILLI * u32::try_from(dice.between(20, 30_000)).unwrap();
        dice.percent(60).then_some(most)
    };
    FallbackLayer::new()
        .attempts(dice.weighted(&[(2, 1), (3, 2), (4, 3), (2, 6)]))
        .backoff(Backoff::new(20 * MILLI, 2_000 * MILLI))
        .first_content_timeout(timeout(dice))
        .total_timeout(timeout(dice))
        .past_filters(dice.percent(30))
}

fn drain(dice: &mut Dice) -> Drain {
    match dice.below(3) {
        0 => Drain::off(),
        1 => Drain::up_to(Duration::from_millis(300), 2_000),
        _ => Drain::up_to(Duration::from_secs(20), 1 << 20),
    }
}

impl World {
    pub(crate) fn new(dice: &mut Dice, make: MakeLedger) -> Self {
        // Near the ends of days and months, and where clocks are put forward or back.
        let starts = [1_772_323_190, 1_774_745_900, 1_792_889_990, 1_798_761_500];
        let start = dice.pick(&starts) + dice.below(600);
        let clock = Clock::manual(SystemTime::UNIX_EPOCH + Duration::from_secs(start));
        let trace = Trace::default();
        let lease = Duration::from_secs(dice.weighted(&[(2, 600), (3, 3_600), (3, 3_600_000)]));
        let listed = dice.pick(&[2, 64, 1_024]);
        let faults = match dice.percent(60) {
            true => Faults::default(),
            false => Faults {
                late: dice.below(30),
                down: dice.below(10),
                slow_ends: dice.below(30),
            },
        };
        let shadow = Shadow::new(clock.now(), lease, listed);
        let inner = make(clock.clone(), lease, listed);
        let ledger = SimLedger::new(
            inner,
            shadow,
            clock.clone(),
            faults,
            dice.split(),
            trace.clone(),
        );
        let models = usize::try_from(dice.between(2, 5)).unwrap();
        let about: Vec<_> = (0..models).map(|_| dice.between(1, 12)).collect();
        let providers: Vec<_> = about.iter().map(|about| provider(dice, *about)).collect();
        let catalog = catalog(&providers);
        let fleet = Fleet::new(providers, ledger.clone(), dice.split(), trace.clone());
        let tenants = match dice.percent(50) {
            true => ["a", "b", "c"]
                .map(|name| Tenant::new(name).unwrap())
                .into(),
            false => Vec::new(),
        };
        // What a call holds, about: 150 tokens of each kind.
        let usual = about.iter().sum::<u64>() / models as u64 * 150 * 4 * 1_000;
        let shared: Arc<dyn Ledger> = Arc::new(ledger.clone());
        let budgets = Budgets::some(dice, Arc::clone(&shared), usual, !tenants.is_empty());
        let inner = dice.percent(30).then(|| {
            let terms = Terms::some(dice, "inner", 10 * usual, !tenants.is_empty());
            terms.budget(&shared)
        });
        let cache = match dice.percent(40) {
            true => CacheLayer::new().single_tenant(true).any_temperature(true),
            false => CacheLayer::off(),
        };
        let (fallback, drain) = (fallback(dice), drain(dice));
        let server = dice.percent(40);
        let (now, known) = (clock.clone(), !tenants.is_empty());
        let build = move |fleet: Fleet| -> Service_ {
            // Keys come from nowhere: these providers want none.
            let keys = |_: &Seller, _: Option<&Tenant>| Key::Ready(None);
            if server {
                let tenants = match known {
                    true => Tenants::by(|head: &http::request::Parts| {
                        head.extensions.get::<Tenant>().cloned()
                    }),
                    false => Tenants::single(),
                };
                let mut stack = Stack::server(fleet, catalog, tenants)
                    .clock(now)
                    .cache(cache)
                    .credential(keys)
                    .fallback(fallback)
                    .drain(drain);
                if let Some(inner) = inner {
                    stack = stack.budget(inner);
                }
                BoxCloneSyncService::new(stack.boxed().map_err(|never| match never {}))
            } else {
                let mut stack = Stack::client_with(fleet, catalog)
                    .clock(now)
                    .cache(cache)
                    .credential(keys)
                    .fallback(fallback)
                    .drain(drain);
                if let Some(inner) = inner {
                    stack = stack.budget(inner);
                }
                stack.boxed()
            }
        };
        let whole = build(fleet.clone());
        let stacks = budgets.ways.iter().map(|way| {
            let mut service = whole.clone();
            for at in way.iter().rev() {
                let layered = budgets.layers[*at].layer(service);
                let boxed = layered.map_response(|response: Response<_>| response.map(Body::new));
                service = BoxCloneSyncService::new(boxed);
            }
            service
        });
        Self {
            stacks: stacks.collect(),
            habits: Habits::some(dice),
            clock,
            trace,
            ledger,
            fleet,
            budgets,
            models,
            tenants,
        }
    }

    /// Some call; says by which way it goes.
    pub(crate) fn call(
        &self,
        dice: &mut Dice,
    ) -> (
        usize,
        impl Future<Output = io::Result<Response<Body>>> + Send + use<>,
    ) {
        let way = dice.index(self.stacks.len());
        let model = match dice.percent(60) {
            true => "auto".to_owned(),
            false => format!("m{}", dice.index(self.models)),
        };
        let stream = dice.below(100) < self.habits.streaming;
        let words = match dice.percent(self.habits.repeating) {
            true => "h".repeat(dice.pick(&[5, 40, 90])),
            false => format!("{:x}{}", dice.below(u64::MAX), "e".repeat(dice.index(100))),
        };
        let mut more = String::new();
        if dice.percent(70) {
            let name = dice.pick(&["max_tokens", "max_completion_tokens"]);
            more.push_str(&format!(r#","{name}":{}"#, dice.between(1, 120)));
        }
        if dice.percent(15) {
            more.push_str(&format!(r#","n":{}"#, dice.between(1, 3)));
        }
        if self.habits.tiers && dice.percent(30) {
            let tier = dice.pick(&["priority", "flex", "auto", "default"]);
            more.push_str(&format!(r#","service_tier":"{tier}""#));
        }
        let body = format!(
            r#"{{"model":"{model}","stream":{stream},"messages":[{{"role":"user","content":"{words}"}}]{more}}}"#
        );
        let mut request = Request::post("http://app.test/v1/chat/completions")
            .header("content-type", "application/json")
            .body(Full::from(body))
            .unwrap();
        if !self.tenants.is_empty() {
            let tenant = self.tenants[dice.index(self.tenants.len())].clone();
            request
                .extensions_mut()
                .insert(Context::new().with_tenant(tenant.clone()));
            request.extensions_mut().insert(tenant);
        }
        let mut service = self.stacks[way].clone();
        (
            way,
            async move { service.ready().await?.call(request).await },
        )
    }
}
