//! Who may call: keys, their scopes and types, and those who show none.

use reqwest::Method;
use serde_json::json;
use windlass_server::{Auth, Scope, Settings};
use windlass_tests::{Answer, BOOTSTRAP, TestApp, id};

use super::support::{V1, refused};

/// A server in mode `keys` that lets those without a key do this.
async fn start(anonymous: &[Scope]) -> TestApp {
    let jobnik = windlass_server::Jobnik { anonymous: anonymous.iter().copied().collect(), ..<_>::default() };
    let settings = Settings { auth: Auth::Keys, jobnik, ..Settings::default() };
    settings.bootstrap_key.set(Some(BOOTSTRAP)).unwrap();
    TestApp::start_with(settings).await
}

/// What each scope lets through, of calls of all kinds: 401 and 403 are refusals.
const CALLS: [(&str, &str, &[&str]); 22] = [
    ("GET", "/v1/jobs", &["read", "produce"]),
    ("POST", "/v1/jobs", &["produce"]),
    ("GET", "/v1/jobs/ID", &["read", "produce", "work"]),
    ("DELETE", "/v1/jobs/ID", &["produce"]),
    ("PATCH", "/v1/jobs/ID/user-metadata", &["produce"]),
    ("PATCH", "/v1/jobs/ID/priority", &["produce"]),
    ("PUT", "/v1/jobs/ID/status", &["produce"]),
    ("GET", "/v1/jobs/ID/stages", &["read", "produce"]),
    ("POST", "/v1/jobs/ID/stage", &["produce"]),
    ("GET", "/v1/stages", &["read", "produce"]),
    ("GET", "/v1/stages/ID", &["read", "produce", "work"]),
    ("GET", "/v1/stages/ID/summary", &["read", "produce"]),
    ("PATCH", "/v1/stages/ID/user-metadata", &["produce"]),
    ("PUT", "/v1/stages/ID/status", &["produce"]),
    ("GET", "/v1/stages/ID/tasks", &["read", "produce"]),
    ("POST", "/v1/stages/ID/tasks", &["produce"]),
    ("PATCH", "/v1/stages/resize/tasks/dequeue", &["work"]),
    ("GET", "/v1/tasks", &["read", "produce"]),
    ("GET", "/v1/tasks/ID", &["read", "produce", "work"]),
    ("PATCH", "/v1/tasks/ID/user-metadata", &["work"]),
    ("GET", "/service-metrics", &["read", "produce"]),
    ("GET", "/metrics", &["read", "produce"]),
];

async fn call(app: &TestApp, key: Option<&str>, method: &str, path: &str) -> Answer {
    let path = format!("/jobnik{}", path.replace("ID", "0193c5a8-7d5e-7000-8000-00000000000a"));
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    app.send(app.calls(key).request(method, &path).header("content-type", "application/json").body("{")).await
}

#[tokio::test]
async fn each_call_needs_one_of_its_scopes() {
    let app = start(&[]).await.with_key(BOOTSTRAP);
    for scope in ["read", "produce", "work"] {
        let key = app.key(scope, &[scope]).await;
        for (method, path, scopes) in CALLS {
            let answer = call(&app, Some(&key), method, path).await;
            if scopes.contains(&scope) {
                assert!(![401, 403].contains(&answer.status), "{scope}: {method} {path}: {}", answer.text);
            } else {
                assert_eq!(answer.expect(403)["code"], "FORBIDDEN", "{scope}: {method} {path}");
            }
        }
    }
    for (method, path, _) in CALLS {
        let answer = call(&app, None, method, path).await;
        assert_eq!(answer.expect(401)["code"], "UNAUTHORIZED", "{method} {path}");
        assert!(answer.header("www-authenticate").is_some());
        assert_eq!(call(&app, Some("wrong"), method, path).await.expect(401)["code"], "UNAUTHORIZED");
    }
    app.get("/jobnik/liveness").await.expect(200);
    call(&app, None, "GET", "/liveness").await.expect(200);
    call(&app, None, "GET", "/docs/api.json").await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn those_without_a_key_may_do_what_the_setting_names() {
    let app = start(&[Scope::Work]).await.with_key(BOOTSTRAP);
    for (method, path, scopes) in CALLS {
        let answer = call(&app, None, method, path).await;
        if scopes.contains(&"work") {
            assert_ne!(answer.status, 401, "{method} {path}");
        } else {
            assert_eq!(answer.expect(401)["code"], "UNAUTHORIZED", "{method} {path}");
        }
        assert_eq!(call(&app, Some("wrong"), method, path).await.status, 401, "a bad key is refused as ever");
    }
    // And nothing of it holds elsewhere.
    let native = app.calls(None).post("/v1/tasks/dequeue", json!({"types": ["a"], "worker_id": "w"})).await;
    native.problem(401, "unauthorized");
    app.finish().await;
}

#[tokio::test]
async fn a_page_of_another_origin_may_not_do_what_those_without_a_key_may() {
    let app = start(&[Scope::Produce, Scope::Work, Scope::Read]).await;
    let ask = |header: &'static str, value: &'static str| {
        app.send(app.calls(None).request(Method::GET, &format!("{V1}/jobs")).header(header, value))
    };
    assert_eq!(ask("origin", "https://evil.example").await.expect(403)["code"], "FORBIDDEN");
    assert_eq!(ask("host", "evil.example").await.expect(403)["code"], "FORBIDDEN");
    ask("accept", "*/*").await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn a_key_for_some_types_takes_and_makes_no_others() {
    let app = start(&[]).await.with_key(BOOTSTRAP);
    let key = app.new_key(json!({"name": "narrow", "scopes": ["produce", "work"], "types": ["res*"]})).await;
    let key = key["key"].as_str().unwrap();
    let calls = || app.calls(Some(key));
    let job = calls().post(&format!("{V1}/jobs"), json!({"name": "tiles", "data": {}})).await.expect(201);
    let stages = format!("{V1}/jobs/{}/stage", id(&job));
    let add = |kind: &'static str| calls().post(&stages, json!({"type": kind, "data": {}}));
    assert_eq!(add("merge").await.expect(403)["code"], "FORBIDDEN");
    let stage = add("resize").await.expect(201);
    assert_eq!(stage["order"], 1);
    let dequeue =
        |kind: &str| app.send(calls().request(Method::PATCH, &format!("{V1}/stages/{kind}/tasks/dequeue")));
    assert_eq!(dequeue("merge").await.expect(403)["code"], "FORBIDDEN");
    refused(&dequeue("resize").await, 404, "TASK_NOT_FOUND", "TASK_NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn in_mode_open_the_setting_is_without_effect() {
    let jobnik = windlass_server::Jobnik { anonymous: [Scope::Read].into_iter().collect(), ..<_>::default() };
    let app = TestApp::start_with(Settings { jobnik, ..Settings::default() }).await;
    for (method, path, _) in CALLS {
        let answer = call(&app, None, method, path).await;
        assert!(![401, 403].contains(&answer.status), "{method} {path}: {}", answer.text);
    }
    app.finish().await;
}
