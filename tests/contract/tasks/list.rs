//! `GET /v1/tasks` and its filters.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

fn payloads(mut items: Vec<Value>) -> Vec<String> {
    items.sort_by_key(|item| item["payload"].as_str().unwrap().to_owned());
    items.iter().map(|item| item["payload"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn tasks_are_listed_by_job_pipeline_type_and_state() {
    let app = TestApp::start().await;
    let run_at = app.time_in(1_000).await;
    let tasks = json!([{"payload": "a0"}, {"payload": "a1"}, {"payload": "a2", "run_at": run_at}]);
    let first = app
        .submit(json!([
            job("a", json!({"tasks": tasks})),
            job("b", json!({"payload": "b0", "depends_on": ["a"]}))
        ]))
        .await;
    let second = app.submit(json!([{"key": "c", "type": "a", "payload": "c0"}])).await;
    let job_a = app.job(&first, "a").await;
    app.succeed("a").await;
    for (query, expected) in [
        (String::new(), vec!["a0", "a1", "a2", "b0", "c0"]),
        (format!("job_id={}", id(&job_a)), vec!["a0", "a1", "a2"]),
        (format!("pipeline_id={}", id(&first)), vec!["a0", "a1", "a2", "b0"]),
        (format!("pipeline_id={}", id(&second)), vec!["c0"]),
        ("type=a".to_owned(), vec!["a0", "a1", "a2", "c0"]),
        ("type=b".to_owned(), vec!["b0"]),
        ("state=succeeded".to_owned(), vec!["a0"]),
        ("state=queued".to_owned(), vec!["a1", "c0"]),
        ("state=scheduled".to_owned(), vec!["a2"]),
        ("state=pending".to_owned(), vec!["b0"]),
        ("state=running".to_owned(), vec![]),
        (format!("job_id={}&state=queued", id(&job_a)), vec!["a1"]),
        (format!("pipeline_id={}&state=queued&type=a", id(&second)), vec!["c0"]),
        (format!("pipeline_id={}&job_id={}", id(&second), id(&job_a)), vec![]),
        ("type=b&state=queued".to_owned(), vec![]),
    ] {
        assert_eq!(payloads(app.walk(&format!("/v1/tasks?limit=2&{query}")).await), expected, "{query}");
    }
    app.finish().await;
}

#[tokio::test]
async fn every_state_of_a_task_is_listed_as_it_is_and_counted() {
    let app = TestApp::start().await;
    let run_at = app.time_in(1_000).await;
    let tasks = json!([{"payload": "succeeded"}, {"payload": "failed"}, {"payload": "running"}, {"payload": "queued"}, {"payload": "scheduled", "run_at": run_at}]);
    let pipeline = app
        .submit(json!([
            job("a", json!({"tasks": tasks, "max_failed_tasks": 1, "retry": {"max_attempts": 1}})),
            job("b", json!({"payload": "pending", "depends_on": ["a"]})),
        ]))
        .await;
    app.succeed("a").await;
    app.fail_for_good("a").await;
    app.lease("a").await;
    for state in ["succeeded", "failed", "running", "queued", "scheduled", "pending"] {
        let items = app.walk(&format!("/v1/tasks?state={state}")).await;
        assert_eq!(items.len(), 1, "{state}");
        assert_eq!((&items[0]["payload"], &items[0]["state"]), (&json!(state), &json!(state)));
    }
    let counts = &app.job(&pipeline, "a").await["counts"];
    let expected = json!({"pending": 0, "scheduled": 1, "queued": 1, "running": 1, "succeeded": 1, "failed": 1, "cancelled": 0, "skipped": 0, "total": 5});
    assert_eq!(*counts, expected);
    app.finish().await;
}

#[tokio::test]
async fn tasks_of_an_ended_job_are_listed_in_the_state_its_end_gave_them() {
    let app = TestApp::start().await;
    let run_at = app.time_in(1_000).await;
    let tasks = json!([{"payload": "failed"}, {"payload": "leased"}, {"payload": "queued"}, {"payload": "scheduled", "run_at": run_at}]);
    let pipeline = app
        .submit(json!([
            job("a", json!({"tasks": tasks})),
            job("b", json!({"payload": "below", "depends_on": ["a"]}))
        ]))
        .await;
    let leased = app.lease_many("a", 2).await;
    app.fail_with(&leased[0], json!({"retry": "never"})).await;
    assert_eq!(payloads(app.walk("/v1/tasks?state=failed").await), ["failed"]);
    assert_eq!(
        payloads(app.walk("/v1/tasks?state=cancelled&limit=1").await),
        ["leased", "queued", "scheduled"]
    );
    assert_eq!(payloads(app.walk("/v1/tasks?state=skipped").await), ["below"]);
    for state in ["pending", "queued", "scheduled", "running"] {
        assert_eq!(app.walk(&format!("/v1/tasks?state={state}")).await, Vec::<Value>::new(), "{state}");
    }
    let counts = &app.job(&pipeline, "a").await["counts"];
    assert_eq!(
        (&counts["cancelled"], &counts["failed"], &counts["total"]),
        (&json!(3), &json!(1), &json!(4))
    );
    assert_eq!(app.job(&pipeline, "b").await["counts"]["skipped"], 1);
    for task in app.walk("/v1/tasks").await {
        assert_eq!(app.task(&task).await, task);
        assert!(task["ended_at"].is_string() && task["lease_expires_at"].is_null(), "{task}");
    }
    app.finish().await;
}

#[tokio::test]
async fn the_lease_token_is_shown_to_its_holder_only() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let leased = app.lease("a").await;
    let token = leased["lease_token"].as_str().unwrap();
    let paths = [
        format!("/v1/tasks/{}", id(&leased)),
        "/v1/tasks".to_owned(),
        "/v1/jobs".to_owned(),
        format!("/v1/pipelines/{}", id(&pipeline)),
    ];
    for path in paths {
        let answer = app.get(&path).await;
        assert!(
            answer.status == 200 && !answer.text.contains(token) && !answer.text.contains("lease_token"),
            "{}",
            answer.text
        );
    }
    app.finish().await;
}
