//! `DELETE /v1/outcomes?subject=`.

use serde_json::{Value, json};
use windlass_tests::TestApp;

use super::support::{counts, leased, list, many, of_task, outcome, record, told};

async fn removals(app: &TestApp) -> Vec<Value> {
    app.walk_events("?entity=outcome").await
}

#[tokio::test]
async fn all_of_a_subject_goes_and_the_counts_stay() {
    let app = TestApp::start().await;
    let (first, second) = (leased(&app).await, leased(&app).await);
    record(&app, &first, json!([outcome("a b", "failed"), {"subject": "a b", "kind": "k", "disposition": "x"}, outcome("c", "failed")]))
        .await
        .expect(200);
    record(&app, &second, json!([outcome("a b", "failed")])).await.expect(200);
    assert_eq!(app.delete("/v1/outcomes?subject=a%20b").await.expect(200), json!({"removed": 3}));
    assert_eq!(list(&app, "subject=a%20b").await.len(), 0);
    assert_eq!(told(&list(&app, &of_task(&first)).await), ["c/ failed"]);
    assert_eq!(counts(&app, &first).await, json!({"failed": 2, "x": 1}));
    assert_eq!(app.delete("/v1/outcomes?subject=a%20b").await.expect(200), json!({"removed": 0}));
    record(&app, &first, json!([outcome("a b", "succeeded")])).await.expect(200);
    assert_eq!(
        told(&list(&app, "subject=a%20b&current=true").await),
        ["a b/ succeeded"],
        "what comes later is new"
    );
    app.finish().await;
}

#[tokio::test]
async fn an_event_tells_of_it_without_the_subject() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    record(&app, &task, json!([outcome("secret", "failed")])).await.expect(200);
    app.delete("/v1/outcomes?subject=secret").await.expect(200);
    app.delete("/v1/outcomes?subject=secret").await.expect(200);
    let events = removals(&app).await;
    assert_eq!(events.len(), 1, "nothing was removed by the second call: {events:?}");
    let event = &events[0];
    assert_eq!(
        (&event["entity"], &event["to"], &event["actor"]),
        (&json!("outcome"), &json!("removed"), &json!("client"))
    );
    for null in [
        "from",
        "flag",
        "reason",
        "pipeline_id",
        "job_id",
        "task_id",
        "type",
        "template",
        "schedule",
        "key_id",
        "correlation_id",
    ] {
        assert_eq!(event[null], Value::Null, "{null}");
    }
    assert!(!event.to_string().contains("secret"));
    assert_eq!(app.walk_events("?to=removed").await, events);
    app.finish().await;
}

#[tokio::test]
async fn a_subject_of_more_than_one_piece_goes_whole() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    let same: Value = (0..10_000).map(|_| outcome("same", "succeeded")).collect();
    for _ in 0..2 {
        record(&app, &task, same.clone()).await.expect(200);
    }
    record(&app, &task, json!([outcome("same", "succeeded")])).await.expect(200);
    assert_eq!(app.delete("/v1/outcomes?subject=same").await.expect(200), json!({"removed": 20_001}));
    assert_eq!((list(&app, "subject=same").await.len(), removals(&app).await.len()), (0, 1));
    app.finish().await;
}

#[tokio::test]
async fn the_subject_is_required_and_nothing_else_is_taken() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    record(&app, &task, many(1)).await.expect(200);
    let long = "s".repeat(201);
    for bad in [
        "",
        "?subject=",
        &format!("?subject={long}"),
        "?subject=s-0&kind=k",
        "?subject=s-0&subject=s-0",
        &format!("?{}", of_task(&task)),
    ] {
        app.delete(&format!("/v1/outcomes{bad}")).await.problem(400, "malformed_request");
    }
    assert_eq!(list(&app, &of_task(&task)).await.len(), 1);
    app.finish().await;
}
