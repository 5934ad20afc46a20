//! `POST /v1/keys`.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use windlass_tests::{BOOTSTRAP, TestApp, id, text, time_of};

/// The members of the key resource.
const MEMBERS: [&str; 15] = [
    "id",
    "name",
    "scopes",
    "types",
    "prefix",
    "max_requests_per_second",
    "created_at",
    "created_by",
    "expires_at",
    "last_used_at",
    "rotated_at",
    "overlap_until",
    "previous_prefix",
    "revoked_at",
    "reason",
];

#[tokio::test]
async fn a_key_is_made_of_a_name_and_scopes_and_its_text_is_shown_once() {
    let app = TestApp::start_keyed(1).await;
    let answer = app.post_by(BOOTSTRAP, "/v1/keys", json!({"name": "ci", "scopes": ["produce"]})).await;
    let made = answer.expect(201);
    assert_eq!(answer.header("location"), Some(format!("/v1/keys/{}", id(&made)).as_str()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let random = text(&made).strip_prefix("wl_").unwrap();
    assert!(
        random.len() == 43
            && random.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    );
    assert_eq!(made["prefix"], text(&made)[..11]);
    let mut shown = made.clone();
    shown.as_object_mut().unwrap().remove("key");
    assert_eq!(app.key_now(&made).await, shown);
    let mut members: Vec<&String> = shown.as_object().unwrap().keys().collect();
    members.sort();
    let mut expected = MEMBERS;
    expected.sort_unstable();
    assert_eq!(members, expected);
    for (member, value) in [
        ("name", json!("ci")),
        ("scopes", json!(["produce"])),
        ("types", Value::Null),
        ("max_requests_per_second", Value::Null),
        ("expires_at", Value::Null),
        ("last_used_at", Value::Null),
        ("created_by", json!("bootstrap")),
    ] {
        assert_eq!(made[member], value, "{member}");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_is_said_of_a_key_is_shown() {
    let app = TestApp::start_keyed(1).await;
    let first = app.new_key_of("first", &["admin"]).await;
    let at = (time_of(&first, "created_at") + TimeDelta::hours(1)).to_rfc3339();
    let new = json!({
        "name": "worker", "scopes": ["work", "read", "produce"], "types": ["resize", "hash-*"],
        "expires_at": at, "max_requests_per_second": 100_000
    });
    let made = app.post_by(text(&first), "/v1/keys", new.clone()).await.expect(201);
    for member in ["name", "scopes", "types", "max_requests_per_second"] {
        assert_eq!(made[member], new[member], "{member}");
    }
    assert_eq!(time_of(&made, "expires_at").to_rfc3339(), at);
    assert_eq!(made["created_by"], "first", "the name of the key that made it");
    app.finish().await;
}

#[tokio::test]
async fn two_keys_may_have_one_name_and_no_two_have_one_text() {
    let app = TestApp::start_keyed(1).await;
    let (one, other) = (app.new_key_of("twin", &["read"]).await, app.new_key_of("twin", &["read"]).await);
    assert!(id(&one) != id(&other) && text(&one) != text(&other));
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_pointers() {
    let app = TestApp::start_keyed(1).await;
    let now = time_of(&app.new_key_of("first", &["read"]).await, "created_at").to_rfc3339();
    for (body, pointers) in [
        (json!({}), &["/name", "/scopes"][..]),
        (json!({"name": "bootstrap", "scopes": ["read"]}), &["/name"]),
        (json!({"name": "", "scopes": []}), &["/name", "/scopes"]),
        (json!({"name": "n".repeat(201), "scopes": ["read", "read"]}), &["/name", "/scopes/1"]),
        (json!({"name": "n", "scopes": ["write"]}), &["/scopes/0"]),
        (json!({"name": "n", "scopes": ["work"], "types": ["*"]}), &["/types/0"]),
        (json!({"name": "n", "scopes": ["work"], "types": []}), &["/types"]),
        (json!({"name": "n", "scopes": ["work"], "types": vec!["t"; 51]}), &["/types"]),
        (json!({"name": "n", "scopes": ["work", "operate"], "types": ["t"]}), &["/types"]),
        (json!({"name": "n", "scopes": ["admin"], "types": ["t"]}), &["/types"]),
        (json!({"name": "n", "scopes": ["work"], "expires_at": now}), &["/expires_at"]),
        (json!({"name": "n", "scopes": ["work"], "expires_at": 5}), &["/expires_at"]),
        (
            json!({"name": "n", "scopes": ["work"], "max_requests_per_second": 0}),
            &["/max_requests_per_second"],
        ),
        (
            json!({"name": "n", "scopes": ["work"], "max_requests_per_second": 100_001}),
            &["/max_requests_per_second"],
        ),
        (json!({"name": "n", "scopes": ["work"], "key": "wl_mine"}), &["/key"]),
    ] {
        let refused = app.post_by(BOOTSTRAP, "/v1/keys", body.clone()).await;
        assert_eq!(refused.invalid(), pointers, "{body}");
    }
    app.new_key(json!({"name": "n".repeat(200), "scopes": ["read"], "types": vec!["t"; 50]})).await;
    app.new_key(
        json!({"name": "all", "scopes": ["read", "produce", "work", "operate", "admin"], "types": null}),
    )
    .await;
    app.finish().await;
}

#[tokio::test]
async fn an_idempotency_key_is_refused() {
    let app = TestApp::start_keyed(1).await;
    let body = json!({"name": "ci", "scopes": ["read"]});
    for key in ["once", ""] {
        let request = app.request_by(BOOTSTRAP, 0, Method::POST, "/v1/keys").header("idempotency-key", key);
        app.send(request.json(&body)).await.problem(400, "malformed_request");
    }
    let keys = app.get_by(BOOTSTRAP, "/v1/keys").await.expect(200);
    assert_eq!(keys["items"], json!([]));
    app.finish().await;
}

#[tokio::test]
async fn in_mode_open_a_key_is_made_by_nobody() {
    let app = TestApp::start().await;
    let made = app.post("/v1/keys", json!({"name": "first", "scopes": ["admin"]})).await.expect(201);
    assert_eq!(made["created_by"], Value::Null);
    app.finish().await;
}
