//! What answers say to browsers and caches.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::json;
use windlass_tests::{Answer, RawConnection, TestApp, job};

/// The answer itself, where a client would follow it elsewhere.
async fn at(app: &TestApp, path: &str) -> Answer {
    let mut connection = RawConnection::open(app.address(0)).await;
    connection.send(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).await;
    connection.answer().await
}

#[tokio::test]
async fn no_browser_guesses_what_an_answer_is() {
    let app = TestApp::start().await;
    for (method, path, status) in [
        (Method::GET, "/v1/pipelines", 200),
        (Method::POST, "/v1/pipelines", 400),
        (Method::PUT, "/v1/pipelines", 405),
        (Method::GET, "/v1/pipelines?x=1", 400),
        (Method::GET, "/nothing", 404),
        (Method::GET, "/healthz", 200),
        (Method::GET, "/metrics", 200),
        (Method::GET, "/openapi.json", 200),
        (Method::GET, "/docs/", 200),
        (Method::GET, "/docs/nothing", 404),
    ] {
        let answer = app.send(app.request(method, path)).await;
        assert_eq!(answer.has(status).header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    let created = app.post("/v1/jobs", json!({"type": "a"})).await;
    assert_eq!(created.has(201).header("x-content-type-options"), Some("nosniff"));
    let stream = app.request(Method::GET, "/v1/events/stream").send().await.unwrap();
    assert_eq!(stream.headers()["x-content-type-options"], "nosniff");
    app.finish().await;
}

#[tokio::test]
async fn no_cache_keeps_a_lease_token() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let asked = json!({"types": ["a"], "worker_id": "w"});
    let request = app.request(Method::POST, "/v1/tasks/dequeue").header("idempotency-key", "k").json(&asked);
    let again = request.try_clone().unwrap();
    for request in [request, again] {
        let answer = app.send(request).await;
        assert_eq!(answer.has(200).header("cache-control"), Some("no-store"));
        assert!(answer.text.contains("lease_token"), "{}", answer.text);
    }
    app.finish().await;
}

#[tokio::test]
async fn pages_and_their_files_run_only_what_the_server_sends_and_are_in_no_frame() {
    let app = TestApp::start().await;
    for path in [
        "/docs",
        "/docs/",
        "/docs/index.html",
        "/docs/swagger-ui.css",
        "/docs/swagger-initializer.js",
        "/ui/",
        "/ui/pipelines",
        "/ui/assets/page.js",
    ] {
        let answer = at(&app, path).await;
        assert!(answer.status < 400, "{path}: {}", answer.status);
        let policy = answer.header("content-security-policy").unwrap_or_else(|| panic!("none at {path}"));
        let policy: BTreeMap<&str, &str> =
            policy.split(';').filter_map(|directive| directive.trim().split_once(' ')).collect();
        assert_eq!(policy["default-src"], "'none'", "{path}");
        assert_eq!(policy["script-src"], "'self'", "{path}");
        assert_eq!(policy["frame-ancestors"], "'none'", "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    app.finish().await;
}

#[tokio::test]
async fn the_page_asks_for_nothing_that_its_policy_refuses() {
    let app = TestApp::start().await;
    let page = at(&app, "/docs/").await.text;
    let scripts: Vec<&str> = page.split("<script").skip(1).collect();
    assert!(!scripts.is_empty(), "{page}");
    for script in scripts {
        let (attributes, text) = script.split_once('>').unwrap();
        let text = text.split("</script").next().unwrap();
        assert!(attributes.contains("src=\"./") && text.trim().is_empty(), "{script}");
    }
    assert!(!page.contains("://") && !page.contains("javascript:"), "{page}");
    let initializer = at(&app, "/docs/swagger-initializer.js").await.text;
    assert!(
        initializer.contains(r#""validatorUrl": "none""#),
        "its validator is another host: {initializer}"
    );
    app.finish().await;
}
