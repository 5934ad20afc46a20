//! What arrives: signed, once made, to whoever is told.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id, time_of};

use super::receiver::{Got, Receiver, Reply};
use super::secrets::verified;
use super::support::{deliveries, fail, idle, now, path, start, submit, tried, webhook};

#[tokio::test]
async fn a_delivery_is_a_signed_post_and_its_receiver_is_told_what_happened() {
    let (app, receiver) = (start().await, Receiver::start().await);
    let made = webhook(&app, &receiver, json!(["pipeline.failed"]), json!({})).await;
    let pipeline = fail(&app, json!({"metadata": {"size": 1e5}})).await;
    let got = receiver.wait_for(1).await.remove(0);
    let delivery = tried(&app, &made, 1).await;
    assert_eq!(got.header("webhook-id"), format!("msg_{}", id(&delivery)));
    assert!(got.header("user-agent").starts_with("windlass/"));
    assert_eq!(got.header("content-type"), "application/json");
    assert!(verified(&got, &made["secret"]));
    let body = got.json();
    assert_eq!(
        (&body["type"], &body["timestamp"]),
        (&json!("pipeline.failed"), &body["data"]["event"]["at"])
    );
    let event =
        app.walk_events(&format!("?pipeline_id={}&entity=pipeline&to=failed", id(&pipeline))).await.remove(0);
    assert_eq!(body["data"]["event"], event);
    let mut listed = app.walk("/v1/pipelines?name=tiles").await.remove(0);
    // Whatever has been counted since.
    listed["progress"] = body["data"]["pipeline"]["progress"].clone();
    assert_eq!(body["data"]["pipeline"], listed);
    let error = json!({"category": "data_error", "message": "row <7> is & empty", "detail": {"row": 7}});
    assert_eq!(body["data"]["error"], error);
    assert!(body["data"].get("job").is_none() && body["data"].get("task").is_none());
    let attempt = &delivery["attempts"][0];
    assert_eq!((&attempt["status"], &attempt["error"]), (&json!(200), &Value::Null));
    assert!(attempt["took_seconds"].as_f64().unwrap() < 15.0);
    assert_eq!(time_of(attempt, "at").timestamp().to_string(), got.header("webhook-timestamp"));
    let expected = json!({
        "id": delivery["id"], "event_id": event["id"], "type": "pipeline.failed", "state": "delivered", "attempts": delivery["attempts"],
        "created_at": delivery["created_at"], "next_attempt_at": null, "delivered_at": delivery["delivered_at"]
    });
    assert_eq!(delivery, expected);
    let shown = now(&app, &made).await;
    assert_eq!((&shown["pending"], &shown["failing_since"]), (&json!(0), &Value::Null));
    assert!(shown["last_delivered_at"].is_string());
    app.finish().await;
}

#[tokio::test]
async fn each_kind_of_event_is_told_once() {
    let (app, receiver) = (start().await, Receiver::start().await);
    let made = webhook(&app, &receiver, json!(["*"]), json!({})).await;
    let pipeline = submit(&app, json!({})).await;
    let pipeline_path = format!("/v1/pipelines/{}", id(&pipeline));
    app.verb(&pipeline_path, "pause").await;
    app.verb(&pipeline_path, "resume").await;
    let job = app.job_path(&pipeline, "a").await;
    app.verb(&job, "pause").await;
    app.verb(&job, "resume").await;
    // Told to nobody: no kind of the list.
    app.patch(&pipeline_path, json!({"priority": "high"})).await.expect(200);
    app.succeed("a").await;
    let expected = [
        "job.paused",
        "job.pending",
        "job.queued",
        "job.resumed",
        "job.running",
        "job.succeeded",
        "pipeline.paused",
        "pipeline.pending",
        "pipeline.resumed",
        "pipeline.running",
        "pipeline.succeeded",
        "task.running",
        "task.succeeded",
    ];
    let events = eventually("all of it can be read", || async {
        let events = app.walk_events(&format!("?pipeline_id={}", id(&pipeline))).await;
        let ended = |event: &Value| event["entity"] == "pipeline" && event["to"] == "succeeded";
        events.iter().any(ended).then_some(events)
    })
    .await;
    let told = events
        .iter()
        .filter(|event| [&json!(null), &json!("paused"), &json!("resumed")].contains(&&event["flag"]))
        .count();
    idle_after(&app, &made, told).await;
    // Who walks over events may append one of another pipeline, to know their end.
    let own = |got: &&Got| got.json()["data"]["event"]["pipeline_id"] == pipeline["id"];
    let mut kinds: Vec<String> = receiver.wait_for(told).await.iter().filter(own).map(Got::kind).collect();
    kinds.sort();
    assert_eq!(kinds.len(), told, "{kinds:?}");
    kinds.dedup();
    assert!(kinds.iter().all(|kind| expected.contains(&kind.as_str())), "{kinds:?}");
    for kind in [
        "job.paused",
        "job.resumed",
        "job.succeeded",
        "pipeline.paused",
        "pipeline.pending",
        "pipeline.succeeded",
        "task.running",
    ] {
        assert!(kinds.contains(&kind.to_owned()), "{kind} in {kinds:?}");
    }
    app.finish().await;
}

/// Waits until so many deliveries have ended.
async fn idle_after(app: &TestApp, webhook: &Value, count: usize) {
    eventually(&format!("{count} deliveries"), || async {
        let deliveries = deliveries(app, webhook).await;
        let ended = deliveries.iter().filter(|one| one["state"] == "delivered").count();
        (ended >= count).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_attempt_is_under_way_soon_after_its_event() {
    let (app, receiver) = (start().await, Receiver::start().await);
    webhook(&app, &receiver, json!(["pipeline.pending"]), json!({})).await;
    for count in 1..4 {
        submit(&app, json!({})).await;
        // Two seconds by the contract; the machine may be busy with other tests.
        receiver.wait_for(count).await;
    }
    app.finish().await;
}

#[tokio::test]
async fn a_body_stays_the_same_over_all_attempts_also_when_its_pipeline_has_gone() {
    let app = start().await;
    let receiver = Receiver::answering(Reply::Status(500, String::new())).await;
    let made = webhook(&app, &receiver, json!(["pipeline.succeeded"]), json!({})).await;
    let pipeline = submit(&app, json!({})).await;
    app.succeed("a").await;
    tried(&app, &made, 1).await;
    app.delete(&format!("/v1/pipelines/{}", id(&pipeline))).await.has(204);
    app.patch(&path(&made), json!({"format": "slack"})).await.expect(200);
    app.advance(10).await;
    let got = receiver.wait_for(2).await;
    assert_eq!((&got[0].body, got[0].header("webhook-id")), (&got[1].body, got[1].header("webhook-id")));
    assert_ne!(got[0].header("webhook-signature"), got[1].header("webhook-signature"), "of another time");
    assert!(got.iter().all(|got| verified(got, &made["secret"])));
    app.finish().await;
}

#[tokio::test]
async fn a_test_is_sent_once_paused_or_not_and_is_in_no_list() {
    let (app, receiver) = (start().await, Receiver::start().await);
    let made = webhook(&app, &receiver, json!(["*"]), json!({"paused": true})).await;
    let test = format!("{}/test", path(&made));
    let answer = app.post_empty(&test).await.expect(200);
    assert_eq!(
        (&answer["delivered"], &answer["status"], &answer["error"]),
        (&json!(true), &json!(200), &Value::Null)
    );
    assert!(answer["took_seconds"].is_number());
    let got = receiver.wait_for(1).await.remove(0);
    assert!(verified(&got, &made["secret"]));
    assert_eq!(got.kind(), "windlass.test");
    receiver.answer(Reply::Status(503, String::new()));
    let answer = app.post(&test, json!({})).await.expect(200);
    assert_eq!(
        (&answer["delivered"], &answer["status"], &answer["error"]),
        (&json!(false), &json!(503), &json!("http_status"))
    );
    assert!(deliveries(&app, &made).await.is_empty());
    let shown = now(&app, &made).await;
    assert_eq!(
        (&shown["pending"], &shown["last_delivered_at"], &shown["failing_since"]),
        (&json!(0), &Value::Null, &Value::Null)
    );
    for (format, told) in [("cloudevents", "type"), ("slack", "text")] {
        app.patch(&path(&made), json!({"format": format})).await.expect(200);
        app.post_empty(&test).await.expect(200);
        let got = receiver.got().pop().unwrap();
        assert!(got.json()[told].as_str().unwrap().starts_with("windlass.test"), "{}", got.body);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_deleted_webhook_is_told_nothing_more() {
    let (app, receiver) = (start().await, Receiver::start().await);
    let made = webhook(&app, &receiver, json!(["pipeline.pending"]), json!({})).await;
    let other = webhook(&app, &receiver, json!(["pipeline.pending"]), json!({})).await;
    app.delete(&path(&made)).await.has(204);
    submit(&app, json!({})).await;
    idle_after(&app, &other, 1).await;
    idle(&app, &other).await;
    assert_eq!(receiver.got().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn deliveries_are_listed_by_state_newest_first() {
    let app = start().await;
    let receiver = Receiver::start().await;
    let made = webhook(&app, &receiver, json!(["pipeline.pending"]), json!({})).await;
    for _ in 0..5 {
        submit(&app, json!({})).await;
    }
    idle_after(&app, &made, 5).await;
    receiver.answer(Reply::Status(500, String::new()));
    submit(&app, json!({})).await;
    receiver.wait_for(6).await;
    let list = |query: &str| format!("{}/deliveries?{query}", path(&made));
    let all = app.walk(&list("limit=2")).await;
    assert_eq!(all.len(), 6);
    assert!(all.windows(2).all(|pair| id(&pair[0]) > id(&pair[1])));
    assert_eq!(app.walk(&list("state=delivered&limit=2")).await, all[1..]);
    assert_eq!(app.walk(&list("state=pending")).await.len(), 1);
    assert!(app.walk(&list("state=failed")).await.is_empty());
    app.finish().await;
}
