use super::{
    super::{Date, Lifecycle, MoveOver},
    check::Check,
};

const KEY: &str = "move_over";

/// What a model says of its days, by itself; what its successor makes of them is seen when all models are there.
pub(super) fn check(name: &str, lifecycle: &Lifecycle, check: &mut Check<'_>) {
    let Lifecycle {
        released,
        deprecated,
        sunset,
        successor,
        move_over,
    } = lifecycle;
    for (later, name, earlier, other) in [
        (sunset, "sunset", released, "released"),
        (deprecated, "deprecated", released, "released"),
        (sunset, "sunset", deprecated, "deprecated"),
    ] {
        if let (Some(later), Some(earlier)) = (later, earlier)
            && later < earlier
        {
            check.wrong(name, format!("{later} is before `{other}`, {earlier}"));
        }
    }
    if successor.as_deref() == Some(name) {
        check.wrong("successor", "a model is not its own successor");
    }
    let Some(schedule) = move_over else {
        return;
    };
    if successor.is_none() {
        check.wrong(KEY, "needs a `successor` to move to");
    }
    match schedule {
        MoveOver::Linear => {
            for (day, key) in [(deprecated, "deprecated"), (sunset, "sunset")] {
                if day.is_none() {
                    let what = format!(
                        "\"linear\" goes from `deprecated` to `sunset`; `{key}` is missing"
                    );
                    check.wrong(KEY, what);
                }
            }
        }
        MoveOver::Steps(steps) => check_steps(steps, *sunset, check),
    }
}

fn check_steps(steps: &[(Date, f64)], sunset: Option<Date>, check: &mut Check<'_>) {
    if steps.is_empty() {
        check.wrong(
            KEY,
            "has no steps; write them as `[{ from = 2026-12-01, share = 0.1 }]`, or leave it out",
        );
    }
    for (from, share) in steps {
        if !(0.0..=1.0).contains(share) {
            let hint = if (1.0..=100.0).contains(share) {
                "; write 10 percent as 0.1"
            } else {
                ""
            };
            check.wrong(
                KEY,
                format!("{share}, from {from}, is no share; it must be 0 to 1{hint}"),
            );
        }
        if let Some(sunset) = sunset.filter(|sunset| from >= sunset) {
            let what =
                format!("a step from {from} is not before the `sunset`, {sunset}, when all move");
            check.wrong(KEY, what);
        }
    }
    for ((from, share), (next, more)) in steps.iter().zip(steps.iter().skip(1)) {
        if next <= from {
            let what = format!("the step from {next} follows that from {from}; put them in order");
            check.wrong(KEY, what);
        } else if more < share {
            let what = format!(
                "the share falls from {share} to {more} on {next}; conversations that have moved do not move back"
            );
            check.wrong(KEY, what);
        }
    }
}
