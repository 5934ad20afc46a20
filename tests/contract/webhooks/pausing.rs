//! What is told around a pause.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id};

use super::receiver::{Receiver, Reply};
use super::support::{deliveries, idle, now, path, start, submit, tried, webhook};

/// The names of the pipelines that were told of, sorted.
async fn names(receiver: &Receiver, count: usize) -> Vec<String> {
    let got = receiver.wait_for(count).await;
    let name =
        |got: &super::receiver::Got| got.json()["data"]["pipeline"]["name"].as_str().unwrap().to_owned();
    let mut names: Vec<String> = got.iter().map(name).collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_commits_between_resume_and_pause_is_told_and_nothing_else() {
    let (app, receiver) = (start().await, Receiver::start().await);
    submit(&app, json!({"name": "0 before"})).await;
    let made = webhook(&app, &receiver, json!(["pipeline.pending"]), json!({})).await;
    submit(&app, json!({"name": "1 told"})).await;
    let paused = app.post(&format!("{}/pause", path(&made)), json!({"reason": "moving"})).await.expect(200);
    assert_eq!((&paused["paused"], &paused["reason"]), (&json!(true), &json!("moving")));
    submit(&app, json!({"name": "2 not told"})).await;
    let again = app.post(&format!("{}/pause", path(&made)), json!({"reason": "other"})).await.expect(200);
    assert_eq!(again["reason"], "moving", "it changes nothing");
    let resumed = app.verb(&path(&made), "resume").await;
    assert_eq!((&resumed["paused"], &resumed["reason"]), (&json!(false), &Value::Null));
    submit(&app, json!({"name": "3 told"})).await;
    assert_eq!(names(&receiver, 2).await, ["1 told", "3 told"]);
    idle(&app, &made).await;
    assert_eq!(deliveries(&app, &made).await.len(), 2);
    let resumed_again = app.verb(&path(&made), "resume").await;
    assert_eq!(resumed_again["updated_at"], resumed["updated_at"]);
    app.finish().await;
}

#[tokio::test]
async fn what_is_pending_waits_for_the_resume_and_then_goes_at_once() {
    let (app, receiver) = (start().await, Receiver::answering(Reply::Status(500, String::new())).await);
    let made = webhook(&app, &receiver, json!(["pipeline.pending"]), json!({})).await;
    submit(&app, json!({})).await;
    let delivery = tried(&app, &made, 1).await;
    app.verb(&path(&made), "pause").await;
    app.advance(3_600).await;
    // Another webhook is told meanwhile; this one is not tried.
    let other = Receiver::start().await;
    webhook(&app, &other, json!(["pipeline.pending"]), json!({})).await;
    submit(&app, json!({})).await;
    other.wait_for(1).await;
    assert_eq!(receiver.got().len(), 1);
    let retry = format!("{}/deliveries/{}/retry", path(&made), id(&delivery));
    assert_eq!(app.post_empty(&retry).await.problem(409, "illegal_transition")["state"], "pending");
    app.verb(&path(&made), "resume").await;
    receiver.wait_for(2).await;
    // One that would be tried in half a minute goes at once as well.
    let delivery = tried(&app, &made, 2).await;
    assert_eq!(delivery["state"], "pending");
    receiver.answer(Reply::Status(200, String::new()));
    app.verb(&path(&made), "pause").await;
    app.verb(&path(&made), "resume").await;
    receiver.wait_for(3).await;
    idle(&app, &made).await;
    app.finish().await;
}

#[tokio::test]
async fn three_days_without_a_success_pause_a_webhook() {
    let (app, receiver) = (start().await, Receiver::answering(Reply::Status(500, String::new())).await);
    let made = webhook(&app, &receiver, json!(["pipeline.pending"]), json!({})).await;
    for _ in 0..3 {
        submit(&app, json!({})).await;
    }
    let attempts = |deliveries: &[Value]| -> usize {
        deliveries.iter().map(|one| one["attempts"].as_array().unwrap().len()).sum()
    };
    let mut round = 0;
    let paused = loop {
        round += 1;
        eventually(&format!("round {round}"), || async {
            let made_so_far = attempts(&deliveries(&app, &made).await);
            (made_so_far >= 3 * round || now(&app, &made).await["paused"] == true).then_some(())
        })
        .await;
        let webhook = now(&app, &made).await;
        if webhook["paused"] == true {
            break webhook;
        }
        assert!(round < 9, "{webhook}");
        app.advance(12 * 3_600).await;
    };
    assert!(round >= 7, "20 failures, and three days: {round}");
    assert!(paused["reason"].as_str().unwrap().contains("3 days"), "{paused}");
    assert!(paused["failing_since"].is_string());
    app.get("/readyz").await.has(200);
    let metrics = app.get("/metrics").await.text;
    assert!(metrics.contains(r#"windlass_webhook_pauses_total{cause="failing"} "#));
    app.finish().await;
}

#[tokio::test]
async fn a_change_holds_on_every_server() {
    let app = TestApp::start_with(super::support::allowing()).await;
    let mut app = app;
    app.add_server().await;
    let (first, second) = (Receiver::start().await, Receiver::start().await);
    let made = webhook(&app, &first, json!(["pipeline.pending"]), json!({})).await;
    submit(&app, json!({})).await;
    first.wait_for(1).await;
    app.patch(&path(&made), json!({"url": second.url()})).await.expect(200);
    for _ in 0..5 {
        submit(&app, json!({})).await;
    }
    second.wait_for(5).await;
    assert_eq!(first.got().len(), 1);
    app.finish().await;
}
