use tower_genai::sim::{Fault, Times};

use super::rig::{ABLE, Rig, STREAMS, TEXT, Who};
use crate::{
    told::{Finish, Told, form},
    way::Vendor,
};

/// More than a whole answer has, whatever its dialect.
const MOST_EVENTS: u64 = 26;

/// The text is told whole and once, in one well-formed answer, wherever it broke off; both attempts are in the ledger.
#[tokio::test]
async fn a_cut_at_every_event_is_not_noticed() {
    for first in Vendor::ALL {
        for (at, able) in ABLE.into_iter().enumerate() {
            let faults: [fn(u64) -> Fault; 2] = [Fault::CutAfter, Fault::ErrorEventAfter];
            let faults = &faults[..if at == 0 { 2 } else { 1 }];
            let rig = Rig::start(&[Who(first, ""), able]).await;
            for caller in STREAMS {
                let mut resumed = 0;
                for fault in faults {
                    for events in 0..MOST_EVENTS {
                        let what = format!("{first:?} after {events}, {able:?} to {caller:?}");
                        rig.servers[0].fail(fault(events), Times::Once);
                        let budget = Rig::budget("1");
                        let (before, calls) = (rig.billed(), rig.calls());
                        let request = caller.request(caller.question());
                        let got = rig.ask_within(&budget, Rig::layer(), request).await;
                        rig.settled(&budget).await;
                        let asked: usize =
                            rig.calls().iter().sum::<usize>() - calls.iter().sum::<usize>();
                        let told = Told::got(caller, &got);
                        let text = &told.choices[&0].text;
                        let seen = rig.take_events();
                        if !form::is_clean(caller, &got) {
                            // The end was told; only its marker is missing.
                            assert_eq!((text.as_str(), asked), (TEXT, 1), "{what}: {}", got.text());
                            continue;
                        }
                        assert_eq!(text, TEXT, "{what}: {}", got.text());
                        assert_eq!(told.choices[&0].finish, Some(Finish::Stop), "{what}");
                        form::check(caller, &got);
                        let spent = budget.scope().allowance().unwrap().spent().nanos();
                        let billed = rig.billed() - before;
                        assert!(spent >= billed, "{what}: {spent} for {billed}");
                        match &*seen {
                            [one] => {
                                assert_eq!(one, "m0 complete", "{what}");
                                assert_eq!(spent, billed, "{what}");
                                break;
                            }
                            [cut, fell, complete] => {
                                assert_eq!(complete, "m1 complete", "{what}");
                                assert!(fell.starts_with("fell "), "{what}: {seen:?}");
                                resumed += usize::from(cut == "m0 cut");
                            }
                            other => panic!("{what}: {other:?}"),
                        }
                    }
                }
                assert!(resumed >= 3, "{first:?}, {able:?} to {caller:?}: {resumed}");
            }
        }
    }
}
