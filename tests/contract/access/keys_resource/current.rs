//! `GET /v1/keys/current`.

use serde_json::{Value, json};
use windlass_tests::{BOOTSTRAP, TestApp, text};

#[tokio::test]
async fn any_key_is_shown_to_its_caller() {
    let app = TestApp::start_keyed(1).await;
    for scope in ["read", "produce", "work", "operate", "admin"] {
        let made = app.new_key_of("mine", &[scope]).await;
        let current = app.get_by(text(&made), "/v1/keys/current").await.expect(200);
        for member in ["id", "name", "scopes", "types", "prefix", "created_at"] {
            assert_eq!(current[member], made[member], "{scope}: {member}");
        }
        assert_eq!(current.get("key"), None);
        assert!(current["last_used_at"].is_string(), "{current}");
    }
    app.finish().await;
}

#[tokio::test]
async fn the_bootstrap_key_has_no_id() {
    let app = TestApp::start_keyed(1).await;
    let current = app.get_by(BOOTSTRAP, "/v1/keys/current").await.expect(200);
    assert_eq!(current, json!({"id": null, "name": "bootstrap", "scopes": ["admin"], "types": null}));
    app.finish().await;
}

#[tokio::test]
async fn in_mode_open_everybody_may_do_everything() {
    let app = TestApp::start().await;
    let open = json!({"id": null, "name": null, "scopes": ["admin"], "types": null});
    assert_eq!(app.get("/v1/keys/current").await.expect(200), open);
    let made = app.post("/v1/keys", json!({"name": "n", "scopes": ["read"]})).await.expect(201);
    let current = app.get_by(text(&made), "/v1/keys/current").await.expect(200);
    assert_eq!(current, open, "a key that is sent along is not looked at");
    assert_eq!(app.get("/v1/keys/current?x=1").await.status, 400);
    assert_ne!(current["id"], made["id"]);
    assert_eq!(current["id"], Value::Null);
    app.finish().await;
}
