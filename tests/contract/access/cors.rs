//! What browsers are told of calls by pages of other origins.

use reqwest::Method;
use serde_json::json;
use windlass_server::{Auth, Server, Settings};
use windlass_tests::{Answer, TestApp};

const APP: &str = "https://app.example";

fn settings(auth: Auth, origins: &str) -> Settings {
    Settings { auth, cors_origins: origins.parse().unwrap(), ..Settings::default() }
}

/// What a browser asks before a call.
async fn preflight(app: &TestApp, path: &str, origin: &str) -> Answer {
    let request = app.request(Method::OPTIONS, path).header("origin", origin);
    let request = request.header("access-control-request-method", "POST");
    app.send(request.header("access-control-request-headers", "authorization,content-type")).await
}

/// All headers that tell a browser something of other origins.
fn told(answer: &Answer) -> Vec<(&str, &str)> {
    let told = answer.headers.iter().filter(|(name, _)| name.as_str().starts_with("access-control-"));
    let mut told: Vec<_> = told.map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    told.sort_unstable();
    told
}

fn varies_by_origin(answer: &Answer) -> bool {
    answer.headers.get_all("vary").iter().any(|value| value.to_str().unwrap().eq_ignore_ascii_case("origin"))
}

#[tokio::test]
async fn a_preflight_of_a_listed_origin_is_204_with_what_is_allowed() {
    for auth in [Auth::Open, Auth::Keys] {
        let app = TestApp::start_with(settings(auth, "http://b.example:8080,https://app.example")).await;
        for path in ["/v1/jobs", "/v1/tasks/dequeue", "/healthz", "/nothing"] {
            let answer = preflight(&app, path, APP).await;
            assert_eq!((answer.status, answer.text.as_str()), (204, ""));
            let expected = [
                (
                    "access-control-allow-headers",
                    "authorization, content-type, idempotency-key, last-event-id, traceparent, x-request-id",
                ),
                ("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE"),
                ("access-control-allow-origin", APP),
                ("access-control-max-age", "600"),
            ];
            assert_eq!(told(&answer), expected);
            assert!(varies_by_origin(&answer) && answer.headers.contains_key("x-request-id"));
        }
        app.finish().await;
    }
}

#[tokio::test]
async fn pages_that_call_as_jobniks_clients_may_send_and_read_its_headers() {
    let app = TestApp::start_with(settings(Auth::Open, APP)).await;
    let answer = preflight(&app, "/jobnik/v1/tasks", APP).await;
    assert_eq!(answer.status, 204);
    let allowed =
        "authorization, content-type, traceparent, x-attempt-started, x-jobnik-request-key, x-request-id";
    assert!(told(&answer).contains(&("access-control-allow-headers", allowed)), "{:?}", told(&answer));
    let listed = app.send(app.request(Method::GET, "/jobnik/v1/tasks").header("origin", APP)).await;
    let exposed = ("access-control-expose-headers", "x-request-id, retry-after, x-truncated, reason");
    assert!(told(&listed).contains(&exposed), "{:?}", told(&listed));
    app.finish().await;
}

#[tokio::test]
async fn an_answer_to_a_listed_origin_may_be_read_with_some_of_its_headers_also_where_it_is_a_refusal() {
    let app = TestApp::start_with(settings(Auth::Open, APP)).await;
    let call = |method: Method, path: &str| app.request(method, path).header("origin", APP);
    for (request, status) in [
        (call(Method::POST, "/v1/jobs").json(&json!({"type": "a"})), 201),
        (call(Method::GET, "/v1/jobs"), 200),
        (call(Method::GET, "/nothing"), 404),
        (call(Method::PUT, "/v1/jobs"), 405),
        (call(Method::POST, "/v1/jobs").json(&json!({})), 422),
        (call(Method::GET, "/v1/jobs").header("host", "evil.example"), 403),
    ] {
        let answer = app.send(request).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        let expected = [
            ("access-control-allow-origin", APP),
            ("access-control-expose-headers", "x-request-id, location, retry-after, idempotent-replayed"),
        ];
        assert_eq!(told(&answer), expected);
        assert!(varies_by_origin(&answer));
    }
    app.finish().await;
}

#[tokio::test]
async fn an_answer_to_another_origin_or_to_none_says_only_that_it_varies() {
    let app = TestApp::start_with(settings(Auth::Keys, APP)).await;
    for request in [
        app.request(Method::GET, "/openapi.json").header("origin", "https://evil.example"),
        app.request(Method::GET, "/openapi.json").header("origin", "null"),
        app.request(Method::GET, "/openapi.json"),
    ] {
        let answer = app.send(request).await;
        assert_eq!((answer.status, told(&answer)), (200, Vec::new()));
        assert!(varies_by_origin(&answer));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_preflight_of_another_origin_is_204_without_cors_headers_in_mode_keys_and_403_in_mode_open() {
    let app = TestApp::start_with(settings(Auth::Keys, APP)).await;
    for origin in ["https://evil.example", "null"] {
        let answer = preflight(&app, "/v1/jobs", origin).await;
        assert_eq!((answer.status, told(&answer)), (204, Vec::new()));
    }
    app.finish().await;
    let app = TestApp::start_with(settings(Auth::Open, APP)).await;
    for origin in ["https://evil.example", "null"] {
        let answer = preflight(&app, "/v1/jobs", origin).await;
        assert_eq!(told(&answer), Vec::new());
        answer.problem(403, "forbidden");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_star_is_any_origin_and_ends_the_start_in_mode_open() {
    let app = TestApp::start_with(settings(Auth::Keys, "*")).await;
    for origin in [APP, "http://whoever.example:1", "null"] {
        let answer = preflight(&app, "/v1/jobs", origin).await;
        assert_eq!(answer.status, 204);
        assert!(told(&answer).contains(&("access-control-allow-origin", "*")), "{:?}", told(&answer));
    }
    app.finish().await;
    let started = Server::start(settings(Auth::Open, "*")).await;
    let refused = started.err().unwrap().to_string();
    assert!(refused.contains("--cors-origins") && refused.contains("keys"), "{refused}");
}

#[tokio::test]
async fn credentials_are_never_allowed() {
    for origins in [APP, "*"] {
        let app = TestApp::start_with(settings(Auth::Keys, origins)).await;
        let call = app.send(app.request(Method::GET, "/openapi.json").header("origin", APP)).await;
        for answer in [call, preflight(&app, "/v1/jobs", APP).await] {
            assert!(!answer.headers.contains_key("access-control-allow-credentials"));
        }
        app.finish().await;
    }
}

#[tokio::test]
async fn without_the_setting_there_are_no_cors_headers_and_options_is_405() {
    let app = TestApp::start().await;
    let own = format!("http://{}", app.address(0));
    let answer = app.send(app.request(Method::GET, "/v1/jobs").header("origin", &own)).await;
    assert_eq!((answer.status, told(&answer)), (200, Vec::new()));
    assert!(!varies_by_origin(&answer));
    let answer = preflight(&app, "/v1/jobs", &own).await;
    assert_eq!(told(&answer), Vec::new());
    answer.problem(405, "method_not_allowed");
    app.send(app.request(Method::OPTIONS, "/healthz")).await.problem(405, "method_not_allowed");
    app.finish().await;
}

#[tokio::test]
async fn options_that_no_page_has_sent_is_405_also_with_the_setting() {
    let app = TestApp::start_with(settings(Auth::Open, APP)).await;
    app.send(app.request(Method::OPTIONS, "/v1/jobs")).await.problem(405, "method_not_allowed");
    app.finish().await;
}

#[tokio::test]
async fn a_refusal_for_want_of_a_key_may_be_read_by_a_listed_origin() {
    let app = TestApp::start_with(settings(Auth::Keys, APP)).await;
    let answer = app.send(app.request(Method::GET, "/v1/jobs").header("origin", APP)).await;
    assert!(told(&answer).contains(&("access-control-allow-origin", APP)), "{:?}", told(&answer));
    answer.problem(401, "unauthorized");
    app.finish().await;
}
