//! `windlass key` over HTTP, against a server that answers as each test says.

use serde_json::{Value, json};
use wiremock::matchers::{body_json, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::verbs::{ID, said, windlass};

/// The text that the server shows.
const TEXT: &str = "wl_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn key() -> Value {
    json!({
        "id": ID, "name": "ci", "scopes": ["work", "read"], "types": ["resize-*"], "prefix": "wl_AAAAAAAA",
        "max_requests_per_second": 50, "created_at": "2026-11-22T20:00:00Z", "created_by": "ops", "expires_at": null,
        "last_used_at": null, "rotated_at": null, "overlap_until": null, "previous_prefix": null, "revoked_at": null,
        "reason": null,
    })
}

fn with_text() -> ResponseTemplate {
    let mut key = key();
    key["key"] = json!(TEXT);
    ResponseTemplate::new(200).set_body_json(key)
}

#[tokio::test]
async fn a_create_without_a_database_asks_the_server_and_prints_the_text_alone() {
    let server = MockServer::start().await;
    let asked = json!({"name": "ci", "scopes": ["work", "read"], "types": ["resize-*"], "max_requests_per_second": 50});
    Mock::given(method("POST"))
        .and(path("/v1/keys"))
        .and(body_json(asked))
        .respond_with(with_text())
        .mount(&server)
        .await;
    let arguments = [
        "key",
        "create",
        "--name",
        "ci",
        "--scope",
        "work",
        "--scope",
        "read",
        "--type",
        "resize-*",
        "--max-rps",
        "50",
    ];
    let output = windlass(&server, &arguments, "").await;
    assert_eq!((said(&output.stdout), said(&output.stderr)), (format!("{TEXT}\n"), String::new()));
}

#[tokio::test]
async fn an_expiry_is_so_long_from_now() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/keys")).respond_with(with_text()).mount(&server).await;
    let arguments = ["key", "create", "--name", "ci", "--scope", "read", "--expires", "90d"];
    assert!(windlass(&server, &arguments, "").await.status.success());
    let requests = server.received_requests().await.unwrap();
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert!(body["expires_at"].as_str().unwrap().ends_with('Z'), "{body}");
}

#[tokio::test]
async fn a_rotation_prints_the_new_text_alone() {
    let server = MockServer::start().await;
    let rotate = || Mock::given(method("POST")).and(path(format!("/v1/keys/{ID}/rotate")));
    rotate()
        .and(body_json(json!({"overlap_seconds": 129_600})))
        .respond_with(with_text())
        .mount(&server)
        .await;
    let output = windlass(&server, &["key", "rotate", ID, "--overlap", "36h"], "").await;
    assert_eq!(said(&output.stdout), format!("{TEXT}\n"), "{}", said(&output.stderr));
    rotate().and(body_json(json!({}))).respond_with(with_text()).mount(&server).await;
    let output = windlass(&server, &["key", "rotate", ID, "--json"], "").await;
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&shown["key"], &shown["name"]), (&json!(TEXT), &json!("ci")));
}

#[tokio::test]
async fn keys_are_listed_and_shown() {
    let server = MockServer::start().await;
    let page = json!({"items": [key()], "next_cursor": null});
    let list = Mock::given(method("GET")).and(path("/v1/keys")).and(query_param("name", "ci"));
    list.respond_with(ResponseTemplate::new(200).set_body_json(page)).mount(&server).await;
    let get = Mock::given(method("GET")).and(path(format!("/v1/keys/{ID}")));
    get.respond_with(ResponseTemplate::new(200).set_body_json(key())).mount(&server).await;
    for arguments in [&["key", "list", "--name", "ci"][..], &["key", "get", ID]] {
        let shown = said(&windlass(&server, arguments, "").await.stdout);
        for part in [ID, "ci", "work read", "resize-*", "wl_AAAAAAAA"] {
            assert!(shown.contains(part), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_key_is_shown_before_it_is_revoked_and_without_a_yes_it_stays() {
    let server = MockServer::start().await;
    let get = Mock::given(method("GET")).and(path(format!("/v1/keys/{ID}")));
    get.respond_with(ResponseTemplate::new(200).set_body_json(key())).mount(&server).await;
    let output = windlass(&server, &["key", "revoke", ID], "n\n").await;
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output.stderr).contains("wl_AAAAAAAA"), "{}", said(&output.stderr));
    let revoke = Mock::given(method("POST")).and(path(format!("/v1/keys/{ID}/revoke")));
    let revoke = revoke.and(body_json(json!({"reason": "leaked"})));
    revoke.respond_with(ResponseTemplate::new(200).set_body_json(key())).expect(1).mount(&server).await;
    let output = windlass(&server, &["key", "revoke", ID, "--yes", "--reason", "leaked"], "").await;
    assert!(output.status.success(), "{}", said(&output.stderr));
}
