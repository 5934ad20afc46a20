//! What a body's fields may be, and how a refusal points at them.

use serde_json::{Value, json};
use windlass_tests::{TestApp, job, pointers};

#[tokio::test]
async fn an_unknown_field_is_refused_with_the_pointer_to_the_field_itself() {
    let app = TestApp::start().await;
    let refusal = app
        .post(
            "/v1/pipelines",
            json!({
                "name": "test",
                "nmae": "typo",
                "jobs": [
                    {"key": "a", "type": "a", "payloda": 1, "tasks": [{"paylaod": 1}]},
                    {"key": "b", "type": "b", "depends_on": [{"job": "a", "wehn": "failed"}], "retry": {"max_attempt": 1}},
                ],
            }),
        )
        .await;
    assert_eq!(
        refusal.invalid(),
        [
            "/jobs/0/payloda",
            "/jobs/0/tasks/0/paylaod",
            "/jobs/1/depends_on/0/wehn",
            "/jobs/1/retry/max_attempt",
            "/nmae"
        ]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_pointer_escapes_tilde_and_slash() {
    let app = TestApp::start().await;
    let refusal =
        app.post("/v1/pipelines", json!({"name": "test", "sealed": false, "jobs": [], "a/b~c": 1})).await;
    assert_eq!(refusal.invalid(), ["/a~1b~0c"]);
    app.finish().await;
}

#[tokio::test]
async fn a_field_of_another_level_is_unknown() {
    let app = TestApp::start().await;
    let refusal = app.post("/v1/jobs", json!({"type": "a", "depends_on": []})).await;
    assert_eq!(refusal.invalid(), ["/depends_on"]);
    let refusal = app.refused(json!([job("a", json!({"priority": "high", "state": "queued"}))])).await;
    assert_eq!(refusal.invalid(), ["/jobs/0/priority", "/jobs/0/state"]);
    app.finish().await;
}

#[tokio::test]
async fn wrong_types_are_listed_all_at_once() {
    let app = TestApp::start().await;
    let refusal = app
        .post(
            "/v1/pipelines",
            json!({
                "name": 1, "priority": "urgent", "correlation_id": [], "metadata": [], "fail_fast": "no", "paused": 0, "sealed": null,
                "jobs": [
                    {
                        "key": null, "type": {}, "depends_on": "a", "join": "none", "sealed": "yes", "retry": [], "lease_seconds": "60",
                        "timeout_seconds": true, "max_failed_tasks": 0.5, "fail_fast": 1, "allow_failure": {}, "paused": "x",
                        "run_at": "tomorrow", "metadata": "none", "tasks": {},
                    },
                    "no object",
                    {
                        "key": "b", "type": "b", "depends_on": [7, {"job": 7, "when": "never"}, {}],
                        "retry": {
                            "max_attempts": "3", "initial_delay_seconds": null, "factor": [], "max_delay_seconds": {},
                            "jitter": "0.2", "non_retryable": ["ok", 7],
                        },
                        "tasks": [7, {"metadata": 7, "run_at": 7}],
                    },
                ],
            }),
        )
        .await;
    assert_eq!(
        refusal.invalid(),
        [
            "/correlation_id",
            "/fail_fast",
            "/jobs/0/allow_failure",
            "/jobs/0/depends_on",
            "/jobs/0/fail_fast",
            "/jobs/0/join",
            "/jobs/0/key",
            "/jobs/0/lease_seconds",
            "/jobs/0/max_failed_tasks",
            "/jobs/0/metadata",
            "/jobs/0/paused",
            "/jobs/0/retry",
            "/jobs/0/run_at",
            "/jobs/0/sealed",
            "/jobs/0/tasks",
            "/jobs/0/timeout_seconds",
            "/jobs/0/type",
            "/jobs/1",
            "/jobs/2/depends_on/0",
            "/jobs/2/depends_on/1/job",
            "/jobs/2/depends_on/1/when",
            "/jobs/2/depends_on/2/job",
            "/jobs/2/retry/factor",
            "/jobs/2/retry/initial_delay_seconds",
            "/jobs/2/retry/jitter",
            "/jobs/2/retry/max_attempts",
            "/jobs/2/retry/max_delay_seconds",
            "/jobs/2/retry/non_retryable/1",
            "/jobs/2/tasks/0",
            "/jobs/2/tasks/1/metadata",
            "/jobs/2/tasks/1/run_at",
            "/metadata",
            "/name",
            "/paused",
            "/priority",
            "/sealed"
        ]
    );
    assert_eq!(app.walk("/v1/pipelines").await, Vec::<Value>::new());
    app.finish().await;
}

#[tokio::test]
async fn values_out_of_bounds_are_listed_together_with_wrong_types() {
    let app = TestApp::start().await;
    let refusal = app
        .post(
            "/v1/pipelines",
            json!({"name": "", "priority": 1, "jobs": [{"key": "not a key", "type": "a", "lease_seconds": 0, "retry": {"jitter": 2}}]}),
        )
        .await;
    assert_eq!(
        refusal.invalid(),
        ["/jobs/0/key", "/jobs/0/lease_seconds", "/jobs/0/retry/jitter", "/name", "/priority"]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_required_field_that_is_missing_is_shown_with_its_own_pointer() {
    let app = TestApp::start().await;
    assert_eq!(app.post("/v1/pipelines", json!({})).await.invalid(), ["/jobs", "/name"]);
    assert_eq!(app.refused(json!([{}])).await.invalid(), ["/jobs/0/key", "/jobs/0/type"]);
    assert_eq!(app.post("/v1/jobs", json!({})).await.invalid(), ["/type"]);
    assert_eq!(app.post("/v1/tasks/dequeue", json!({})).await.invalid(), ["/types", "/worker_id"]);
    app.finish().await;
}

#[tokio::test]
async fn a_report_shows_all_that_is_wrong_with_it() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let task = app.lease("a").await;
    let refusal = app
        .report(
            &task,
            "fail",
            json!({"error": {"category": "No Category", "hint": 1}, "retry": "later", "metrics": {"a": "1"}}),
        )
        .await;
    let found = refusal.invalid();
    for pointer in ["/error/category", "/error/message", "/error/hint", "/metrics/a"] {
        assert!(found.iter().any(|found| found == pointer), "{pointer} is not among {found:?}");
    }
    assert!(found.iter().any(|found| found.starts_with("/retry")), "{found:?}");
    app.complete(&task).await;
    app.finish().await;
}

#[tokio::test]
async fn at_most_100_errors_are_listed() {
    let app = TestApp::start().await;
    let jobs: Vec<Value> = (0..150).map(|number| job(&format!("job-{number}"), json!({"typo": 1}))).collect();
    let problem = app.refused(json!(jobs)).await.problem(422, "validation_failed");
    assert_eq!(pointers(&problem).len(), 100);
    app.finish().await;
}

#[tokio::test]
async fn a_documented_field_sent_twice_is_refused() {
    let app = TestApp::start().await;
    for (body, pointer) in [
        (r#"{"name": "a", "name": "a", "jobs": [{"key": "a", "type": "a"}]}"#, "/name"),
        (r#"{"name": "a", "jobs": [{"key": "a", "type": "a", "type": "b"}]}"#, "/jobs/0/type"),
        (
            r#"{"name": "a", "jobs": [{"key": "a", "type": "a", "payload": 1, "payload": 1}]}"#,
            "/jobs/0/payload",
        ),
        (
            r#"{"name": "a", "jobs": [{"key": "a", "type": "a", "retry": {"factor": 2, "factor": 2}}]}"#,
            "/jobs/0/retry/factor",
        ),
        (r#"{"name": "a", "jobs": [{"key": "a", "type": "a", "n\u0061me": 1}]}"#, "/jobs/0/name"),
        (r#"{"name": "a", "n\u0061me": "b", "jobs": [{"key": "a", "type": "a"}]}"#, "/name"),
        (
            r#"{"name": "a", "jobs": [{"key": "a", "type": "a", "tasks": [{"run_at": null, "run_at": null}]}]}"#,
            "/jobs/0/tasks/0/run_at",
        ),
    ] {
        assert_eq!(app.post_text("/v1/pipelines", body).await.invalid(), [pointer], "{body}");
    }
    let body = r#"{"types": ["a"], "worker_id": "w", "max_tasks": 1, "max_tasks": 2}"#;
    assert_eq!(app.post_text("/v1/tasks/dequeue", body).await.invalid(), ["/max_tasks"]);
    app.finish().await;
}

#[tokio::test]
async fn nul_characters_are_refused_wherever_they_are() {
    let app = TestApp::start().await;
    for (body, pointer) in [
        (r#"{"name": "a\u0000b", "jobs": [{"key": "a", "type": "a"}]}"#, "/name"),
        (
            r#"{"name": "a", "correlation_id": "\u0000", "jobs": [{"key": "a", "type": "a"}]}"#,
            "/correlation_id",
        ),
        (r#"{"name": "a", "metadata": {"a": ["\u0000"]}, "jobs": [{"key": "a", "type": "a"}]}"#, "/metadata"),
        (r#"{"name": "a", "jobs": [{"key": "a", "type": "a", "payload": "\u0000"}]}"#, "/jobs/0/payload"),
        (
            r#"{"name": "a", "jobs": [{"key": "a", "type": "a", "payload": {"\u0000": 1}}]}"#,
            "/jobs/0/payload",
        ),
        (
            r#"{"name": "a", "jobs": [{"key": "a", "type": "a", "tasks": [{"payload": [[{"b": "c\u0000"}]]}]}]}"#,
            "/jobs/0/tasks/0/payload",
        ),
    ] {
        let found = app.post_text("/v1/pipelines", body).await.invalid();
        assert!(found.len() == 1 && found[0].starts_with(pointer), "{found:?} for {body}");
    }
    app.finish().await;
}

#[tokio::test]
async fn nul_characters_in_a_report_are_refused_and_the_lease_stays() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let task = app.lease("a").await;
    let result = app.report(&task, "complete", json!({"result": {"a": "\u{0}"}})).await.invalid();
    assert!(result.iter().all(|pointer| pointer.starts_with("/result")), "{result:?}");
    let error = json!({"error": {"category": "unknown", "message": "a\u{0}", "detail": ["\u{0}"]}});
    let error = app.report(&task, "fail", error).await.invalid();
    assert!(
        error.len() == 2 && error[0].starts_with("/error/detail") && error[1] == "/error/message",
        "{error:?}"
    );
    let message = app.report(&task, "progress", json!({"current": 1, "message": "\u{0}"})).await.invalid();
    assert_eq!(message, ["/message"]);
    app.complete(&task).await;
    app.finish().await;
}

#[tokio::test]
async fn an_escaped_backslash_before_u0000_is_no_nul_character() {
    let app = TestApp::start().await;
    let body = r#"{"type": "a", "payload": "\\u0000"}"#;
    let created = app.post_text("/v1/jobs", body).await;
    created.expect(201);
    assert_eq!(created.raw("payload"), r#""\\u0000""#);
    app.finish().await;
}

#[tokio::test]
async fn null_is_a_value_only_where_the_contract_shows_it() {
    let app = TestApp::start().await;
    app.submit_with(json!({
        "name": "test", "correlation_id": null,
        "jobs": [job("a", json!({"payload": null, "timeout_seconds": null, "run_at": null}))],
    }))
    .await;
    let refusal = app.post("/v1/pipelines", json!({"name": null, "jobs": null})).await;
    assert_eq!(refusal.invalid(), ["/jobs", "/name"]);
    app.finish().await;
}
