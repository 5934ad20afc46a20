//! What a caller shows.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use reqwest::Method;
use windlass_store::testing_keys::{TestKey, key_text};
use windlass_tests::{Answer, TestApp, eventually};

const CHALLENGE: &str = "Bearer realm=\"windlass\"";
const INVALID: &str = "Bearer realm=\"windlass\", error=\"invalid_token\"";

#[track_caller]
fn refused(answer: &Answer, challenge: &str) -> String {
    let problem = answer.problem(401, "unauthorized");
    assert_eq!(answer.header("www-authenticate"), Some(challenge));
    problem["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn no_key_or_a_malformed_unknown_expired_or_revoked_one_is_401_and_the_detail_never_says_which() {
    let app = TestApp::start_with_keys().await;
    let expiring = TestKey {
        name: "a",
        scopes: &["read"],
        expires_in: Some(Duration::from_mins(1)),
        ..TestKey::default()
    };
    let expired = app.make_key(&expiring).await;
    app.advance(61).await;
    let revoked = app.key("revoked", &["admin"]).await;
    app.database().revoke_key(&revoked).await;
    let none = refused(&app.calls(None).get("/v1/tasks").await, CHALLENGE);
    let unknown = key_text();
    for (what, key) in [
        ("malformed", "wl_abc"),
        ("no key at all", "x"),
        ("unknown", &unknown),
        ("expired", &expired),
        ("revoked", &revoked),
    ] {
        assert_eq!(refused(&app.calls(key).get("/v1/tasks").await, INVALID), none, "{what}");
    }
    app.finish().await;
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case_and_a_key_comes_once() {
    let app = TestApp::start_with_keys().await;
    let key = app.key("reader", &["read"]).await;
    let send = |values: Vec<String>| {
        let request = app.request(Method::GET, "/v1/jobs");
        app.send(values.into_iter().fold(request, |request, value| request.header("authorization", value)))
    };
    for scheme in ["Bearer", "bearer", "BEARER", "beArer"] {
        send(vec![format!("{scheme} {key}")]).await.expect(200);
    }
    for wrong in
        [format!("Basic {key}"), key.clone(), format!("Bearer {key}x"), format!("Bearer {}", &key[1..])]
    {
        refused(&send(vec![wrong]).await, INVALID);
    }
    refused(&send(vec![format!("Bearer {key}"), format!("Bearer {key}")]).await, INVALID);
    app.finish().await;
}

#[tokio::test]
async fn the_bootstrap_key_may_do_everything_for_as_long_as_it_is_set() {
    let app = TestApp::start_with_keys().await;
    let (text, other) = ("~bootstrap!".repeat(3), "another-one".repeat(3));
    refused(&app.calls(&*text).get("/v1/queues").await, INVALID);
    app.bootstrap_key().set(Some(&text)).unwrap();
    app.calls(&*text).get("/v1/queues").await.expect(200);
    app.calls(&*text).post("/v1/jobs", serde_json::json!({"type": "t"})).await.expect(201);
    app.bootstrap_key().set(Some(&other)).unwrap();
    refused(&app.calls(&*text).get("/v1/queues").await, INVALID);
    app.calls(&*other).get("/v1/queues").await.expect(200);
    app.bootstrap_key().set(None).unwrap();
    refused(&app.calls(&*other).get("/v1/queues").await, INVALID);
    app.finish().await;
}

#[tokio::test]
async fn a_revocation_and_an_expiry_hold_on_every_server_within_five_seconds() {
    let app = TestApp::start_servers_with_keys(2).await;
    let revoked = app.key("revoked", &["read"]).await;
    let expiring = TestKey {
        name: "b",
        scopes: &["read"],
        expires_in: Some(Duration::from_mins(10)),
        ..TestKey::default()
    };
    let expired = app.make_key(&expiring).await;
    let status = async |server: usize, key: &str| app.calls(key).get_from(server, "/v1/jobs").await.status;
    for server in [0, 1] {
        assert_eq!((status(server, &revoked).await, status(server, &expired).await), (200, 200));
    }
    let begun = std::time::Instant::now();
    app.database().revoke_key(&revoked).await;
    app.advance(600).await;
    for server in [0, 1] {
        for key in [&revoked, &expired] {
            eventually("it is refused", || async { (status(server, key).await == 401).then_some(()) }).await;
        }
    }
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    app.finish().await;
}

#[tokio::test]
async fn a_new_text_works_at_once_and_the_old_one_for_the_overlap() {
    let app = TestApp::start_servers_with_keys(2).await;
    let old = app.key("rotated", &["read"]).await;
    app.calls(&*old).get("/v1/jobs").await.expect(200);
    let new = app.database().rotate_key(&old, Duration::from_mins(10)).await;
    for key in [&old, &new] {
        app.calls(&**key).get("/v1/jobs").await.expect(200);
    }
    app.advance(600).await;
    // This server has not seen it yet.
    assert_eq!(app.calls(&*old).get_from(1, "/v1/jobs").await.status, 401);
    app.calls(&*new).get_from(1, "/v1/jobs").await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn the_first_use_of_a_text_is_written_before_it_is_answered() {
    let app = TestApp::start_with_keys().await;
    let key = app.key("new", &["work"]).await;
    assert!(!app.database().is_key_used(&key).await);
    app.calls(&*key).get("/v1/jobs").await.problem(403, "forbidden");
    assert!(app.database().is_key_used(&key).await);
    let new = app.database().rotate_key(&key, Duration::from_mins(10)).await;
    app.calls(&*key).get("/v1/jobs").await.problem(403, "forbidden");
    assert!(!app.database().is_key_used(&new).await, "the old text is not the new one");
    app.finish().await;
}

#[tokio::test]
async fn look_ups_of_unknown_keys_are_bounded_to_50_at_once_then_503() {
    let app = TestApp::start_with_keys().await;
    let known = app.key("known", &["read"]).await;
    app.calls(&*known).get("/v1/workers").await.expect(200);
    let held = app.database().hold_keys().await;
    let texts: Vec<String> = (0..80).map(|_| key_text()).collect();
    let mut calls: FuturesUnordered<_> =
        texts.iter().map(|key| async { app.calls(&**key).get("/v1/workers").await }).collect();
    for _ in 50..80 {
        let refused = calls.next().await.unwrap();
        refused.problem(503, "overloaded");
        assert_eq!(refused.header("retry-after"), Some("1"));
    }
    // Those who show a key that is known do not wait behind those who do not: the query is what is refused.
    app.calls(&*known).get("/v1/workers?unknown=1").await.problem(400, "malformed_request");
    drop(held);
    while let Some(answer) = calls.next().await {
        refused(&answer, INVALID);
    }
    drop(calls);
    refused(&app.calls(&*key_text()).get("/v1/workers").await, INVALID);
    app.finish().await;
}

#[tokio::test]
async fn look_ups_of_one_key_at_once_are_one() {
    let app = TestApp::start_with_keys().await;
    let held = app.database().hold_keys().await;
    let text = key_text();
    let calls = join_all((0..60).map(|_| async { app.calls(&*text).get("/v1/workers").await }));
    let release = async {
        eventually("it is looked up", || async { (app.waiting_for_locks().await == 1).then_some(()) }).await;
        drop(held);
    };
    let (answers, ()) = tokio::join!(calls, release);
    for answer in answers {
        refused(&answer, INVALID);
    }
    app.finish().await;
}
