//! What tests of webhooks have in common.

use serde_json::{Value, json};
use windlass_server::{AllowedAddresses, Settings, Webhooks};
use windlass_tests::{TestApp, eventually, id};

use super::receiver::Receiver;

/// Settings that let webhooks call this machine.
pub(super) fn allowing() -> Settings {
    let allowed = AllowedAddresses::parse(["127.0.0.0/8"]).unwrap();
    Settings { webhooks: Webhooks { allowed, ..Webhooks::default() }, ..Settings::default() }
}

/// A server whose webhooks may call this machine.
pub(super) async fn start() -> TestApp {
    TestApp::start_with(allowing()).await
}

/// A webhook at the receiver, of these events, with further members.
pub(super) async fn webhook(app: &TestApp, receiver: &Receiver, events: Value, further: Value) -> Value {
    let mut body = json!({"url": receiver.url(), "events": events});
    let Value::Object(further) = further else { panic!("{further} is no object") };
    body.as_object_mut().unwrap().extend(further);
    app.post("/v1/webhooks", body).await.expect(201)
}

/// The path of a webhook.
pub(super) fn path(webhook: &Value) -> String {
    format!("/v1/webhooks/{}", id(webhook))
}

/// A webhook as it is now.
pub(super) async fn now(app: &TestApp, webhook: &Value) -> Value {
    app.get(&path(webhook)).await.expect(200)
}

/// Its deliveries, newest first.
pub(super) async fn deliveries(app: &TestApp, webhook: &Value) -> Vec<Value> {
    app.walk(&format!("{}/deliveries?limit=500", path(webhook))).await
}

/// Its only delivery, once it has so many attempts.
pub(super) async fn tried(app: &TestApp, webhook: &Value, attempts: usize) -> Value {
    eventually(&format!("{attempts} attempts"), || async {
        let mut deliveries = deliveries(app, webhook).await;
        assert!(deliveries.len() <= 1, "{deliveries:?}");
        deliveries.pop().filter(|one| one["attempts"].as_array().unwrap().len() >= attempts)
    })
    .await
}

/// Waits until a webhook has nothing pending.
pub(super) async fn idle(app: &TestApp, webhook: &Value) {
    eventually("nothing is pending", || async { (now(app, webhook).await["pending"] == 0).then_some(()) })
        .await;
}

/// A pipeline of one job `a`, which has failed, with this error.
pub(super) async fn fail(app: &TestApp, further: Value) -> Value {
    let pipeline = submit(app, further).await;
    let leased = app.lease("a").await;
    let error = json!({"category": "data_error", "message": "row <7> is & empty", "detail": {"row": 7}});
    app.fail_with(&leased, json!({"retry": "never", "error": error})).await;
    pipeline
}

/// A pipeline of one job `a`, with further members.
pub(super) async fn submit(app: &TestApp, further: Value) -> Value {
    let mut body = json!({"name": "tiles", "jobs": [{"key": "a", "type": "a"}]});
    let Value::Object(further) = further else { panic!("{further} is no object") };
    body.as_object_mut().unwrap().extend(further);
    app.submit_with(body).await
}

/// A version of a template that asks for a parameter: the runs of schedules of before fail.
pub(super) fn demanding() -> Value {
    let parameters = json!({"required": ["size"], "properties": {"size": {"type": "integer"}}});
    json!({"pipeline": {"name": "made", "jobs": [{"key": "a", "type": "a"}]}, "parameters": parameters})
}
