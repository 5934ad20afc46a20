//! The resource: made, shown, changed, deleted.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use windlass_server::{Auth, Settings};
use windlass_tests::{TestApp, id};

use super::receiver::Receiver;
use super::support::{allowing, now, path, start, webhook};

#[tokio::test]
async fn a_webhook_is_made_with_its_defaults_and_its_secret_is_shown_once() {
    let app = TestApp::start().await;
    let body = json!({"url": "https://hooks.example/secret?x=1", "events": ["pipeline.failed"]});
    let answer = app.post("/v1/webhooks", body).await;
    let made = answer.expect(201);
    assert_eq!(answer.header("location"), Some(&*path(&made)));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let mut shown = made.clone();
    shown.as_object_mut().unwrap().remove("secret");
    assert_eq!(now(&app, &made).await, shown);
    assert_eq!(app.walk("/v1/webhooks").await, [shown.clone()]);
    let expected = json!({
        "id": made["id"], "url": "https://hooks.example/secret?x=1", "events": ["pipeline.failed"], "filter": {}, "format": "standard",
        "description": null, "paused": false, "reason": null, "created_at": made["created_at"], "created_by": null,
        "updated_at": made["created_at"], "last_delivered_at": null, "failing_since": null, "pending": 0, "overflowed": 0
    });
    assert_eq!(shown, expected);
    app.finish().await;
}

#[tokio::test]
async fn an_idempotency_key_is_refused() {
    let app = TestApp::start().await;
    let body = json!({"url": "https://hooks.example", "events": ["*"]});
    let request = app.request(Method::POST, "/v1/webhooks").header("idempotency-key", "once").json(&body);
    app.send(request).await.problem(400, "malformed_request");
    assert!(app.walk("/v1/webhooks").await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn there_are_100_webhooks_at_the_most() {
    let app = TestApp::start().await;
    let body = json!({"url": "https://hooks.example", "events": ["*"]});
    for _ in 0..100 {
        app.post("/v1/webhooks", body.clone()).await.expect(201);
    }
    let refused = app.post("/v1/webhooks", body.clone()).await.problem(422, "validation_failed");
    assert!(refused["detail"].as_str().unwrap().contains("100"), "{refused}");
    let (page, next) = app.page("/v1/webhooks?limit=40").await;
    assert_eq!((page.len(), next.is_some()), (40, true));
    let all = app.walk("/v1/webhooks?limit=40").await;
    assert_eq!(all.len(), 100);
    assert!(all.windows(2).all(|pair| id(&pair[0]) > id(&pair[1])), "newest first");
    app.delete(&path(&all[0])).await.has(204);
    app.post("/v1/webhooks", body).await.expect(201);
    app.finish().await;
}

#[tokio::test]
async fn a_key_that_may_only_read_or_produce_sees_scheme_host_and_port() {
    let app = TestApp::start_with(Settings { auth: Auth::Keys, ..allowing() }).await;
    let operator = app.key("ops", &["operate"]).await;
    let body = json!({"url": "https://hooks.example:8443/secret?x=1", "events": ["*"]});
    let made = app.calls(&*operator).post("/v1/webhooks", body).await.expect(201);
    assert_eq!(made["created_by"], "ops");
    for (scopes, url) in [
        (&["read"][..], "https://hooks.example:8443/…"),
        (&["produce"], "https://hooks.example:8443/…"),
        (&["read", "operate"], "https://hooks.example:8443/secret?x=1"),
        (&["admin"], "https://hooks.example:8443/secret?x=1"),
    ] {
        let key = app.key("any", scopes).await;
        assert_eq!(app.calls(&*key).get(&path(&made)).await.expect(200)["url"], url, "{scopes:?}");
        let list = app.calls(&*key).get("/v1/webhooks").await.expect(200);
        assert_eq!(list["items"][0]["url"], url, "{scopes:?}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_change_keeps_what_it_leaves_out() {
    let app = TestApp::start().await;
    let body = json!({"url": "https://hooks.example/a", "events": ["*"], "description": "for ops", "filter": {"types": ["x"]}});
    let made = app.post("/v1/webhooks", body).await.expect(201);
    app.advance(60).await;
    let changed = app
        .patch(&path(&made), json!({"format": "slack", "events": ["job.failed", "task.*"]}))
        .await
        .expect(200);
    assert_eq!((&changed["format"], &changed["events"]), (&json!("slack"), &json!(["job.failed", "task.*"])));
    for same in ["url", "description", "filter", "created_at", "paused"] {
        assert_eq!(changed[same], made[same], "{same}");
    }
    assert_ne!(changed["updated_at"], made["updated_at"]);
    assert!(changed.get("secret").is_none());
    let changed = app
        .patch(&path(&made), json!({"description": null, "filter": {}, "url": "https://other.example/b"}))
        .await
        .expect(200);
    assert_eq!((&changed["description"], &changed["filter"]), (&Value::Null, &json!({})));
    assert_eq!(changed["url"], "https://other.example/b");
    let same = app.patch(&path(&made), json!({"format": "slack"})).await.expect(200);
    assert_eq!(same["updated_at"], changed["updated_at"], "nothing has changed");
    app.finish().await;
}

#[tokio::test]
async fn a_patch_pauses_and_resumes_as_the_verbs_do() {
    let (app, receiver) = (start().await, Receiver::start().await);
    let made = webhook(&app, &receiver, json!(["pipeline.pending"]), json!({"paused": true})).await;
    super::support::submit(&app, json!({"name": "unheard"})).await;
    app.patch(&path(&made), json!({"paused": false})).await.expect(200);
    super::support::submit(&app, json!({"name": "heard"})).await;
    let paused = app.patch(&path(&made), json!({"paused": true})).await.expect(200);
    assert_eq!((&paused["paused"], &paused["reason"]), (&json!(true), &Value::Null));
    super::support::submit(&app, json!({"name": "unheard"})).await;
    app.verb(&path(&made), "resume").await;
    let got = receiver.wait_for(1).await;
    super::support::idle(&app, &made).await;
    assert_eq!((got.len(), &got[0].json()["data"]["pipeline"]["name"]), (1, &json!("heard")));
    app.finish().await;
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let app = TestApp::start().await;
    let made =
        app.post("/v1/webhooks", json!({"url": "https://hooks.example", "events": ["*"]})).await.expect(201);
    let gone = path(&made);
    app.delete(&gone).await.has(204);
    for path in [gone, format!("/v1/webhooks/{}", Uuid::now_v7()), "/v1/webhooks/none".to_owned()] {
        app.get(&path).await.problem(404, "webhook_not_found");
        app.delete(&path).await.problem(404, "webhook_not_found");
        app.patch(&path, json!({"url": 1})).await.problem(404, "webhook_not_found");
        app.get(&format!("{path}/deliveries")).await.problem(404, "webhook_not_found");
        for verb in ["pause", "resume", "rotate-secret", "test"] {
            app.post_empty(&format!("{path}/{verb}")).await.problem(404, "webhook_not_found");
        }
        let retry = format!("{path}/deliveries/{}/retry", Uuid::now_v7());
        app.post_empty(&retry).await.problem(404, "webhook_not_found");
    }
    let there =
        app.post("/v1/webhooks", json!({"url": "https://hooks.example", "events": ["*"]})).await.expect(201);
    for delivery in [Uuid::now_v7().to_string(), "none".to_owned()] {
        let retry = format!("{}/deliveries/{delivery}/retry", path(&there));
        app.post_empty(&retry).await.problem(404, "delivery_not_found");
    }
    app.get(&format!("{}/deliveries?state=done", path(&there))).await.problem(400, "malformed_request");
    app.finish().await;
}
