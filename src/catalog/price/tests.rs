use std::time::{Duration, SystemTime};

use proptest::{collection::vec, option, prelude::*};

use super::super::{Date, Hours, Rate, Terms, Unit, Usage};
use super::Price;
use crate::money::{Cost, UnitPrice, Usd};

fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

fn rate(unit: Unit, million: &str) -> Rate {
    Rate::new(unit, UnitPrice::per_million(million).unwrap())
}

fn now() -> SystemTime {
    Date::new(2026, 11, 24).unwrap().starts() + Duration::from_secs(12 * 3600)
}

fn opus() -> Price {
    Price::new([
        rate(Unit::Input, "5"),
        rate(Unit::Output, "25"),
        rate(Unit::CacheRead, "0.5"),
        rate(Unit::CacheWrite5m, "6.25"),
        rate(Unit::CacheWrite1h, "10"),
        rate(Unit::Input, "4").at_tier("priority"),
        rate(Unit::Output, "40").at_tier("priority"),
    ])
    .with_region_factor("us", 1_100)
}

#[test]
fn an_invoice_comes_out_to_the_cent() {
    // An invoice that a vendor's console confirmed: 3 in, 12 304 written to the cache, 550 out.
    let price = Price::new([
        rate(Unit::Input, "3"),
        rate(Unit::Output, "15"),
        rate(Unit::CacheWrite5m, "3.75"),
    ]);
    let used = Usage {
        cache_write_5m: 12_304,
        ..Usage::text(3, 550)
    };
    assert_eq!(
        price.cost(&used, &Terms::new(now())),
        Cost::Known(usd("0.054399"))
    );
}

#[test]
fn a_long_prompt_prices_the_whole_call() {
    let price = Price::new([
        rate(Unit::Input, "2"),
        rate(Unit::Output, "12"),
        rate(Unit::CacheRead, "0.2"),
        rate(Unit::Input, "4").when_over(200_000),
        rate(Unit::Output, "18").when_over(200_000),
        rate(Unit::CacheRead, "0.4").when_over(200_000),
    ]);
    let terms = Terms::new(now());
    let used = |input, cache_read| Usage {
        cache_read,
        ..Usage::text(input, 1_000)
    };
    // Cached tokens count for the length.
    let cost = price.cost(&used(1_000, 199_001), &terms);
    assert_eq!(cost, Cost::Known(usd("0.1016004")));
    let cost = price.cost(&used(1_000, 199_000), &terms);
    assert_eq!(cost, Cost::Known(usd("0.0538")));
    // On the threshold itself providers differ: a bound takes the dearer side.
    let bound = price.bound(&used(200_000, 0), &terms);
    assert_eq!(bound, Cost::Bounded(usd("0.818")));
}

#[test]
fn a_bound_foresees_cache_region_and_tier() {
    let price = opus();
    let most = Usage::text(1_000_000, 0);
    let terms = Terms::new(now());
    assert_eq!(
        price.bound(&most, &terms),
        Cost::Bounded(usd("11")),
        "an hour's write, in the US"
    );
    let terms = terms.cache_write(false);
    assert_eq!(price.bound(&most, &terms), Cost::Bounded(usd("5.5")));
    let terms = terms.region("global");
    assert_eq!(price.bound(&most, &terms), Cost::Bounded(usd("5")));
    let answer = Usage::text(0, 1_000_000);
    assert_eq!(price.bound(&answer, &terms), Cost::Bounded(usd("25")));
    let auto = terms.clone().tier("auto");
    assert_eq!(price.bound(&answer, &auto), Cost::Bounded(usd("40")));
    let upgrading = price.clone().with_auto_upgrade(true);
    assert_eq!(upgrading.bound(&answer, &terms), Cost::Bounded(usd("40")));
    assert_eq!(
        price.bound(&answer, &terms.clone().tier("turbo")),
        Cost::Unknown
    );
    assert_eq!(
        price.bound(&answer, &terms.tier("Standard")),
        Cost::Bounded(usd("25"))
    );
}

#[test]
fn a_price_without_a_rate_is_not_free() {
    let price = Price::per_million("1", "3").unwrap();
    let terms = Terms::new(now());
    let million = 1_000_000;
    let reasoning = Usage {
        reasoning: million,
        ..Usage::default()
    };
    assert_eq!(price.cost(&reasoning, &terms), Cost::Known(usd("3")));
    for used in [
        Usage {
            cache_read: million,
            ..Usage::default()
        },
        Usage {
            cache_write_1h: million,
            ..Usage::default()
        },
    ] {
        assert_eq!(price.cost(&used, &terms), Cost::Known(usd("1")));
    }
    for used in [
        Usage {
            audio_input: 1,
            ..Usage::default()
        },
        Usage {
            extra: vec![(Unit::ToolCall("web_search".into()), 1)],
            ..Usage::default()
        },
    ] {
        assert_eq!(price.cost(&used, &terms), Cost::Unknown);
        assert_eq!(price.bound(&used, &terms), Cost::Unknown);
    }
    let nothing = Usage::default();
    assert_eq!(Price::unknown().cost(&nothing, &terms), Cost::Unknown);
    assert_eq!(
        Price::free().bound(&Usage::text(9, 9), &terms),
        Cost::Known(Usd::ZERO)
    );
    // A cache write is never cheaper than what is stated for a shorter one.
    let stated = Usage {
        cache_write_1h: million,
        ..Usage::default()
    };
    let price = Price::new([rate(Unit::Input, "5"), rate(Unit::CacheWrite5m, "6.25")]);
    assert_eq!(price.cost(&stated, &terms), Cost::Known(usd("6.25")));
}

#[test]
fn dates_and_hours_decide() {
    let day = Date::new(2026, 3, 13).unwrap();
    let price = Price::new([
        rate(Unit::Input, "10").valid_until(day),
        rate(Unit::Input, "5").valid_from(day),
        rate(Unit::Input, "2")
            .valid_from(day)
            .at_hours(Hours::new(["00:00-06:00"], []).unwrap()),
    ]);
    let used = Usage::text(1_000_000, 0);
    let at = |hours: i64| {
        let distance = Duration::from_secs(hours.unsigned_abs() * 3600);
        Terms::new(if hours < 0 {
            day.starts() - distance
        } else {
            day.starts() + distance
        })
    };
    assert_eq!(price.cost(&used, &at(-1)), Cost::Known(usd("10")));
    assert_eq!(price.cost(&used, &at(1)), Cost::Known(usd("2")));
    assert_eq!(price.cost(&used, &at(7)), Cost::Known(usd("5")));
    assert_eq!(price.bound(&used, &at(3)), Cost::Bounded(usd("5")));
    // Clocks differ: shortly after midnight the old price may still be charged.
    assert_eq!(price.bound(&used, &at(0)), Cost::Bounded(usd("10")));
    let rising = Price::new([
        rate(Unit::Input, "5").valid_until(day),
        rate(Unit::Input, "10").valid_from(day),
    ]);
    assert_eq!(rising.bound(&used, &at(-23)), Cost::Bounded(usd("10")));
    assert_eq!(rising.bound(&used, &at(-30)), Cost::Bounded(usd("5")));
}

#[test]
fn details_narrow_and_unknown_ones_are_dear() {
    let image = |size: Option<&str>, quality: Option<&str>| Unit::Image {
        size: size.map(Into::into),
        quality: quality.map(Into::into),
    };
    let each = |unit, price| Rate::new(unit, UnitPrice::per_unit(price).unwrap());
    let price = Price::new([
        each(image(None, Some("high")), "0.2"),
        each(image(Some("1024x1024"), Some("high")), "0.133"),
        each(image(None, Some("low")), "0.013"),
    ]);
    let cost = |unit| {
        let used = Usage {
            extra: vec![(unit, 2)],
            ..Usage::default()
        };
        price.cost(&used, &Terms::new(now()))
    };
    assert_eq!(
        cost(image(Some("1024x1024"), Some("high"))),
        Cost::Known(usd("0.266"))
    );
    assert_eq!(
        cost(image(Some("1536x1024"), Some("high"))),
        Cost::Known(usd("0.4"))
    );
    assert_eq!(cost(image(None, None)), Cost::Known(usd("0.4")));
    assert_eq!(cost(image(None, Some("medium"))), Cost::Unknown);
}

#[test]
fn a_price_per_request_is_charged_once_untold() {
    let per_request = Rate::new(Unit::Request, UnitPrice::per_unit("0.005").unwrap());
    let price = Price::new([rate(Unit::Input, "1"), per_request]);
    let terms = Terms::new(now());
    assert_eq!(
        price.cost(&Usage::default(), &terms),
        Cost::Known(usd("0.005"))
    );
    assert_eq!(
        price.bound(&Usage::text(1_000_000, 0), &terms),
        Cost::Bounded(usd("1.005"))
    );
}

#[test]
fn tokens_at_a_tier_have_its_rates_or_none() {
    let search = Unit::ToolCall("web_search".into());
    let price = Price::new([
        rate(Unit::Input, "2"),
        rate(Unit::Output, "8"),
        rate(Unit::AudioInput, "1"),
        rate(Unit::Input, "4").at_tier("priority"),
        Rate::new(search.clone(), UnitPrice::per_unit("0.01").unwrap()),
    ]);
    let terms = Terms::new(now()).tier("priority");
    let cost = |used: &Usage| price.cost(used, &terms);
    assert_eq!(cost(&Usage::text(1_000_000, 0)), Cost::Known(usd("4")));
    assert_eq!(
        cost(&Usage::text(0, 1)),
        Cost::Unknown,
        "the ordinary rate is no answer"
    );
    let audio = Usage {
        audio_input: 1,
        ..Usage::default()
    };
    assert_eq!(cost(&audio), Cost::Unknown);
    let searched = Usage {
        extra: vec![(search, 2)],
        ..Usage::default()
    };
    assert_eq!(
        cost(&searched),
        Cost::Known(usd("0.02")),
        "tools cost the same at every tier"
    );
    assert_eq!(
        price.cost(&Usage::text(1, 0), &Terms::new(now()).tier("scale")),
        Cost::Unknown
    );
}

#[test]
fn what_does_not_fit_is_unknown() {
    let price = Price::new([Rate::new(Unit::Input, UnitPrice::from_pico(u64::MAX))]);
    let used = Usage::text(u64::MAX, 0);
    let terms = Terms::new(now());
    assert_eq!(price.cost(&used, &terms), Cost::Unknown);
    assert_eq!(price.bound(&used, &terms), Cost::Unknown);
    let saturated = Usage {
        cache_read: u64::MAX,
        reasoning: u64::MAX,
        ..Usage::text(u64::MAX, u64::MAX)
    };
    assert_eq!(
        (saturated.prompt(), saturated.answer()),
        (u64::MAX, u64::MAX)
    );
}

// What is priced, at which tiers, where, when: few enough values that conditions meet.

fn units() -> impl Strategy<Value = Unit> {
    let image = |size: Option<&str>| Unit::Image {
        size: size.map(Into::into),
        quality: None,
    };
    prop_oneof![
        6 => prop::sample::select(vec![
            Unit::Input, Unit::CacheRead, Unit::CacheWrite5m, Unit::CacheWrite30m, Unit::CacheWrite1h,
            Unit::Output, Unit::Reasoning, Unit::AudioInput, Unit::ImageOutput,
        ]),
        1 => prop::sample::select(vec![
            image(None), image(Some("s")), image(Some("l")), Unit::Request, Unit::ToolCall("t".into()),
        ]),
    ]
}

fn tiers() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(vec![None, None, None, Some("priority"), Some("flex")])
}

fn regions() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(vec![None, None, Some("us"), Some("eu")])
}

fn days() -> impl Strategy<Value = Option<Date>> {
    option::weighted(
        0.2,
        (20i8..28).prop_map(|day| Date::new(2026, 11, day).unwrap()),
    )
}

fn rates() -> impl Strategy<Value = Rate> {
    let hours = prop::sample::select(vec!["00:00-08:00", "06:00-22:00", "20:00-04:00"]);
    let conditions = (
        option::weighted(0.2, 0u64..300),
        tiers(),
        regions(),
        days(),
        days(),
    );
    (
        units(),
        0u64..1_000_000,
        conditions,
        option::weighted(0.2, hours),
    )
        .prop_map(|(unit, pico, (over, tier, region, from, until), hours)| {
            let mut rate = Rate::new(unit, UnitPrice::from_pico(pico));
            if let Some(over) = over {
                rate = rate.when_over(over);
            }
            if let Some(tier) = tier {
                rate = rate.at_tier(tier);
            }
            if let Some(region) = region {
                rate = rate.in_region(region);
            }
            if let Some(from) = from {
                rate = rate.valid_from(from);
            }
            if let Some(until) = until {
                rate = rate.valid_until(until);
            }
            if let Some(hours) = hours {
                rate = rate.at_hours(Hours::new([hours], []).unwrap());
            }
            rate
        })
}

fn prices() -> impl Strategy<Value = Price> {
    (vec(rates(), 1..24), vec(500u32..2_000, 2), any::<bool>()).prop_map(
        |(rates, factors, upgrade)| {
            // What everything falls back on, so that most tables price most usages.
            let base = [
                Rate::new(Unit::Input, UnitPrice::from_pico(100_000)),
                Rate::new(Unit::Output, UnitPrice::from_pico(200_000)),
            ];
            Price::new(base.into_iter().chain(rates))
                .with_region_factor("us", factors[0])
                .with_region_factor("eu", factors[1])
                .with_auto_upgrade(upgrade)
        },
    )
}

fn usages() -> impl Strategy<Value = Usage> {
    let count = || prop_oneof![Just(0u64), 0u64..200];
    let extra = vec(
        (
            units().prop_filter("extras", |unit| !unit.is_token()),
            0u64..4,
        ),
        0..3,
    );
    (
        (count(), count(), count(), count()),
        (count(), count(), count(), count()),
        extra,
    )
        .prop_map(
            |(
                (input, cache_read, cache_write_5m, cache_write_1h),
                (output, reasoning, audio_input, image_output),
                extra,
            )| {
                Usage {
                    input,
                    cache_read,
                    cache_write_5m,
                    cache_write_1h,
                    output,
                    reasoning,
                    audio_input,
                    image_output,
                    extra,
                    ..Usage::default()
                }
            },
        )
}

/// A usage within another: each bucket scaled down, and then moved about where a cache or a model may.
fn less(most: &Usage, share: [u64; 4], swap: bool) -> Usage {
    let part = |count: u64, i: usize| count * share[i] / 100;
    let prompt = part(
        most.input + most.cache_read + most.cache_write_5m + most.cache_write_1h,
        0,
    );
    let answer = part(most.output + most.reasoning, 1);
    let (read, written) = (prompt * share[2] / 100, prompt * (100 - share[2]) / 200);
    let thought = answer * share[3] / 100;
    Usage {
        input: prompt - read - written,
        cache_read: read,
        cache_write_5m: if swap { written } else { 0 },
        cache_write_30m: 0,
        cache_write_1h: if swap { 0 } else { written },
        output: answer - thought,
        reasoning: thought,
        audio_input: part(most.audio_input, 2),
        image_output: part(most.image_output, 3),
        extra: most
            .extra
            .iter()
            .map(|(unit, n)| (narrowed(unit, swap), part(*n, 3)))
            .collect(),
        ..Usage::default()
    }
}

fn narrowed(unit: &Unit, small: bool) -> Unit {
    match unit {
        Unit::Image {
            size: None,
            quality,
        } => Unit::Image {
            size: Some(if small { "s" } else { "l" }.into()),
            quality: quality.clone(),
        },
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn no_call_costs_more_than_its_bound(
        price in prices(),
        most in usages(),
        share in [0u64..=100, 0u64..=100, 0u64..=100, 0u64..=100],
        swap in any::<bool>(),
        asked in (prop::sample::select(vec![None, Some("auto"), Some("priority"), Some("flex"), Some("default")]), regions()),
        served in (any::<bool>(), regions()),
        minutes in 0u64..5 * 24 * 60,
        later in -59i64..24 * 60,
    ) {
        let at = Date::new(2026, 11, 21).unwrap().starts() + Duration::from_secs(minutes * 60);
        let ask = |mut terms: Terms| {
            terms.tier = asked.0.map(Into::into);
            terms.region = asked.1.map(Into::into);
            terms
        };
        let bound = price.bound(&most, &ask(Terms::new(at)));

        let used = less(&most, share, swap);
        prop_assert!(used.within(&most), "{used:?} within {most:?}");
        let step = Duration::from_secs(later.unsigned_abs() * 60);
        let mut terms = Terms::new(if later < 0 { at - step } else { at + step });
        // Any answer that such a request may get.
        let upgradable = asked.0 == Some("auto") || (asked.0.is_none() && price.auto_upgrade());
        terms.tier = match (served.0, asked.0) {
            (true, Some(tier @ ("priority" | "flex"))) => Some(tier.into()),
            (true, _) if upgradable => Some("priority".into()),
            _ => None,
        };
        terms.region = if asked.1.is_some() { asked.1.filter(|_| served.0).map(Into::into) } else { served.1.map(Into::into) };
        if let (Cost::Known(cost), Some(bound)) = (price.cost(&used, &terms), bound.bound()) {
            prop_assert!(cost <= bound, "{cost} > {bound}: used {used:?} on {terms:?}");
        }
    }

    #[test]
    fn more_use_never_has_a_lower_bound(price in prices(), most in usages(), more in usages(), minutes in 0u64..5 * 24 * 60) {
        let terms = Terms::new(Date::new(2026, 11, 21).unwrap().starts() + Duration::from_secs(minutes * 60));
        let mut sum = most.clone();
        sum.add(&more);
        if let (Some(less), Some(more)) = (price.bound(&most, &terms).bound(), price.bound(&sum, &terms).bound()) {
            prop_assert!(less <= more);
        }
    }

    #[test]
    fn nothing_is_within_what_has_less(most in usages(), bucket in 0usize..3) {
        let mut used = most.clone();
        match bucket {
            0 => used.cache_read += 1,
            1 => used.reasoning += 1,
            _ => used.extra.push((Unit::ToolCall("t".into()), 1)),
        }
        prop_assert!(!used.within(&most));
        prop_assert!(most.within(&used));
    }
}
