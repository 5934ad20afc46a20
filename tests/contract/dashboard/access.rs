//! Sessions, scopes, and forms that are not ours.

use serde_json::{Value, json};
use windlass_tests::TestApp;

use super::reader::{Reader, token};

/// A pipeline by a key.
async fn submit(app: &TestApp, key: &str) -> Value {
    let jobs = json!([{"key": "a", "type": "t", "tasks": [{}]}]);
    app.post_by(key, "/v1/pipelines", json!({"name": "test", "jobs": jobs})).await.expect(201)
}

/// A pipeline as it is now.
async fn pipeline(app: &TestApp, key: &str, made: &Value) -> Value {
    app.get_by(key, &format!("/v1/pipelines/{}", made["id"].as_str().unwrap())).await.expect(200)
}

#[tokio::test]
async fn a_session_is_a_cookie_below_the_pages_and_good_at_every_server() {
    let app = TestApp::start_servers_with_keys(2).await;
    let key = app.key("reader", &["read"]).await;
    let mut reader = Reader::at(&app, 0);
    let away = reader.look("/ui/queues?limit=5").await;
    assert_eq!(
        (away.status().as_u16(), away.headers()["location"].to_str().unwrap()),
        (303, "/ui/login?next=%2Fui%2Fqueues%3Flimit%3D5")
    );
    let answer = reader.log_in(&key, "Ada").await;
    assert_eq!(answer.status(), 303);
    let set = answer.headers()["set-cookie"].to_str().unwrap();
    for part in ["; Path=/ui/", "; HttpOnly", "; SameSite=Strict", "; Max-Age=43200"] {
        assert!(set.contains(part) && !set.contains("Secure"), "{set}");
    }
    assert!(reader.page("/ui/").await.contains("Ada"));
    let mut other = reader.also_at(&app, 1);
    assert!(other.page("/ui/").await.contains("Ada"), "a session is good at every server");
    app.finish().await;
}

#[tokio::test]
async fn a_change_by_a_page_is_in_the_audit_with_the_keys_name_and_the_persons() {
    let app = TestApp::start_with_keys().await;
    let key = app.key("ops", &["read", "produce"]).await;
    let made = submit(&app, &key).await;
    let page = format!("/ui/pipelines/{}", made["id"].as_str().unwrap());
    let mut reader = Reader::at(&app, 0);
    reader.log_in(&key, "Ada <b>").await;
    let answer = reader.act(&page, &[("verb", "pause"), ("reason", "a look")]).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(pipeline(&app, &key, &made).await["paused"], true);
    app.database().outwait_writers().await;
    let events = app.get_by(&key, "/v1/events").await.expect(200);
    let paused = events["items"].as_array().unwrap().iter().find(|event| event["flag"] == "paused").unwrap();
    assert_eq!(
        (&paused["caller"], &paused["caller_name"], &paused["reason"]),
        (&json!("ops"), &json!("Ada <b>"), &json!("a look"))
    );
    app.finish().await;
}

#[tokio::test]
async fn what_a_key_may_not_do_is_not_offered_and_refused_if_sent() {
    let app = TestApp::start_with_keys().await;
    let key = app.key("reader", &["read"]).await;
    let made = submit(&app, &app.key("producer", &["produce"]).await).await;
    let page = format!("/ui/pipelines/{}", made["id"].as_str().unwrap());
    let mut reader = Reader::at(&app, 0);
    reader.log_in(&key, "").await;
    assert!(!reader.page(&page).await.contains("value=\"pause\""));
    // Nor is it asked whether it is meant.
    for verb in ["pause", "cancel", "delete"] {
        let answer = reader.act(&page, &[("verb", verb)]).await;
        assert_eq!(answer.status(), 403, "{verb}");
        assert!(!answer.text().await.unwrap().contains("name=\"confirmed\""), "{verb}");
    }
    assert_eq!(reader.look("/ui/keys").await.status(), 403);
    let mut worker = Reader::at(&app, 0);
    worker.log_in(&app.key("worker", &["work"]).await, "").await;
    for path in ["/ui/stream", "/ui/system"] {
        let answer = worker.look(path).await;
        assert_eq!(answer.status(), 403, "{path}");
        let page = answer.text().await.unwrap();
        assert!(!page.contains("/ui/system\"") && !page.contains("role=\"search\""), "{page}");
    }
    assert_eq!(pipeline(&app, &key, &made).await["paused"], false);
    app.finish().await;
}

#[tokio::test]
async fn a_revoked_key_ends_its_sessions_and_their_streams_within_5_s() {
    let app = TestApp::start_with_keys().await;
    let key = app.key("reader", &["read"]).await;
    let mut reader = Reader::at(&app, 0);
    reader.log_in(&key, "").await;
    let mut stream = reader.look("/ui/stream").await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let admin = app.key("admin", &["admin"]).await;
    let listed = app.get_by(&admin, "/v1/keys?name=reader").await.expect(200);
    let id = listed["items"][0]["id"].as_str().unwrap();
    app.post_by(&admin, &format!("/v1/keys/{id}/revoke"), json!({})).await.expect(200);
    // It ends by itself; how soon is for the clock of a machine that may stall.
    while stream.chunk().await.unwrap().is_some() {}
    let away = reader.look("/ui/").await;
    assert_eq!(away.status(), 303);
    let kept = reader.send("/ui/pipelines", &[("verb", "cancel"), ("reason", "typed long")]).await;
    assert_eq!(kept.status(), 401);
    assert!(kept.text().await.unwrap().contains("typed long"));
    app.finish().await;
}

#[tokio::test]
async fn a_log_out_ends_open_streams_at_every_server() {
    let app = TestApp::start_servers_with_keys(2).await;
    let key = app.key("reader", &["read"]).await;
    let mut reader = Reader::at(&app, 0);
    reader.log_in(&key, "").await;
    let mut stream = reader.also_at(&app, 1).look("/ui/stream").await;
    assert!(stream.chunk().await.unwrap().is_some());
    let page = reader.page("/ui/").await;
    let answer = reader.send("/ui/logout", &[("verb", "logout"), ("forgery_token", &token(&page))]).await;
    assert_eq!(answer.status(), 303);
    while stream.chunk().await.unwrap().is_some() {}
    assert_eq!(reader.look("/ui/").await.status(), 303);
    app.finish().await;
}

#[tokio::test]
async fn a_form_needs_the_servers_own_origin_and_a_token_of_its_own_browser() {
    let app = TestApp::start_with_keys().await;
    let key = app.key("ops", &["read", "produce"]).await;
    let made = submit(&app, &key).await;
    let path = format!("/ui/pipelines/{}", made["id"].as_str().unwrap());
    let (mut reader, mut other) = (Reader::at(&app, 0), Reader::at(&app, 0));
    reader.log_in(&key, "").await;
    other.log_in(&key, "").await;
    let own = format!("http://{}", app.address(0));
    let (good, others) = (token(&reader.page(&path).await), token(&other.page(&path).await));
    for (shown, origin) in [
        ("", Some(own.as_str())),
        (others.as_str(), Some(own.as_str())),
        (good.as_str(), None),
        (good.as_str(), Some("null")),
        (good.as_str(), Some("http://evil.example")),
        (good.as_str(), Some(&own.replace("http:", "https:"))),
    ] {
        let answer = reader.send_from(&path, &[("verb", "pause"), ("forgery_token", shown)], origin).await;
        assert_eq!(answer.status(), 403, "{shown} {origin:?}");
    }
    assert_eq!(pipeline(&app, &key, &made).await["paused"], false);
    assert_ne!(token(&reader.page(&path).await), good, "it is masked anew in each answer");
    let answer = reader.send(&path, &[("verb", "pause"), ("forgery_token", &good)]).await;
    assert_eq!(answer.status(), 303);
    app.finish().await;
}

#[tokio::test]
async fn ten_wrong_keys_from_an_address_are_enough() {
    let app = TestApp::start_with_keys().await;
    let key = app.key("reader", &["read"]).await;
    let mut reader = Reader::at(&app, 0);
    for _ in 0..10 {
        assert_eq!(reader.log_in(&format!("wl_{}", "a".repeat(43)), "").await.status(), 401);
    }
    assert_eq!(reader.log_in(&key, "").await.status(), 429);
    app.finish().await;
}

#[tokio::test]
async fn one_goes_on_only_to_pages_of_this_server() {
    let app = TestApp::start_with_keys().await;
    let key = app.key("reader", &["read"]).await;
    let reader = Reader::at(&app, 0);
    for (next, to) in [
        ("/ui/queues", "/ui/queues"),
        ("//evil.example", "/ui/"),
        ("https://evil.example", "/ui/"),
        ("/v1/jobs", "/ui/"),
    ] {
        let answer = reader.send("/ui/login", &[("key", &key), ("next", next)]).await;
        assert_eq!(answer.headers()["location"], to, "{next}");
    }
    app.finish().await;
}
