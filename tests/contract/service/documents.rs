//! `/openapi.json`, `/docs` and `/metrics`.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use windlass_tests::{TestApp, job};

/// Every call, as a document names it.
const OPERATIONS: [(&str, &str); 45] = [
    ("post", "/v1/pipelines"),
    ("get", "/v1/pipelines"),
    ("get", "/v1/pipelines/{id}"),
    ("post", "/v1/pipelines/{id}/jobs"),
    ("post", "/v1/pipelines/{id}/seal"),
    ("get", "/v1/pipelines/{id}/jobs/{key}/results"),
    ("post", "/v1/jobs"),
    ("get", "/v1/jobs"),
    ("get", "/v1/jobs/{id}"),
    ("post", "/v1/jobs/{id}/tasks"),
    ("post", "/v1/jobs/{id}/seal"),
    ("get", "/v1/tasks"),
    ("get", "/v1/tasks/{id}"),
    ("post", "/v1/tasks/dequeue"),
    ("post", "/v1/tasks/{id}/heartbeat"),
    ("post", "/v1/tasks/{id}/progress"),
    ("post", "/v1/tasks/{id}/complete"),
    ("post", "/v1/tasks/{id}/fail"),
    ("post", "/v1/tasks/{id}/release"),
    ("post", "/v1/tasks/heartbeat"),
    ("post", "/v1/tasks/complete"),
    ("post", "/v1/tasks/fail"),
    ("patch", "/v1/pipelines/{id}"),
    ("delete", "/v1/pipelines/{id}"),
    ("post", "/v1/pipelines/{id}/cancel"),
    ("post", "/v1/pipelines/{id}/pause"),
    ("post", "/v1/pipelines/{id}/resume"),
    ("post", "/v1/pipelines/{id}/retry"),
    ("post", "/v1/jobs/{id}/cancel"),
    ("post", "/v1/jobs/{id}/pause"),
    ("post", "/v1/jobs/{id}/resume"),
    ("post", "/v1/jobs/{id}/retry"),
    ("post", "/v1/jobs/{id}/skip"),
    ("post", "/v1/tasks/{id}/cancel"),
    ("post", "/v1/tasks/{id}/retry"),
    ("get", "/v1/tasks/{id}/attempts"),
    ("get", "/v1/events"),
    ("get", "/v1/events/stream"),
    ("get", "/v1/queues"),
    ("get", "/v1/queues/{type}"),
    ("patch", "/v1/queues/{type}"),
    ("get", "/v1/workers"),
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/metrics"),
];

#[tokio::test]
async fn the_openapi_document_is_3_1_and_has_every_call_under_an_id_of_its_own() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.expect(200);
    assert!(
        document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")),
        "{}",
        document["openapi"]
    );
    let mut ids = BTreeSet::new();
    for (method, path) in OPERATIONS {
        let operation = &document["paths"][path][method];
        let id =
            operation["operationId"].as_str().unwrap_or_else(|| panic!("no operationId for {method} {path}"));
        assert!(ids.insert(id.to_owned()), "{id} is used twice");
        assert!(
            operation["responses"].as_object().is_some_and(|responses| !responses.is_empty()),
            "{method} {path}"
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn every_reference_of_the_openapi_document_resolves() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.expect(200);
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer =
            reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} is outside of the document"));
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    app.finish().await;
}

fn collect<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| collect(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

#[tokio::test]
async fn the_documentation_page_needs_no_outside_host() {
    let app = TestApp::start().await;
    let page = app.get("/docs").await;
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")),
        "{:?}",
        page.headers
    );
    for outside in ["src=\"http", "href=\"http", "src=\"//", "href=\"//"] {
        assert!(!page.text.contains(outside), "{}", page.text);
    }
    app.finish().await;
}

#[tokio::test]
async fn metrics_are_prometheus_text() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    app.succeed("a").await;
    let answer = app.get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")),
        "{:?}",
        answer.headers
    );
    let samples: Vec<_> =
        answer.text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(!samples.is_empty(), "{}", answer.text);
    for sample in samples {
        let value = sample.rsplit(' ').next().unwrap();
        assert!(value.parse::<f64>().is_ok(), "{sample}");
    }
    app.finish().await;
}
