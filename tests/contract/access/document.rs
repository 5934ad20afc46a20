//! The whole document, call by call, with every scope and with every kind of wrong key.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;
use windlass_store::testing_keys::{TestKey, key_text};
use windlass_tests::{Answer, TestApp};

const SCOPES: [&str; 5] = ["read", "produce", "work", "operate", "admin"];

/// An operation of the document.
struct Operation {
    method: Method,
    path: String,
    security: Value,
}

/// Who may make a call, by the table of the contract; `None`: everybody, without a key.
fn may(method: &Method, path: &str) -> Option<&'static [&'static str]> {
    if ["/healthz", "/readyz", "/openapi.json", "/docs", "/"].contains(&path) {
        return None;
    }
    let of_workers = ["dequeue", "heartbeat", "progress", "complete", "fail", "release", "log", "outcomes"];
    let read_by_workers = [
        "/v1/tasks/{id}",
        "/v1/tasks/{id}/attempts",
        "/v1/tasks/{id}/log",
        "/v1/pipelines/{id}/jobs/{key}/results",
    ];
    let below =
        |resource: &str| path == format!("/v1/{resource}") || path.starts_with(&format!("/v1/{resource}/"));
    let last = path.rsplit('/').next().unwrap();
    Some(match *method {
        _ if path == "/v1/keys/current" => &SCOPES,
        _ if below("keys") => &["admin"],
        Method::GET if read_by_workers.contains(&path) => &SCOPES,
        Method::GET => &["read", "produce", "operate", "admin"],
        Method::DELETE if path == "/v1/outcomes" => &["admin"],
        _ if below("tasks") && of_workers.contains(&last) => &["work", "admin"],
        _ if below("templates") && ["pipelines", "preview"].contains(&last) => {
            &["produce", "operate", "admin"]
        }
        _ if ["queues", "templates", "schedules", "webhooks"].into_iter().any(below) => &["operate", "admin"],
        _ => &["produce", "operate", "admin"],
    })
}

async fn operations(app: &TestApp) -> Vec<Operation> {
    let document = app.get("/openapi.json").await.expect(200);
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            if operation.is_object() {
                all.push(Operation { method, path: path.clone(), security: operation["security"].clone() });
            }
        }
    }
    assert!(all.len() > 50, "{}", all.len());
    all
}

/// The call without a body, of resources that are not there.
async fn call(app: &TestApp, method: &Method, path: &str, key: Option<&str>) -> Answer {
    let filled: Vec<String> = path
        .split('/')
        .map(|part| if part.starts_with('{') { Uuid::nil().to_string() } else { part.to_owned() })
        .collect();
    let response = app.calls(key).request(method.clone(), &filled.join("/")).send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    // A stream has no end.
    let text = if status == 200 { String::new() } else { response.text().await.unwrap() };
    Answer { status, headers, text }
}

#[tokio::test]
async fn every_call_is_allowed_to_the_scopes_of_the_contract_and_to_no_other() {
    let app = TestApp::start_with_keys().await;
    let mut keys = Vec::new();
    for scope in SCOPES {
        keys.push((scope, app.key(scope, &[scope]).await));
    }
    for Operation { method, path, .. } in operations(&app).await {
        for (scope, key) in &keys {
            let answer = call(&app, &method, &path, Some(key)).await;
            let what = format!("{method} {path} with {scope}: {} {}", answer.status, answer.text);
            match may(&method, &path) {
                Some(scopes) if !scopes.contains(scope) => {
                    let problem = answer.problem(403, "forbidden");
                    let detail = problem["detail"].as_str().unwrap();
                    assert!(scopes.iter().any(|scope| detail.contains(scope)), "{what}");
                }
                _ => assert!(![401, 403, 429, 500].contains(&answer.status), "{what}"),
            }
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn every_call_that_needs_a_key_refuses_all_that_is_none() {
    let app = TestApp::start_with_keys().await;
    let expiring = TestKey {
        name: "a",
        scopes: &["admin"],
        expires_in: Some(Duration::from_mins(1)),
        ..TestKey::default()
    };
    let expired = app.make_key(&expiring).await;
    app.advance(61).await;
    let revoked = app.key("revoked", &["admin"]).await;
    app.database().revoke_key(&revoked).await;
    let unknown = key_text();
    for Operation { method, path, .. } in operations(&app).await {
        for key in [None, Some("wl_malformed"), Some(&*unknown), Some(&*expired), Some(&*revoked)] {
            let answer = call(&app, &method, &path, key).await;
            if may(&method, &path).is_some() {
                answer.problem(401, "unauthorized");
            } else {
                assert!([200, 303].contains(&answer.status), "{method} {path}: {}", answer.text);
            }
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn the_document_says_of_every_call_which_scope_it_needs() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.expect(200);
    assert_eq!(document["components"]["securitySchemes"]["key"]["scheme"], "bearer");
    for Operation { method, path, security } in operations(&app).await {
        let said = security.as_array().unwrap_or_else(|| panic!("{method} {path} has no security"));
        let open = said.iter().any(|one| one.as_object().unwrap().is_empty());
        assert_eq!(open, may(&method, &path).is_none(), "{method} {path}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_head_needs_what_its_get_needs() {
    let app = TestApp::start_with_keys().await;
    let (reader, worker) = (app.key("reader", &["read"]).await, app.key("worker", &["work"]).await);
    for (path, key, status) in [
        ("/healthz", None, 200),
        ("/v1/jobs", None, 401),
        ("/v1/jobs", Some(&*worker), 403),
        ("/v1/jobs", Some(&*reader), 200),
        ("/metrics", None, 401),
    ] {
        let answer = app.send(app.calls(key).request(Method::HEAD, path)).await;
        assert_eq!(answer.status, status, "{path}");
    }
    app.finish().await;
}

#[tokio::test]
async fn the_page_of_the_document_needs_no_key() {
    let app = TestApp::start_with_keys().await;
    for path in ["/docs/", "/docs/index.html", "/docs/swagger-ui.css"] {
        app.get(path).await.has(200);
    }
    app.get("/docs/nothing").await.problem(404, "route_not_found");
    app.finish().await;
}
