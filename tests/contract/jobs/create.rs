//! `POST /v1/jobs` and `GET /v1/jobs/{id}`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id};

#[tokio::test]
async fn a_job_posted_alone_gets_a_pipeline_of_one_named_after_its_type() {
    let app = TestApp::start().await;
    let answer =
        app.post("/v1/jobs", json!({"type": "hash-files", "payload": {"p": 1}, "metadata": {"m": 1}})).await;
    let job = answer.expect(201);
    assert!(
        answer
            .header("location")
            .is_some_and(|location| location.ends_with(&format!("/v1/jobs/{}", id(&job))))
    );
    assert_eq!(app.get(&format!("/v1/jobs/{}", id(&job))).await.expect(200), job);
    assert_eq!(
        (&job["key"], &job["payload"], &job["metadata"]),
        (&json!("hash-files"), &json!({"p": 1}), &json!({"m": 1}))
    );
    let pipeline =
        app.get(&format!("/v1/pipelines/{}", job["pipeline_id"].as_str().unwrap())).await.expect(200);
    assert_eq!(
        (&pipeline["name"], &pipeline["sealed"], &pipeline["priority"]),
        (&json!("hash-files"), &json!(true), &json!("medium"))
    );
    assert_eq!(pipeline["jobs"].as_array().unwrap().len(), 1);
    app.succeed("hash-files").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: hash-files succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_job_posted_alone_takes_priority_and_correlation_id_for_its_pipeline() {
    let app = TestApp::start().await;
    let body = json!({"type": "a", "key": "own", "priority": "very_low", "correlation_id": "order 7"});
    let job = app.post("/v1/jobs", body).await.expect(201);
    assert_eq!(job["key"], "own");
    let pipeline =
        app.get(&format!("/v1/pipelines/{}", job["pipeline_id"].as_str().unwrap())).await.expect(200);
    assert_eq!((&pipeline["priority"], &pipeline["correlation_id"]), (&json!("very_low"), &json!("order 7")));
    app.finish().await;
}

#[tokio::test]
async fn a_job_posted_alone_takes_every_field_of_a_job_but_its_edges() {
    let app = TestApp::start().await;
    let body = json!({
        "type": "a", "sealed": false, "retry": {"max_attempts": 1}, "lease_seconds": 5, "timeout_seconds": 7, "max_failed_tasks": 2,
        "fail_fast": false, "allow_failure": true, "paused": true, "run_at": null, "metadata": {}, "tasks": [{"payload": 1}, {"payload": 2}],
    });
    let job = app.post("/v1/jobs", body).await.expect(201);
    assert_eq!(job["depends_on"], json!([]));
    assert_eq!(
        (&job["sealed"], &job["paused"], &job["counts"]["total"]),
        (&json!(false), &json!(true), &json!(2))
    );
    assert_eq!(
        app.post("/v1/jobs", json!({"type": "a", "depends_on": ["b"]})).await.invalid(),
        ["/depends_on"]
    );
    assert_eq!(app.post("/v1/jobs", json!({"type": "a", "name": "b"})).await.invalid(), ["/name"]);
    app.finish().await;
}

#[tokio::test]
async fn a_job_posted_alone_without_tasks_to_run_has_succeeded_when_it_is_answered() {
    let app = TestApp::start().await;
    let job = app.post("/v1/jobs", json!({"type": "a", "tasks": []})).await.expect(201);
    assert_eq!((&job["state"], job["progress"]["percent"].as_f64()), (&json!("succeeded"), Some(100.0)));
    for time in ["created_at", "opened_at", "ended_at"] {
        assert!(job[time].is_string(), "{time}");
    }
    app.finish().await;
}

#[tokio::test]
async fn the_times_of_a_job_show_its_states() {
    let app = TestApp::start().await;
    let job = app.post("/v1/jobs", json!({"type": "a"})).await.expect(201);
    let path = format!("/v1/jobs/{}", id(&job));
    let set =
        |job: &Value| ["created_at", "opened_at", "started_at", "ended_at"].map(|time| job[time].is_string());
    assert_eq!(set(&job), [true, true, false, false]);
    let leased = app.lease("a").await;
    let running = app.get(&path).await.expect(200);
    assert_eq!((&running["state"], set(&running)), (&json!("running"), [true, true, true, false]));
    app.report(&leased, "release", json!({})).await.expect(200);
    let released = app.get(&path).await.expect(200);
    assert_eq!((&released["state"], set(&released)), (&json!("running"), [true, true, true, false]));
    app.succeed("a").await;
    let ended = app.get(&path).await.expect(200);
    assert_eq!((&ended["state"], set(&ended)), (&json!("succeeded"), [true, true, true, true]));
    assert_eq!(ended["started_at"], running["started_at"]);
    app.finish().await;
}
