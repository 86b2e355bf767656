use super::{Guard, Judged, Verdict};

/// Two candidates, a dear one that is always as good, and a cheap one whose quality hangs on the task.
struct World {
    dear: f64,
    /// On the tasks that the router gives to it.
    cheap: f64,
    /// What is predicted there.
    believed: f64,
}

const DEAR: u32 = 0;
const CHEAP: u32 = 1;

/// A router that gives half of the calls to the cheap one.
fn play(
    guard: &mut Guard,
    random: &mut fastrand::Rng,
    world: &World,
    (calls, feedback): (usize, f64),
) -> Vec<(usize, Verdict)> {
    let mut told = Vec::new();
    for call in 0..calls {
        let easy = random.bool();
        let routed: [f64; 2] = if easy { [0.01, 0.99] } else { [0.99, 0.01] };
        let mut chosen = routed;
        let turns = guard.turns();
        let taken: f64 = turns.iter().flatten().map(|(_, share)| share).sum();
        chosen = chosen.map(|share| share * (1.0 - taken));
        for (arm, share) in turns.into_iter().flatten() {
            chosen[arm as usize] += share;
        }
        let arm = if random.f64() < chosen[0] {
            DEAR
        } else {
            CHEAP
        };
        let hard = 0.3;
        let truth = [world.dear, if easy { world.cheap } else { hard }];
        let predicted = [world.dear, if easy { world.believed } else { hard }];
        guard.answered(arm);
        if random.f64() >= feedback {
            continue;
        }
        let judged = [0, 1].map(|at| Judged {
            arm: at as u32,
            predicted: predicted[at],
            routed: routed[at],
            chosen: chosen[at],
            cost: [1.0, 0.1][at],
        });
        let score = if random.f64() < truth[arm as usize] {
            1.0
        } else {
            0.0
        };
        if guard.scored(&judged, arm, (score, 1.0), 1.0) {
            told.push((call, guard.now()));
        }
    }
    told
}

const GOOD: World = World {
    dear: 0.7,
    cheap: 0.75,
    believed: 0.75,
};

const BAD: World = World {
    dear: 0.7,
    cheap: 0.4,
    believed: 0.75,
};

#[test]
fn a_router_that_wins_is_left_alone() {
    let mut replaced = 0;
    for seed in 0..30 {
        let mut guard = Guard::new();
        let random = &mut fastrand::Rng::with_seed(seed);
        replaced += usize::from(!play(&mut guard, random, &GOOD, (2_000, 1.0)).is_empty());
    }
    assert!(replaced <= 2, "{replaced} of 30");
}

#[test]
fn a_router_that_loses_is_replaced_by_the_constant_and_comes_back_when_it_wins() {
    let (mut replaced, mut back) = (0, 0);
    for seed in 0..20 {
        let mut guard = Guard::new();
        let random = &mut fastrand::Rng::with_seed(seed);
        let told = play(&mut guard, random, &BAD, (3_000, 1.0));
        if told
            .first()
            .is_none_or(|(_, first)| *first != Verdict::Constant(DEAR))
        {
            continue;
        }
        replaced += 1;
        play(&mut guard, random, &GOOD, (4_000, 1.0));
        back += usize::from(guard.now() == Verdict::Routing);
    }
    assert!(replaced >= 18, "{replaced} of 20");
    assert!(back >= 15, "{back} of {replaced}");
}

#[test]
fn intervals_hold_what_they_promise() {
    let (mut within, mut all) = (0, 0);
    for seed in 0..100 {
        let mut guard = Guard::new();
        let random = &mut fastrand::Rng::with_seed(seed);
        // What is believed of the cheap one is wrong, so that only scores can tell.
        let world = World {
            cheap: 0.65,
            ..GOOD
        };
        play(&mut guard, random, &world, (600, 1.0));
        let dear = guard.compared().find(|(arm, ..)| *arm == DEAR);
        let (_, better, error, scores) = dear.unwrap();
        assert!(scores > 300.0, "{scores}");
        // On half of the calls 0.7 against 0.65, and what chance does to the router.
        let half = |usual: f64, seldom: f64| 0.99f64.mul_add(usual, 0.01 * seldom) / 2.0;
        let routed = half(0.65, 0.7) + half(0.7, 0.3);
        all += 1;
        within += usize::from((better - (0.7 - routed)).abs() < 1.96 * error);
    }
    assert!(within >= 90, "{within} of {all}");
}

#[test]
fn it_begins_with_routing() {
    let guard = Guard::new();
    assert_eq!(guard.now(), Verdict::Routing);
    assert_eq!(guard.turns(), [None, None]);
}

#[test]
fn seldom_scores_wait_and_nonsense_breaks_nothing() {
    let mut guard = Guard::new();
    let random = &mut fastrand::Rng::with_seed(1);
    let told = play(&mut guard, random, &BAD, (900, 0.05));
    assert!(told.is_empty(), "{told:?}");
    let odd = Judged {
        arm: 7,
        predicted: 0.5,
        routed: 0.0,
        chosen: 0.0,
        cost: f64::INFINITY,
    };
    for arm in 0..1_000 {
        let odd = Judged { arm, ..odd };
        guard.scored(&[odd], arm, (1.0, 0.15), 1.0);
        guard.answered(arm);
    }
    assert!(guard.compared().count() <= 64);
}
