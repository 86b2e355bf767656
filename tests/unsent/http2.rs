//! What HTTP/2 says of streams that were never looked at.

use tower_genai::sim::{self, Fault, Times};

use crate::{
    frames::{CANCEL, INTERNAL_ERROR, NO_ERROR, Provider, REFUSED_STREAM, Then},
    rig::{Rig, http1, http2},
};

#[tokio::test]
async fn a_refused_stream_was_never_seen() {
    let provider = Provider::start(Then::Reset(REFUSED_STREAM)).await;
    let rig = Rig::new(&provider.base_url).await;
    rig.is_unsent(http2()).await;
    // What was turned away is sent once more, which is free.
    assert_eq!(provider.requests(), 4);
}

#[tokio::test]
async fn so_it_is_at_a_sim_that_refuses() {
    let model = sim::Model::new("m0").price("1", "2").exact_output(8);
    let ill = sim::Provider::new("ill")
        .model(model)
        .start()
        .await
        .unwrap();
    ill.fail(Fault::Refused, Times::Always);
    let rig = Rig::new(&ill.base_url()).await;
    rig.is_unsent(http2()).await;
    // HTTP/1.1 has no word for it.
    rig.may_be_sent(http1()).await;
    assert_eq!(ill.bill().total_nano_usd(), 0);
}

#[tokio::test]
async fn a_stream_beyond_the_last_one_that_counts_was_never_seen() {
    for code in [NO_ERROR, INTERNAL_ERROR] {
        for then in [Then::GoAway(0, code), Then::GoAwayAndClose(0, code)] {
            let provider = Provider::start(then).await;
            let rig = Rig::new(&provider.base_url).await;
            rig.is_unsent(http2()).await;
            assert_eq!(provider.requests(), 4, "{then:?}");
        }
    }
}

#[tokio::test]
async fn a_stream_that_counts_may_have_been_seen() {
    for code in [NO_ERROR, INTERNAL_ERROR] {
        let provider = Provider::start(Then::GoAwayAndClose(1, code)).await;
        let rig = Rig::new(&provider.base_url).await;
        rig.may_be_sent(http2()).await;
        assert_eq!(provider.requests(), 2);
    }
}

#[tokio::test]
async fn a_reset_for_any_other_reason_says_nothing() {
    for then in [
        Then::Reset(INTERNAL_ERROR),
        Then::Reset(CANCEL),
        Then::Reset(NO_ERROR),
        Then::Close,
    ] {
        let provider = Provider::start(then).await;
        let rig = Rig::new(&provider.base_url).await;
        rig.may_be_sent(http2()).await;
        assert_eq!(provider.requests(), 2, "{then:?}");
    }
}

/// What has a head was looked at, whatever it says afterwards.
#[tokio::test]
async fn a_stream_that_has_begun_is_not_taken_back() {
    let provider = Provider::start(Then::BeginAndReset(REFUSED_STREAM)).await;
    let rig = Rig::new(&provider.base_url).await;
    let failures = rig.ask(http2(), true).await;
    assert!(failures.iter().all(|failure| failure.sent), "{failures:?}");
}
