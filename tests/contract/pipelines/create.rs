//! `POST /v1/pipelines` and `GET /v1/pipelines/{id}`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job, time_of};

fn without(resource: &Value, members: &[&str]) -> serde_json::Map<String, Value> {
    let all = resource.as_object().unwrap();
    for member in members {
        assert!(all.contains_key(*member), "no {member} in {resource}");
    }
    all.iter()
        .filter(|(name, _)| !members.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[tokio::test]
async fn a_pipeline_is_created_whole_and_answers_where_it_is() {
    let app = TestApp::start().await;
    let answer = app
        .post(
            "/v1/pipelines",
            json!({"name": "test", "jobs": [job("a", json!({})), job("b", json!({"depends_on": ["a"]}))]}),
        )
        .await;
    let pipeline = answer.expect(201);
    let location = answer.header("location").unwrap();
    assert!(location.ends_with(&format!("/v1/pipelines/{}", id(&pipeline))), "{location}");
    assert_eq!(app.pipeline_as_answered(&pipeline).await, pipeline);
    assert_eq!(app.states(&pipeline).await, "pending: a queued, b pending");
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_has_the_defaults_of_the_contract() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let rest = without(
        &pipeline,
        &["id", "correlation_id", "created_at", "jobs", "traceparent", "tracestate", "progress"],
    );
    let expected = json!({
        "name": "test", "state": "pending", "paused": false, "sealed": true, "priority": "medium", "metadata": {}, "fail_fast": false,
        "reason": null, "started_at": null, "ended_at": null, "cancelling": false, "deadline_at": null, "template": null,
        "parameters": null, "schedule": null,
    });
    assert_eq!(Value::Object(rest), expected);
    assert_eq!(pipeline["progress"]["percent"].as_f64(), Some(0.0));
    time_of(&pipeline, "created_at");
    app.finish().await;
}

#[tokio::test]
async fn a_job_has_the_defaults_of_the_contract() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let job = app.job(&pipeline, "a").await;
    let rest = without(&job, &["id", "progress", "created_at", "opened_at", "retry", "lease_seconds"]);
    let expected = json!({
        "pipeline_id": pipeline["id"], "key": "a", "type": "a", "state": "queued", "paused": false, "sealed": true, "held": false, "depends_on": [],
        "reason": null, "join": "all", "payload": null, "metadata": {}, "timeout_seconds": null, "max_failed_tasks": 0, "fail_fast": true,
        "allow_failure": false, "run_at": null, "started_at": null, "ended_at": null, "outcomes": {},
        "counts": {"pending": 0, "scheduled": 0, "queued": 1, "running": 0, "succeeded": 0, "failed": 0, "cancelled": 0, "skipped": 0, "total": 1},
    });
    assert_eq!(Value::Object(rest), expected);
    assert_eq!(job["lease_seconds"].as_f64(), Some(60.0));
    let retry = &job["retry"];
    for (field, value) in [
        ("max_attempts", 3.0),
        ("initial_delay_seconds", 1.0),
        ("factor", 2.0),
        ("max_delay_seconds", 300.0),
        ("jitter", 0.2),
    ] {
        assert_eq!(retry[field].as_f64(), Some(value), "{field}");
    }
    let never = [
        "validation_error",
        "data_error",
        "configuration_error",
        "authentication_failed",
        "permission_error",
    ];
    assert_eq!(retry["non_retryable"], json!(never));
    app.finish().await;
}

#[tokio::test]
async fn a_retry_policy_set_in_part_has_defaults_for_the_rest() {
    let app = TestApp::start().await;
    let pipeline =
        app.submit(json!([job("a", json!({"retry": {"max_attempts": 7, "non_retryable": []}}))])).await;
    let retry = &app.job(&pipeline, "a").await["retry"];
    assert_eq!(
        (&retry["max_attempts"], retry["factor"].as_f64(), &retry["non_retryable"]),
        (&json!(7), Some(2.0), &json!([]))
    );
    app.finish().await;
}

#[tokio::test]
async fn a_task_has_the_members_of_the_contract() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"payload": {"x": 1}}))])).await;
    let job = app.job(&pipeline, "a").await;
    let task = &app.tasks(&job).await[0];
    let rest = without(task, &["id", "created_at", "run_at"]);
    let expected = json!({
        "job_id": job["id"], "pipeline_id": pipeline["id"], "type": "a", "state": "queued", "payload": {"x": 1}, "metadata": {}, "attempt": 0,
        "max_attempts": 3, "progress": null, "result": null, "checkpoint": null, "error": null, "worker_id": null, "lease_expires_at": null,
        "started_at": null, "ended_at": null,
    });
    assert_eq!(Value::Object(rest), expected);
    assert_eq!(app.task(task).await, *task);
    app.finish().await;
}

#[tokio::test]
async fn what_a_pipeline_is_sent_is_what_it_answers() {
    let app = TestApp::start().await;
    let run_at = app.time_in(1_000).await;
    let policy = json!({
        "max_attempts": 5, "initial_delay_seconds": 0.5, "factor": 1.5, "max_delay_seconds": 10, "jitter": 0, "non_retryable": ["data_error"],
    });
    let sent = json!({
        "name": "Grüße", "priority": "very_high", "correlation_id": "order 7", "metadata": {"b": 1, "a": [null]}, "fail_fast": true,
        "paused": true, "sealed": false,
        "jobs": [
            job("a", json!({"payload": {"p": 1}, "sealed": false})),
            job("b", json!({
                "depends_on": ["a", {"job": "c", "when": "finished"}], "join": "any", "retry": policy, "lease_seconds": 2.5, "timeout_seconds": 77,
                "max_failed_tasks": 9, "fail_fast": false, "allow_failure": true, "paused": true, "run_at": run_at, "metadata": {"m": 1},
            })),
            job("c", json!({"tasks": []})),
        ],
    });
    let pipeline = app.submit_with(sent.clone()).await;
    for member in ["name", "priority", "correlation_id", "metadata", "fail_fast", "paused", "sealed"] {
        assert_eq!(pipeline[member], sent[member], "{member}");
    }
    let job = app.job(&pipeline, "b").await;
    for member in [
        "join",
        "timeout_seconds",
        "max_failed_tasks",
        "fail_fast",
        "allow_failure",
        "paused",
        "metadata",
        "lease_seconds",
    ] {
        let (shown, expected) = (&job[member], &sent["jobs"][1][member]);
        assert!(shown == expected || shown.as_f64() == expected.as_f64(), "{member}: {shown}");
    }
    assert_eq!(time_of(&job, "run_at"), run_at.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    assert_eq!(
        job["depends_on"],
        json!([{"job": "a", "when": "succeeded"}, {"job": "c", "when": "finished"}])
    );
    for (field, value) in policy.as_object().unwrap() {
        assert!(job["retry"][field] == *value || job["retry"][field].as_f64() == value.as_f64(), "{field}");
    }
    assert_eq!(app.job(&pipeline, "a").await["sealed"], false);
    app.finish().await;
}

#[tokio::test]
async fn jobs_inside_a_pipeline_omit_payload_and_metadata() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"payload": 1, "metadata": {"m": 1}}))])).await;
    for pipeline in [&pipeline, &app.pipeline(&pipeline).await] {
        let inside = pipeline["jobs"][0].as_object().unwrap();
        assert!(!inside.contains_key("payload") && !inside.contains_key("metadata"));
        let whole = app.job(pipeline, "a").await;
        assert_eq!((&whole["payload"], &whole["metadata"]), (&json!(1), &json!({"m": 1})));
        assert_eq!(Value::Object(without(&whole, &["payload", "metadata"])), pipeline["jobs"][0]);
    }
    app.finish().await;
}

#[tokio::test]
async fn ids_are_version_7_uuids_made_by_the_server() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let job = app.job(&pipeline, "a").await;
    for resource in [&pipeline, &job, &app.tasks(&job).await[0]] {
        let id: uuid::Uuid = id(resource).parse().unwrap();
        assert_eq!(id.get_version_num(), 7);
    }
    let refusal =
        app.post("/v1/pipelines", json!({"id": uuid::Uuid::now_v7(), "name": "test", "jobs": []})).await;
    assert!(refusal.invalid().contains(&"/id".to_owned()));
    app.finish().await;
}

#[tokio::test]
async fn a_job_with_tasks_keeps_its_payload_as_what_they_share() {
    let app = TestApp::start().await;
    let tasks = json!([{"payload": 1}, {"metadata": {"m": 2}}, {"payload": null}]);
    app.submit(json!([job("a", json!({"payload": "shared", "tasks": tasks}))])).await;
    let leased = app.lease_many("a", 5).await;
    let payloads: Vec<_> = leased.iter().map(|task| (&task["payload"], &task["job_payload"])).collect();
    let shared = json!("shared");
    assert_eq!(payloads, [(&json!(1), &shared), (&json!(null), &shared), (&json!(null), &shared)]);
    assert_eq!(leased[1]["metadata"], json!({"m": 2}));
    app.finish().await;
}

#[tokio::test]
async fn a_sealed_job_without_tasks_gets_one_with_its_payload_and_an_unsealed_one_gets_none() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({"payload": "own"})),
            job("b", json!({"sealed": false, "payload": "own"}))
        ]))
        .await;
    let task = app.lease("a").await;
    assert_eq!((&task["payload"], &task["job_payload"]), (&json!("own"), &json!("own")));
    assert_eq!(app.job(&pipeline, "b").await["counts"]["total"], 0);
    app.expect_nothing_to_lease("b").await;
    app.finish().await;
}

#[tokio::test]
async fn a_sealed_pipeline_needs_a_job_and_an_unsealed_one_does_not() {
    let app = TestApp::start().await;
    assert_eq!(app.refused(json!([])).await.invalid(), ["/jobs"]);
    assert_eq!(
        app.post("/v1/pipelines", json!({"name": "test", "sealed": true, "jobs": []})).await.invalid(),
        ["/jobs"]
    );
    let pipeline = app.submit_with(json!({"name": "test", "sealed": false, "jobs": []})).await;
    assert_eq!((&pipeline["state"], &pipeline["jobs"]), (&json!("pending"), &json!([])));
    app.finish().await;
}

#[tokio::test]
async fn a_time_without_a_zone_is_no_time() {
    let app = TestApp::start().await;
    for time in ["2026-11-22T20:00:00", "2026-11-22", "20:00", "", "2026-02-30T00:00:00Z", "1763841600"] {
        assert_eq!(
            app.post("/v1/jobs", json!({"type": "a", "run_at": time})).await.invalid(),
            ["/run_at"],
            "{time}"
        );
    }
    for time in ["2026-11-22T20:00:00Z", "2026-11-22T20:00:00.123456Z", "2026-11-22T20:00:00+00:00"] {
        let job = app.post("/v1/jobs", json!({"type": "a", "run_at": time})).await.expect(201);
        assert_eq!(time_of(&job, "run_at"), time.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    }
    app.finish().await;
}

#[tokio::test]
async fn paused_from_the_start_nothing_is_dequeued() {
    let app = TestApp::start().await;
    let pipeline =
        app.submit_with(json!({"name": "test", "paused": true, "jobs": [job("a", json!({}))]})).await;
    assert_eq!((&pipeline["paused"], &pipeline["state"]), (&json!(true), &json!("pending")));
    app.expect_nothing_to_lease("a").await;
    let pipeline =
        app.submit(json!([job("b", json!({"paused": true})), job("c", json!({"depends_on": ["b"]}))])).await;
    app.expect_nothing_to_lease("b").await;
    assert_eq!(app.states(&pipeline).await, "pending: b queued, c pending");
    app.finish().await;
}
