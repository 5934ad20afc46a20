//! `Idempotency-Key`s are apart by key.

use serde_json::json;
use windlass_tests::TestApp;

#[tokio::test]
async fn two_keys_never_meet_each_others_idempotency_keys() {
    let app = TestApp::start_with_keys().await;
    let (one, other) = (app.key("one", &["admin"]).await, app.key("other", &["admin"]).await);
    let create = async |key: &str, kind: &str| {
        app.calls(key).post_once("/v1/jobs", "once", json!({"type": kind})).await
    };
    let first = create(&one, "a").await.expect(201);
    let second = create(&other, "a").await.expect(201);
    assert_ne!(first["id"], second["id"]);
    for (key, made) in [(&one, &first), (&other, &second)] {
        let again = create(key, "a").await;
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.expect(201)["id"], made["id"]);
        create(key, "b").await.problem(422, "idempotency_key_reused");
    }
    app.finish().await;
}

#[tokio::test]
async fn two_keys_never_meet_each_others_dequeue_keys() {
    let app = TestApp::start_with_keys().await;
    let (one, other) = (app.key("one", &["admin"]).await, app.key("other", &["admin"]).await);
    for _ in 0..2 {
        app.calls(&*one).post("/v1/jobs", json!({"type": "t"})).await.expect(201);
    }
    let dequeue = async |key: &str| {
        let body = json!({"types": ["t"], "worker_id": "w"});
        let leased = app.calls(key).post_once("/v1/tasks/dequeue", "once", body).await.expect(200);
        leased["tasks"].as_array().unwrap().iter().map(|task| task["id"].clone()).collect::<Vec<_>>()
    };
    let (first, second) = tokio::join!(dequeue(&one), dequeue(&other));
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first, second);
    assert_eq!((dequeue(&one).await, dequeue(&other).await), (first, second));
    app.finish().await;
}

#[tokio::test]
async fn two_keys_never_meet_each_others_bulk_verbs() {
    let app = TestApp::start_with_keys().await;
    let (one, other) = (app.key("one", &["admin"]).await, app.key("other", &["admin"]).await);
    app.calls(&*one).post("/v1/jobs", json!({"type": "t"})).await.expect(201);
    let pause = async |key: &str| {
        let body = json!({"filter": {"state": "open"}, "dry_run": false});
        app.calls(key).post_once("/v1/pipelines/pause", "once", body).await
    };
    let first = pause(&one).await;
    first.expect(200);
    let second = pause(&other).await;
    second.expect(200);
    assert_eq!((first.header("idempotent-replayed"), second.header("idempotent-replayed")), (None, None));
    assert_eq!(pause(&other).await.header("idempotent-replayed"), Some("true"));
    app.finish().await;
}
