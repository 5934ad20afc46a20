//! How a session begins and how long it lasts, and behind which addresses.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use windlass_server::{Auth, Settings};
use windlass_store::testing_keys::TestKey;
use windlass_tests::{BOOTSTRAP, TestApp, eventually, id, job};

use super::reader::{Reader, part, token};

#[tokio::test]
async fn a_session_ends_after_12_hours_or_with_its_keys_text() {
    let app = TestApp::start_with_keys().await;
    let long = app.key("long", &["read"]).await;
    let hour = TestKey {
        name: "hour",
        scopes: &["read"],
        expires_in: Some(Duration::from_hours(1)),
        ..TestKey::default()
    };
    let hour = app.make_key(&hour).await;
    let (mut of_long, mut of_hour) = (Reader::at(&app, 0), Reader::at(&app, 0));
    of_long.log_in(&long, "").await;
    of_hour.log_in(&hour, "").await;
    app.advance(3_590).await;
    of_hour.page("/ui/").await;
    app.advance(20).await;
    // A server believes for 5 s what it knows of a key.
    eventually("the key's text has ended", || async {
        (of_hour.look("/ui/").await.status() == 303).then_some(())
    })
    .await;
    app.advance(12 * 3_600 - 3_700).await;
    of_long.page("/ui/").await;
    app.advance(200).await;
    assert_eq!(of_long.look("/ui/").await.status(), 303, "12 hours are over");
    app.finish().await;
}

#[tokio::test]
async fn the_bootstrap_key_logs_in_and_no_restart_ends_its_session() {
    let app = TestApp::start_keyed(1).await;
    let mut reader = Reader::at(&app, 0);
    reader.log_in(BOOTSTRAP, "Ada").await;
    assert!(reader.page("/ui/keys").await.contains("<bdi>bootstrap</bdi>"));
    let settings = Settings { auth: Auth::Keys, ..Settings::default() };
    settings.bootstrap_key.set(Some(BOOTSTRAP)).unwrap();
    let app = app.restarted(settings).await;
    let mut after = reader.also_at(&app, 0);
    assert!(after.page("/ui/").await.contains("<bdi>Ada</bdi>"));
    app.finish().await;
}

#[tokio::test]
async fn a_log_in_may_come_without_a_token_but_not_from_elsewhere_or_with_a_wrong_one() {
    let app = TestApp::start_with_keys().await;
    let key = app.key("reader", &["read"]).await;
    let mut reader = Reader::at(&app, 0);
    let own = format!("http://{}", app.address(0));
    let good = token(&reader.page("/ui/login").await);
    for (shown, origin, status) in [
        ("AAAA", Some(own.as_str()), 403),
        ("", Some("http://evil.example"), 403),
        (good.as_str(), Some("http://evil.example"), 403),
        ("", None, 403),
        ("", Some(own.as_str()), 303),
        (good.as_str(), Some(own.as_str()), 303),
    ] {
        let fields = [("key", key.as_str()), ("forgery_token", shown)];
        let answer = reader.send_from("/ui/login", &fields, origin).await;
        assert_eq!(answer.status(), status, "{shown} {origin:?}");
    }
    app.finish().await;
}

#[tokio::test]
async fn under_another_name_of_the_host_there_is_a_log_in_and_no_session() {
    let app = TestApp::start_with_keys().await;
    let key = app.key("reader", &["read"]).await;
    let mut reader = Reader::at(&app, 0);
    let set = reader.log_in(&key, "").await.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(!set.to_ascii_lowercase().contains("domain"), "no other host is sent it: {set}");
    let elsewhere = |path: &str| app.calls(None).request(Method::GET, path).header("host", "rebound.example");
    let answer = elsewhere("/ui/login").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(!answer.text().await.unwrap().contains("aria-label=\"Pages\""));
    app.finish().await;
    let app = TestApp::start().await;
    let answer = app.request(Method::GET, "/ui/").header("host", "rebound.example").send().await.unwrap();
    assert_eq!(answer.status(), 403, "in mode open whoever reaches the server is somebody");
    app.finish().await;
}

#[tokio::test]
async fn behind_a_public_url_cookies_links_and_ways_on_carry_its_path() {
    let public = Some("https://jobs.example/windlass".parse().unwrap());
    let app =
        TestApp::start_with(Settings { public_url: public, auth: Auth::Keys, ..Settings::default() }).await;
    let key = app.key("ops", &["read", "produce"]).await;
    let mut reader = Reader::at(&app, 0);
    let away = reader.look("/ui/queues").await;
    assert_eq!(away.headers()["location"], "https://jobs.example/windlass/ui/login?next=%2Fui%2Fqueues");
    let answer = reader
        .send_from(
            "/ui/login",
            &[("key", key.as_str()), ("next", "/ui/queues")],
            Some("https://jobs.example"),
        )
        .await;
    assert_eq!(answer.headers()["location"], "https://jobs.example/windlass/ui/queues");
    let set = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(set.contains("; Path=/windlass/ui/;") && set.contains("; Secure"), "{set}");
    reader.cookie = Some(set.split(';').next().unwrap().to_owned());
    let jobs = json!([{"key": "a", "type": "t", "tasks": [{}]}]);
    let made = app.post_by(&key, "/v1/pipelines", json!({"name": "test", "jobs": jobs})).await.expect(201);
    let path = format!("/ui/pipelines/{}", id(&made));
    let page = reader.page(&path).await;
    for link in page.split("href=\"/").skip(1) {
        assert!(link.starts_with("windlass/ui/"), "{}", &link[..40.min(link.len())]);
    }
    assert!(page.contains("action=\"/windlass/ui/pipelines/") && page.contains("data-base=\"/windlass/ui\""));
    let token = token(&page);
    let fields = [("verb", "pause"), ("forgery_token", token.as_str())];
    assert_eq!(reader.send_from(&path, &fields, Some("https://other.example")).await.status(), 403);
    let done = reader.send_from(&path, &fields, Some("https://jobs.example")).await;
    assert_eq!(done.headers()["location"], format!("https://jobs.example/windlass{path}"));
    app.finish().await;
}

#[tokio::test]
async fn who_cannot_be_known_while_the_database_is_away_gets_a_page_that_says_so() {
    let (app, mut outage) = TestApp::start_with_keys_behind_outage().await;
    let key = app.key("ops", &["read"]).await;
    let mut reader = Reader::at(&app, 0);
    reader.log_in(&key, "").await;
    outage.begin().await;
    for path in ["/ui/system", "/ui/"] {
        let answer = reader.look(path).await;
        assert_eq!(answer.status(), 503, "{path}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("role=\"alert\"") && page.contains("<h1>"), "{page}");
    }
    outage.end().await;
    eventually("it is known again", || async {
        (reader.look("/ui/system").await.status() == 200).then_some(())
    })
    .await;
    app.finish().await;
    outage.finish().await;
}

#[tokio::test]
async fn in_mode_open_forms_are_bound_to_a_random_cookie() {
    let app = TestApp::start().await;
    let made = app.submit(json!([job("a", json!({}))])).await;
    let path = format!("/ui/pipelines/{}", id(&made));
    let (mut reader, mut other) = (Reader::at(&app, 0), Reader::at(&app, 0));
    let good = token(&reader.page(&path).await);
    other.page(&path).await;
    assert!(reader.cookie.is_some() && reader.cookie != other.cookie);
    let fields = [("verb", "pause"), ("forgery_token", good.as_str())];
    assert_eq!(other.send(&path, &fields).await.status(), 403, "it is another browser's");
    assert_eq!(reader.send(&path, &fields).await.status(), 303);
    assert!(part(&reader.page(&path).await, "id=\"who\"", "</span>").contains("no log-in needed"));
    app.finish().await;
}
