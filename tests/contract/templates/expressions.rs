//! Expressions through HTTP; all of their rules are tables of `crates/templates/tests`.

use serde_json::json;
use windlass_tests::TestApp;

use super::support::{failed, preview, put, run, with_payload};

#[tokio::test]
async fn a_rendering_that_fails_points_into_the_template() {
    let app = TestApp::start().await;
    put(
        &app,
        "t",
        json!({"name": "n", "jobs": [{"key": "a", "type": "t", "payload": {"path": "{{ file }}/x"}}]}),
    )
    .await;
    assert_eq!(failed(&run(&app, "t", json!({})).await), ["/pipeline/jobs/0/payload/path"]);
    assert_eq!(app.walk("/v1/pipelines").await.len(), 0);
    app.finish().await;
}

#[tokio::test]
async fn they_see_the_parameters_and_the_run() {
    let app = TestApp::start().await;
    put(
        &app,
        "t",
        with_payload([
            "{{ a }}",
            "{{ run.name }}",
            "{{ run.version }}",
            "{{ run.schedule }}",
            "{{ run.created_at[:2] }}",
        ]),
    )
    .await;
    let body = preview(&app, "t", json!({"a": {"b": [1]}})).await.expect(200);
    assert_eq!(body["jobs"][0]["payload"], json!([{"b": [1]}, "t", 1, null, "20"]));
    app.finish().await;
}

#[tokio::test]
async fn integers_are_exact_and_other_numbers_kept_to_the_digit_or_refused_where_they_are_used() {
    let app = TestApp::start().await;
    put(&app, "t", with_payload(json!(["{{ a }}"]))).await;
    for number in ["9007199254740993", "18446744073709551615"] {
        let body =
            app.post_text("/v1/templates/t/preview", format!(r#"{{"parameters":{{"a":{number}}}}}"#)).await;
        assert!(body.has(200).text.contains(&format!("[{number}]")), "{}", body.text);
    }
    let inexact = r#"{"parameters":{"a":0.1000000000000000000001}}"#;
    assert_eq!(
        failed(&app.post_text("/v1/templates/t/pipelines", inexact).await),
        ["/pipeline/jobs/0/payload/0"]
    );
    put(&app, "u", with_payload(1)).await;
    let kept = app.post_text("/v1/templates/u/pipelines", inexact).await;
    assert_eq!(kept.has(201).raw("parameters"), r#"{"a":0.1000000000000000000001}"#);
    app.finish().await;
}
