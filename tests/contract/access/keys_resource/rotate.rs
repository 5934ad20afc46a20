//! `POST /v1/keys/{id}/rotate`.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use windlass_tests::{BOOTSTRAP, TestApp, id, seconds_between, text, time_of};

async fn rotate(app: &TestApp, key: &Value, overlap_seconds: f64) -> Value {
    app.key_verb(key, "rotate", json!({"overlap_seconds": overlap_seconds})).await.expect(200)
}

/// Uses a text, so that it is not one that was never used.
async fn used(app: &TestApp, key: &Value) {
    assert_eq!(app.status_by(text(key), 0).await, 200);
}

#[tokio::test]
async fn a_new_text_works_on_every_server_at_once_and_the_old_one_for_the_overlap() {
    let app = TestApp::start_keyed(2).await;
    let first = app.new_key_of("ci", &["produce"]).await;
    used(&app, &first).await;
    let answer = app.key_verb(&first, "rotate", json!({"overlap_seconds": 600})).await;
    let second = answer.expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_ne!(text(&first), text(&second));
    for server in [1, 0] {
        for key in [&first, &second] {
            assert_eq!(app.status_by(text(key), server).await, 200);
        }
    }
    assert_eq!(second["prefix"], text(&second)[..11]);
    assert_eq!(second["previous_prefix"], first["prefix"]);
    let overlap = seconds_between(time_of(&second, "rotated_at"), time_of(&second, "overlap_until"));
    assert!((overlap - 600.0).abs() < 1e-3, "{overlap}");
    app.advance(601).await;
    app.until_refused(text(&first), 2).await;
    assert_eq!(app.status_by(text(&second), 1).await, 200);
    let later = app.key_now(&second).await;
    assert_eq!((&later["overlap_until"], &later["previous_prefix"]), (&Value::Null, &Value::Null));
    app.finish().await;
}

#[tokio::test]
async fn without_a_body_the_overlap_is_a_day() {
    let app = TestApp::start_keyed(1).await;
    let key = app.new_key_of("ci", &["read"]).await;
    let path = format!("/v1/keys/{}/rotate", id(&key));
    let rotated = app.send(app.request_by(BOOTSTRAP, 0, Method::POST, &path)).await.expect(200);
    let until = time_of(&rotated, "overlap_until");
    assert_eq!(until - time_of(&rotated, "rotated_at"), TimeDelta::days(1));
    app.finish().await;
}

#[tokio::test]
async fn an_overlap_is_0_to_30_days() {
    let app = TestApp::start_keyed(1).await;
    let key = app.new_key_of("ci", &["read"]).await;
    for wrong in [json!(-1), json!(2_592_000.5), json!("1"), json!(null)] {
        let refused = app.key_verb(&key, "rotate", json!({"overlap_seconds": wrong})).await;
        assert_eq!(refused.invalid(), ["/overlap_seconds"], "{wrong}");
    }
    let longest = rotate(&app, &key, 2_592_000.0).await;
    assert_eq!(time_of(&longest, "overlap_until") - time_of(&longest, "rotated_at"), TimeDelta::days(30));
    app.finish().await;
}

#[tokio::test]
async fn without_an_overlap_the_old_text_ends_on_every_server() {
    let app = TestApp::start_keyed(2).await;
    let first = app.new_key_of("ci", &["read"]).await;
    for server in 0..2 {
        assert_eq!(app.status_by(text(&first), server).await, 200);
    }
    let second = rotate(&app, &first, 0.0).await;
    assert_eq!((&second["overlap_until"], &second["previous_prefix"]), (&Value::Null, &Value::Null));
    app.until_refused(text(&first), 2).await;
    assert_eq!(app.status_by(text(&second), 1).await, 200);
    app.finish().await;
}

#[tokio::test]
async fn a_rotation_within_an_overlap_ends_the_older_text() {
    let app = TestApp::start_keyed(2).await;
    let first = app.new_key_of("ci", &["read"]).await;
    used(&app, &first).await;
    let second = rotate(&app, &first, 600.0).await;
    used(&app, &second).await;
    let third = rotate(&app, &first, 600.0).await;
    assert_eq!(third["previous_prefix"], second["prefix"]);
    app.until_refused(text(&first), 2).await;
    for key in [&second, &third] {
        assert_eq!(app.status_by(text(key), 1).await, 200);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_newest_text_that_was_never_used_is_replaced_so_that_a_lost_answer_costs_nothing() {
    let app = TestApp::start_keyed(2).await;
    let first = app.new_key_of("ci", &["read"]).await;
    used(&app, &first).await;
    let lost = rotate(&app, &first, 600.0).await;
    let second = rotate(&app, &first, 600.0).await;
    assert_eq!(second["previous_prefix"], first["prefix"]);
    for server in 0..2 {
        assert_eq!(app.status_by(text(&lost), server).await, 401);
        for key in [&first, &second] {
            assert_eq!(app.status_by(text(key), server).await, 200);
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn what_was_revoked_or_has_expired_is_not_rotated() {
    let app = TestApp::start_keyed(1).await;
    let revoked = app.new_key_of("revoked", &["read"]).await;
    app.key_verb(&revoked, "revoke", json!({})).await.expect(200);
    let refused = app.key_verb(&revoked, "rotate", json!({})).await.problem(409, "illegal_transition");
    assert_eq!(refused["state"], "revoked");

    let at = (time_of(&revoked, "created_at") + TimeDelta::hours(1)).to_rfc3339();
    let expired = app.new_key(json!({"name": "expires", "scopes": ["read"], "expires_at": at})).await;
    rotate(&app, &expired, 1.0).await;
    app.advance(3_601).await;
    let refused = app.key_verb(&expired, "rotate", json!({})).await.problem(409, "illegal_transition");
    assert_eq!(refused["state"], "expired");
    app.finish().await;
}
