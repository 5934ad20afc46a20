//! Receivers that harm nobody else.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use windlass_tests::eventually;

use super::receiver::{Receiver, Reply};
use super::support::{allowing, deliveries, idle, now, start, submit, webhook};

#[tokio::test]
async fn a_receiver_that_hangs_has_4_attempts_over_all_servers_delays_no_other_and_then_gets_one_at_a_time() {
    let mut app = windlass_tests::TestApp::start_with(allowing()).await;
    app.add_server().await;
    let (hanging, well) = (Receiver::answering(Reply::Hang).await, Receiver::start().await);
    let made = webhook(&app, &hanging, json!(["pipeline.pending"]), json!({})).await;
    let other = webhook(&app, &well, json!(["pipeline.pending"]), json!({})).await;
    for _ in 0..12 {
        submit(&app, json!({})).await;
    }
    let begun = Instant::now();
    well.wait_for(12).await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    idle(&app, &other).await;
    hanging.wait_for(4).await;
    app.get("/readyz").await.has(200);
    // After 15 s those have had no answer; from then on there is one at a time.
    let timed_out = eventually("attempts have timed out", || async {
        let all = deliveries(&app, &made).await;
        let tried: Vec<_> = all.into_iter().filter(|one| one["attempts"][0]["error"] == "timeout").collect();
        (tried.len() >= 4).then_some(tried)
    })
    .await;
    assert!(timed_out.iter().all(|one| one["attempts"][0]["took_seconds"].as_f64().unwrap() >= 15.0));
    assert_eq!(hanging.most(), 4);
    hanging.wait_for(5).await;
    eventually("one is under way", || async { (hanging.under_way() == 1).then_some(()) }).await;
    assert_eq!(now(&app, &made).await["pending"], 12);
    app.abandon().await;
}

#[tokio::test]
async fn many_receivers_are_served_at_once() {
    let app = start().await;
    let receiver = Receiver::start().await;
    for _ in 0..20 {
        webhook(&app, &receiver, json!(["pipeline.pending"]), json!({})).await;
    }
    for _ in 0..10 {
        submit(&app, json!({})).await;
    }
    receiver.wait_for(200).await;
    app.get("/readyz").await.has(200);
    app.finish().await;
}

#[tokio::test]
async fn a_burst_comes_once_each_whatever_fails_or_hangs_in_the_middle() {
    let app = start().await;
    let receiver = Receiver::start().await;
    let made = webhook(&app, &receiver, json!(["pipeline.pending"]), json!({})).await;
    let well = Reply::Status(200, String::new());
    let mut replies = vec![well; 40];
    replies[7] = Reply::Status(500, String::new());
    replies[21] = Reply::Hang;
    receiver.answer_in_turn(replies);
    let jobs = vec![json!({"type": "a"}); 60];
    app.post("/v1/jobs/batch", json!({"jobs": jobs})).await.expect(200);
    // The others do not wait for the one that hangs, nor does what was to come after it on its place.
    eventually("two are pending", || async { (now(&app, &made).await["pending"] == 2).then_some(()) }).await;
    let tried =
        |all: Vec<Value>| -> usize { all.iter().map(|one| one["attempts"].as_array().unwrap().len()).sum() };
    assert_eq!(tried(deliveries(&app, &made).await), 59, "one has failed, one is under way");
    eventually("the one that hangs has timed out", || async {
        let all = deliveries(&app, &made).await;
        all.iter().any(|one| one["attempts"][0]["error"] == "timeout").then_some(())
    })
    .await;
    idle(&app, &made).await;
    let got = receiver.got();
    let ids: HashSet<String> = got.iter().map(|got| got.header("webhook-id")).collect();
    assert_eq!((ids.len(), got.len()), (60, 62));
    assert_eq!(tried(deliveries(&app, &made).await), 62, "what was given back has left no trace");
    assert!(receiver.most() <= 4, "{}", receiver.most());
    app.finish().await;
}
