//! What is refused of a webhook.

use serde_json::{Value, json};
use windlass_tests::TestApp;

use super::support::{path, start};

fn with(further: Value) -> Value {
    let mut body = json!({"url": "https://hooks.example", "events": ["*"]});
    let Value::Object(further) = further else { panic!("{further} is no object") };
    body.as_object_mut().unwrap().extend(further);
    body
}

#[tokio::test]
async fn wrong_values_are_named_together_and_change_nothing() {
    let app = TestApp::start().await;
    for (body, at) in [
        (json!({}), vec!["/events", "/url"]),
        (with(json!({"events": []})), vec!["/events"]),
        (with(json!({"events": ["pipeline.failed", "pipeline.failed"]})), vec!["/events/1"]),
        (with(json!({"events": ["task.pending", "nothing"]})), vec!["/events/0", "/events/1"]),
        (with(json!({"format": "xml", "filter": {"types": []}})), vec!["/filter/types", "/format"]),
        (with(json!({"secret": "whsec_c2hvcnQ="})), vec!["/secret"]),
        (with(json!({"description": "é".repeat(1_001)})), vec!["/description"]),
        (with(json!({"paused": null, "reason": "x"})), vec!["/paused", "/reason"]),
        (with(json!({"url": format!("https://hooks.example/{}", "a".repeat(1_980))})), vec!["/url"]),
        (with(json!({"filter": {"metadata": {"a": 1}}})), vec!["/filter/metadata/a"]),
    ] {
        assert_eq!(app.post("/v1/webhooks", body.clone()).await.invalid(), at, "{body}");
    }
    let types: Vec<String> = (0..51).map(|n| format!("t{n}")).collect();
    assert_eq!(
        app.post("/v1/webhooks", with(json!({"filter": {"types": types}}))).await.invalid(),
        ["/filter/types"]
    );
    assert!(app.walk("/v1/webhooks").await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn addresses_that_are_not_public_and_other_urls_are_refused() {
    let app = TestApp::start().await;
    let made = app.post("/v1/webhooks", with(json!({}))).await.expect(201);
    for url in [
        "http://hooks.example",
        "https://hooks.example:80",
        "https://hooks.example:22",
        "https://me@hooks.example",
        "https://127.0.0.1",
        "https://2130706433",
        "https://0x7f.1",
        "https://0177.0.0.1",
        "https://127.1:8443",
        "https://10.0.0.1",
        "https://192.168.0.1",
        "https://169.254.169.254",
        "https://[::1]",
        "https://[::ffff:127.0.0.1]",
        "https://[64:ff9b::a00:1]",
        "https://[2002:7f00:1::]",
        "https://[fe80::1%25eth0]",
        "https://localhost",
        "https://a.localhost.",
        "https://hooks.example/…",
        "file:///etc/passwd",
        "",
    ] {
        assert_eq!(app.post("/v1/webhooks", with(json!({"url": url}))).await.invalid(), ["/url"], "{url}");
        assert_eq!(app.patch(&path(&made), json!({"url": url})).await.invalid(), ["/url"], "{url}");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_is_allowed_may_be_plain_http() {
    let app = start().await;
    for url in [
        "http://127.0.0.1:8080",
        "http://localhost:8080",
        "http://inside.example:8080",
        "https://127.0.0.1:8443",
    ] {
        app.post("/v1/webhooks", with(json!({"url": url}))).await.expect(201);
    }
    for url in ["http://10.0.0.1:8080", "http://8.8.8.8:8080", "http://127.0.0.1:80", "https://10.0.0.1"] {
        assert_eq!(app.post("/v1/webhooks", with(json!({"url": url}))).await.invalid(), ["/url"], "{url}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_secret_is_no_field_of_a_change_and_an_overlap_is_0_to_30_days() {
    let app = TestApp::start().await;
    let made = app.post("/v1/webhooks", with(json!({}))).await.expect(201);
    assert_eq!(app.patch(&path(&made), json!({"secret": null})).await.invalid(), ["/secret"]);
    let rotate = format!("{}/rotate-secret", path(&made));
    for wrong in [json!(-1), json!(2_592_000.5), json!("1"), json!(null)] {
        assert_eq!(
            app.post(&rotate, json!({"overlap_seconds": wrong})).await.invalid(),
            ["/overlap_seconds"],
            "{wrong}"
        );
    }
    for right in [0, 2_592_000] {
        app.post(&rotate, json!({"overlap_seconds": right})).await.expect(200);
    }
    assert_eq!(app.post(&format!("{}/test", path(&made)), json!({"now": true})).await.invalid(), ["/now"]);
    app.finish().await;
}
