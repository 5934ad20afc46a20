//! Bounds of texts and numbers: each at the bound, and one past it.

use serde_json::{Value, json};
use windlass_tests::{TestApp, job};

/// Values of one field that a standalone job takes, and values that it refuses.
async fn job_field(app: &TestApp, field: &str, taken: &[Value], refused: &[Value]) {
    let pointer = format!("/{}", field.replace('.', "/"));
    let body = |value: &Value| match field.split_once('.') {
        None => json!({"type": "a", field: value}),
        Some((outer, inner)) => json!({"type": "a", outer: {inner: value}}),
    };
    for value in taken {
        let created = app.post("/v1/jobs", body(value)).await.expect(201);
        let shown = created.pointer(&pointer).unwrap_or_else(|| panic!("no {pointer} in {created}"));
        assert_eq!(shown.as_f64(), value.as_f64(), "{field}");
    }
    for value in refused {
        assert_eq!(app.post("/v1/jobs", body(value)).await.invalid(), [pointer.as_str()], "{value}");
    }
}

#[tokio::test]
async fn lease_seconds_are_1_to_86400() {
    let app = TestApp::start().await;
    job_field(
        &app,
        "lease_seconds",
        &[json!(1), json!(86_400), json!(1.5)],
        &[json!(0.999), json!(86_400.001), json!(0), json!(-1)],
    )
    .await;
    for (taken, value) in
        [(true, json!(1)), (true, json!(86_400)), (false, json!(0.999)), (false, json!(86_400.001))]
    {
        let asked = json!({"types": ["b"], "worker_id": "w", "lease_seconds": value});
        let answer = app.post("/v1/tasks/dequeue", asked).await;
        if taken {
            answer.expect(200);
        } else {
            assert_eq!(answer.invalid(), ["/lease_seconds"]);
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn timeout_seconds_are_1_to_30_days() {
    let app = TestApp::start().await;
    let days = 30 * 86_400;
    job_field(
        &app,
        "timeout_seconds",
        &[json!(1), json!(days)],
        &[json!(0.999), json!(f64::from(days) + 0.001), json!(0)],
    )
    .await;
    app.finish().await;
}

#[tokio::test]
async fn the_retry_policy_has_bounds() {
    let app = TestApp::start().await;
    let days = 30 * 86_400;
    let past = json!(f64::from(days) + 0.001);
    job_field(
        &app,
        "retry.max_attempts",
        &[json!(1), json!(1000)],
        &[json!(0), json!(1001), json!(1.5), json!(-1)],
    )
    .await;
    job_field(&app, "retry.initial_delay_seconds", &[json!(0), json!(days)], &[json!(-0.001), past.clone()])
        .await;
    job_field(&app, "retry.max_delay_seconds", &[json!(0), json!(days)], &[json!(-0.001), past]).await;
    job_field(&app, "retry.factor", &[json!(1), json!(100)], &[json!(0.999), json!(100.001), json!(0)]).await;
    job_field(&app, "retry.jitter", &[json!(0), json!(1)], &[json!(-0.001), json!(1.001)]).await;
    app.finish().await;
}

#[tokio::test]
async fn max_failed_tasks_is_0_to_2_to_the_31_minus_1() {
    let app = TestApp::start().await;
    let refused = [json!(-1), json!(2_147_483_648_u32), json!(0.5)];
    job_field(&app, "max_failed_tasks", &[json!(0), json!(2_147_483_647)], &refused).await;
    app.finish().await;
}

#[tokio::test]
async fn names_and_correlation_ids_have_1_to_200_characters() {
    let app = TestApp::start().await;
    for field in ["name", "correlation_id"] {
        let body = |value: String| {
            let mut body = json!({"name": "test", "jobs": [job("a", json!({}))]});
            body[field] = json!(value);
            body
        };
        for value in ["x".repeat(200), "ü".repeat(200), "😀".repeat(200), " ".to_owned()] {
            assert_eq!(app.post("/v1/pipelines", body(value.clone())).await.expect(201)[field], value);
        }
        for value in [String::new(), "x".repeat(201), "ü".repeat(201)] {
            assert_eq!(app.post("/v1/pipelines", body(value)).await.invalid(), [format!("/{field}")]);
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn worker_ids_have_1_to_200_characters() {
    let app = TestApp::start().await;
    for worker in ["x".repeat(200), "ü".repeat(200)] {
        app.post("/v1/tasks/dequeue", json!({"types": ["a"], "worker_id": worker})).await.expect(200);
    }
    for worker in [String::new(), "x".repeat(201)] {
        let refusal = app.post("/v1/tasks/dequeue", json!({"types": ["a"], "worker_id": worker})).await;
        assert_eq!(refusal.invalid(), ["/worker_id"]);
    }
    app.finish().await;
}

#[tokio::test]
async fn keys_and_types_of_jobs_are_1_to_100_plain_characters() {
    let app = TestApp::start().await;
    for text in ["x".repeat(100), "Az09._-".to_owned(), ".".to_owned(), "-".to_owned(), "..".to_owned()] {
        let pipeline = app.submit(json!([{"key": text, "type": text}])).await;
        assert_eq!(app.get(&format!("/v1/jobs?type={text}")).await.expect(200)["items"][0]["key"], text);
        assert_eq!(pipeline["jobs"][0]["type"], text);
        app.lease(&text).await;
    }
    for text in [
        String::new(),
        "x".repeat(101),
        "a b".to_owned(),
        "a/b".to_owned(),
        "ä".to_owned(),
        "a\n".to_owned(),
        "a:b".to_owned(),
    ] {
        assert_eq!(app.refused(json!([{"key": text, "type": "a"}])).await.invalid(), ["/jobs/0/key"]);
        assert_eq!(app.refused(json!([{"key": "a", "type": text}])).await.invalid(), ["/jobs/0/type"]);
    }
    app.finish().await;
}

#[tokio::test]
async fn dequeues_queues_and_filters_take_types_of_any_1_to_100_characters() {
    let app = TestApp::start().await;
    for text in ["a b/ä?%", "a\n:", "ä", &"ä".repeat(100)] {
        let asked = json!({"types": ["a", text], "worker_id": text});
        assert_eq!(app.post("/v1/tasks/dequeue", asked).await.expect(200)["tasks"], json!([]));
        let encoded = encoded(text);
        let queue = format!("/v1/queues/{encoded}");
        app.patch(&queue, json!({"max_running": 1})).await.expect(200);
        assert_eq!(app.get(&queue).await.expect(200)["type"], text);
        for list in ["jobs", "tasks"] {
            assert_eq!(app.get(&format!("/v1/{list}?type={encoded}")).await.expect(200)["items"], json!([]));
        }
        let events = app.walk_events(&format!("?type={encoded}")).await;
        assert_eq!(events.iter().map(|event| &event["type"]).collect::<Vec<_>>(), [text]);
    }
    for text in [String::new(), "ä".repeat(101), "\0".to_owned()] {
        let refusal = app.post("/v1/tasks/dequeue", json!({"types": ["a", text], "worker_id": "w"})).await;
        assert_eq!(refusal.invalid(), ["/types/1"]);
        let encoded = encoded(&text);
        for list in ["jobs", "tasks", "events"] {
            app.get(&format!("/v1/{list}?type={encoded}")).await.problem(400, "malformed_request");
        }
    }
    app.finish().await;
}

/// Text with each byte percent-encoded.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| format!("{encoded}%{byte:02x}"))
}

#[tokio::test]
async fn a_category_is_1_to_64_small_characters() {
    let app = TestApp::start().await;
    for category in ["x".repeat(64), "disk.full_2".to_owned(), "_".to_owned()] {
        app.submit(json!([job("a", json!({"retry": {"max_attempts": 1, "non_retryable": [category]}}))]))
            .await;
        let task = app.lease("a").await;
        let failed = app.fail_with(&task, json!({"error": {"category": category, "message": ""}})).await;
        assert_eq!(failed["error"]["category"], category);
    }
    app.submit(json!([job("a", json!({}))])).await;
    let task = app.lease("a").await;
    for category in [String::new(), "x".repeat(65), "Timeout".to_owned(), "a-b".to_owned(), "a b".to_owned()]
    {
        let error = json!({"error": {"category": category, "message": "it broke"}});
        assert_eq!(app.report(&task, "fail", error).await.invalid(), ["/error/category"]);
        let policy = json!({"type": "a", "retry": {"non_retryable": ["timeout", category]}});
        assert_eq!(app.post("/v1/jobs", policy).await.invalid(), ["/retry/non_retryable/1"]);
    }
    app.finish().await;
}

#[tokio::test]
async fn delays_of_reports_are_0_to_30_days() {
    let app = TestApp::start().await;
    let days = 30 * 86_400;
    app.submit(json!([job("a", json!({"retry": {"max_attempts": 1000}}))])).await;
    let task = app.lease("a").await;
    let error = json!({"category": "unknown", "message": "it broke"});
    for delay in [json!(-0.001), json!(f64::from(days) + 0.001)] {
        assert_eq!(
            app.report(&task, "release", json!({"delay_seconds": delay})).await.invalid(),
            ["/delay_seconds"]
        );
        let retry =
            app.report(&task, "fail", json!({"error": error, "retry": {"after_seconds": delay}})).await;
        assert_eq!(retry.invalid(), ["/retry/after_seconds"]);
    }
    app.report(&task, "release", json!({"delay_seconds": 0})).await.expect(200);
    let task = app.lease("a").await;
    app.report(&task, "fail", json!({"error": error, "retry": {"after_seconds": 0}})).await.expect(200);
    let task = app.lease("a").await;
    app.report(&task, "release", json!({"delay_seconds": days})).await.expect(200);
    app.expect_nothing_to_lease("a").await;
    app.finish().await;
}

#[tokio::test]
async fn a_dequeue_asks_for_1_to_50_types_and_1_to_100_tasks_and_waits_up_to_60_seconds() {
    let app = TestApp::start().await;
    app.submit(json!([job("type-0", json!({}))])).await;
    let types = |count: usize| (0..count).map(|number| format!("type-{number}")).collect::<Vec<_>>();
    assert_eq!(app.dequeue(json!({"types": types(50), "max_tasks": 100, "wait_seconds": 60})).await.len(), 1);
    for (field, bad) in [
        ("types", json!(types(51))),
        ("types", json!([])),
        ("max_tasks", json!(0)),
        ("max_tasks", json!(101)),
        ("wait_seconds", json!(60.001)),
        ("wait_seconds", json!(-0.001)),
    ] {
        let mut asked = json!({"types": ["a"], "worker_id": "w"});
        asked[field] = bad;
        assert_eq!(app.post("/v1/tasks/dequeue", asked).await.invalid(), [format!("/{field}")]);
    }
    app.finish().await;
}
