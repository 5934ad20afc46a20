//! `POST /v1/keys/{id}/revoke`.

use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use windlass_tests::{BOOTSTRAP, TestApp, id, text, time_of};

#[tokio::test]
async fn a_revoked_key_ends_on_every_server_with_all_its_texts_and_for_good() {
    let app = TestApp::start_keyed(2).await;
    let first = app.new_key_of("ci", &["read"]).await;
    for server in 0..2 {
        assert_eq!(app.status_by(text(&first), server).await, 200);
    }
    let second = app.key_verb(&first, "rotate", json!({})).await.expect(200);
    let revoked = app.key_verb(&first, "revoke", json!({"reason": "it was in a log"})).await.expect(200);
    assert_eq!(revoked["reason"], "it was in a log");
    assert!(revoked["revoked_at"].is_string() && revoked.get("key").is_none(), "{revoked}");
    assert_eq!((&revoked["overlap_until"], &revoked["previous_prefix"]), (&Value::Null, &Value::Null));
    assert_eq!(app.key_now(&first).await, revoked, "it stays in the list");
    app.until_refused(text(&first), 2).await;
    app.until_refused(text(&second), 2).await;

    let again = app.key_verb(&first, "revoke", json!({"reason": "once more"})).await.expect(200);
    assert_eq!(again, revoked, "revoking what was revoked changes nothing");
    app.finish().await;
}

#[tokio::test]
async fn a_reason_is_optional_and_bounded() {
    let app = TestApp::start_keyed(1).await;
    let key = app.new_key_of("ci", &["read"]).await;
    for wrong in [json!({"reason": ""}), json!({"reason": "r".repeat(1_001)})] {
        assert_eq!(app.key_verb(&key, "revoke", wrong).await.invalid(), ["/reason"]);
    }
    let path = format!("/v1/keys/{}/revoke", id(&key));
    let revoked = app.send(app.request_by(BOOTSTRAP, 0, Method::POST, &path)).await.expect(200);
    assert_eq!(revoked["reason"], Value::Null);
    app.finish().await;
}

#[tokio::test]
async fn the_last_live_admin_key_stays_and_neither_bootstrap_keys_nor_keys_that_expire_count() {
    let app = TestApp::start_keyed(1).await;
    let first = app.new_key_of("first", &["admin"]).await;
    let at = (time_of(&first, "created_at") + TimeDelta::days(1)).to_rfc3339();
    let expires = app.new_key(json!({"name": "expires", "scopes": ["admin"], "expires_at": at})).await;
    app.new_key_of("other", &["operate"]).await;
    app.key_verb(&first, "revoke", json!({})).await.problem(409, "in_use");
    assert_eq!(app.key_now(&first).await["revoked_at"], Value::Null);
    let second = app.new_key_of("second", &["work", "admin"]).await;
    app.key_verb(&first, "revoke", json!({})).await.expect(200);
    app.key_verb(&second, "revoke", json!({})).await.problem(409, "in_use");
    app.key_verb(&expires, "revoke", json!({})).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn of_admin_keys_that_are_all_revoked_at_once_one_stays() {
    let app = TestApp::start_keyed(2).await;
    for round in 0..5 {
        let mut keys = Vec::new();
        for number in 0..8 {
            keys.push(app.new_key_of(&format!("{round} {number}"), &["admin"]).await);
        }
        let revoke = |(at, key): (usize, &Value)| {
            let path = format!("/v1/keys/{}/revoke", id(key));
            app.send(app.request_by(BOOTSTRAP, at % 2, Method::POST, &path))
        };
        let answers = join_all(keys.iter().enumerate().map(revoke)).await;
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
        // In later rounds the one that stayed before is there as well.
        assert_eq!(refused.len(), usize::from(round == 0), "{refused:?}");
        if let [refused] = refused[..] {
            refused.problem(409, "in_use");
        }
    }
    let live = app.get_by(BOOTSTRAP, "/v1/keys?limit=500").await.expect(200);
    let live = live["items"].as_array().unwrap().iter().filter(|key| key["revoked_at"].is_null()).count();
    assert_eq!(live, 1);
    app.finish().await;
}
