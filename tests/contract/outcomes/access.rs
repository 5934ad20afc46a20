//! Who may record, list and remove.

use reqwest::Method;
use serde_json::{Value, json};
use windlass_store::testing_keys::TestKey;
use windlass_tests::TestApp;

use super::support::outcome;

/// A leased task of the type `a`, as the key may see it.
async fn leased_by(app: &TestApp, key: &str) -> Value {
    let asked = json!({"types": ["a"], "worker_id": "w"});
    app.calls(key).post("/v1/tasks/dequeue", asked).await.expect(200)["tasks"][0].clone()
}

#[tokio::test]
async fn work_records_read_lists_and_admin_removes() {
    let app = TestApp::start_with_keys().await;
    let mut keys = Vec::new();
    for scope in ["read", "produce", "work", "operate", "admin"] {
        keys.push((scope, app.key(scope, &[scope]).await));
    }
    let admin = keys[4].1.clone();
    app.calls(&*admin).post("/v1/jobs", json!({"type": "a"})).await.expect(201);
    let task = leased_by(&app, &admin).await;
    let path = format!("/v1/tasks/{}/outcomes", task["id"].as_str().unwrap());
    let body = json!({"lease_token": task["lease_token"], "outcomes": [outcome("s", "failed")]});
    for (scope, key) in &keys {
        let calls = app.calls(&**key);
        let recorded = calls.post(&path, body.clone()).await;
        let listed = calls.get("/v1/outcomes?subject=s").await;
        let removed = app.send(calls.request(Method::DELETE, "/v1/outcomes?subject=nobody")).await;
        for (answer, allowed) in [
            (&recorded, ["work", "admin"].contains(scope)),
            (&listed, *scope != "work"),
            (&removed, *scope == "admin"),
        ] {
            if allowed {
                answer.expect(200);
            } else {
                answer.problem(403, "forbidden");
            }
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn the_types_of_a_key_narrow_no_outcomes() {
    let app = TestApp::start_with_keys().await;
    let admin = app.key("admin", &["admin"]).await;
    let other = app
        .make_key(&TestKey { name: "other", scopes: &["work"], types: Some(&["b"]), ..TestKey::default() })
        .await;
    app.calls(&*admin).post("/v1/jobs", json!({"type": "a"})).await.expect(201);
    let task = leased_by(&app, &admin).await;
    let path = format!("/v1/tasks/{}/outcomes", task["id"].as_str().unwrap());
    let body = json!({"lease_token": task["lease_token"], "outcomes": [outcome("s", "failed")]});
    app.calls(&*other).post(&path, body).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn the_event_of_a_removal_has_its_caller() {
    let app = TestApp::start_with_keys().await;
    let admin = app.key("cleaner", &["admin"]).await;
    app.calls(&*admin).post("/v1/jobs", json!({"type": "a"})).await.expect(201);
    let task = leased_by(&app, &admin).await;
    let path = format!("/v1/tasks/{}/outcomes", task["id"].as_str().unwrap());
    let body = json!({"lease_token": task["lease_token"], "outcomes": [outcome("s", "failed")]});
    app.calls(&*admin).post(&path, body).await.expect(200);
    let removal = app.calls(&*admin).request(Method::DELETE, "/v1/outcomes?subject=s");
    assert_eq!(app.send(removal).await.expect(200), json!({"removed": 1}));
    let event = windlass_tests::eventually("the event can be read", || async {
        let page = app.calls(&*admin).get("/v1/events?entity=outcome").await.expect(200);
        page["items"].get(0).cloned()
    })
    .await;
    assert_eq!((&event["caller"], &event["to"]), (&json!("cleaner"), &json!("removed")));
    app.finish().await;
}
