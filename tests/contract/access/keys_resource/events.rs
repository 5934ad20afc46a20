//! What the audit tells of keys.

use serde_json::{Value, json};
use windlass_tests::{BOOTSTRAP, TestApp, eventually, text};

async fn events(app: &TestApp, query: &str, count: usize) -> Vec<Value> {
    let path = format!("/v1/events{query}");
    eventually("the events can be read", || async {
        let page = app.get_by(BOOTSTRAP, &path).await.expect(200);
        let items = page["items"].as_array().unwrap().clone();
        (items.len() >= count).then_some(items)
    })
    .await
}

#[tokio::test]
async fn making_rotating_and_revoking_a_key_append_events_that_name_who_did_it() {
    let app = TestApp::start_keyed(1).await;
    let ops = app.new_key_of("ops", &["admin"]).await;
    let key =
        app.post_by(text(&ops), "/v1/keys", json!({"name": "ci", "scopes": ["read"]})).await.expect(201);
    let path = format!("/v1/keys/{}", key["id"].as_str().unwrap());
    app.post_by(text(&ops), &format!("{path}/rotate"), json!({})).await.expect(200);
    app.post_by(text(&ops), &format!("{path}/revoke"), json!({"reason": "old"})).await.expect(200);
    app.post_by(text(&ops), &format!("{path}/revoke"), json!({"reason": "older"})).await.expect(200);

    let events = events(&app, "?entity=key", 4).await;
    let told = |event: &Value| {
        ["key_id", "to", "flag", "reason", "caller", "caller_id", "actor"].map(|member| event[member].clone())
    };
    let by_ops = |to: &str, reason: Value| {
        [key["id"].clone(), json!(to), Value::Null, reason, json!("ops"), ops["id"].clone(), json!("client")]
    };
    let first = [
        ops["id"].clone(),
        json!("created"),
        Value::Null,
        Value::Null,
        json!("bootstrap"),
        Value::Null,
        json!("client"),
    ];
    let expected = [
        first,
        by_ops("created", Value::Null),
        by_ops("rotated", Value::Null),
        by_ops("revoked", json!("old")),
    ];
    assert_eq!(events.iter().map(told).collect::<Vec<_>>(), expected);
    for event in &events {
        assert_eq!(
            (&event["entity"], &event["pipeline_id"], &event["job_id"]),
            (&json!("key"), &Value::Null, &Value::Null)
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn events_of_keys_are_found_by_what_happened() {
    let app = TestApp::start_keyed(1).await;
    let key = app.new_key_of("ci", &["read"]).await;
    app.key_verb(&key, "rotate", json!({})).await.expect(200);
    app.key_verb(&key, "revoke", json!({})).await.expect(200);
    for to in ["created", "rotated", "revoked"] {
        let found = events(&app, &format!("?entity=key&to={to}"), 1).await;
        assert_eq!((found.len(), &found[0]["to"]), (1, &json!(to)));
    }
    app.finish().await;
}
