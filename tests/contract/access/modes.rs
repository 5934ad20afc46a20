//! Whether callers need a key.

use serde_json::json;
use windlass_tests::TestApp;

#[tokio::test]
async fn in_mode_open_every_call_is_allowed_and_no_key_is_looked_at() {
    let app = TestApp::start().await;
    let key = app.key("reader", &["read"]).await;
    for shown in [None, Some("wl_nonsense"), Some(&*key)] {
        app.calls(shown).post("/v1/jobs", json!({"type": "t"})).await.expect(201);
    }
    assert!(!app.database().is_key_used(&key).await);
    let events = app.walk_events("").await;
    assert!(!events.is_empty());
    for event in events {
        assert!(
            event["caller"].is_null() && event["caller_id"].is_null() && event["key_id"].is_null(),
            "{event}"
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn in_mode_keys_a_key_that_is_sent_to_a_public_path_is_not_looked_at() {
    let app = TestApp::start_with_keys().await;
    let key = app.key("reader", &["read"]).await;
    for path in ["/healthz", "/readyz", "/openapi.json", "/docs/"] {
        for shown in [None, Some("wl_nonsense"), Some(&*key)] {
            app.calls(shown).get(path).await.has(200);
        }
    }
    assert!(!app.database().is_key_used(&key).await);
    app.finish().await;
}
