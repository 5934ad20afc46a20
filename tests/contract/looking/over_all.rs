//! `GET /v1/tasks?state=running` and `?state=failed` over all jobs.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

fn ids(tasks: &[Value]) -> Vec<&str> {
    tasks.iter().map(id).collect()
}

#[tokio::test]
async fn what_runs_is_listed_with_the_longest_first() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}, {}]})), job("b", json!({}))])).await;
    // The last that was added is leased first.
    let b = app.lease("b").await;
    let mut leased = vec![b.clone()];
    for _ in 0..3 {
        leased.push(app.lease("a").await);
    }
    for limit in [1, 2, 3, 500] {
        let listed = app.walk(&format!("/v1/tasks?state=running&limit={limit}")).await;
        assert_eq!(ids(&listed), ids(&leased), "{limit} a page");
    }
    assert_eq!(ids(&app.walk("/v1/tasks?state=running&type=a&limit=2").await), ids(&leased[1..]));
    app.complete(&b).await;
    assert_eq!(ids(&app.walk("/v1/tasks?state=running").await), ids(&leased[1..]));
    assert!(app.walk("/v1/tasks?state=running&type=b").await.is_empty());
    app.finish().await;
}

/// Fails a task of this type for good.
async fn fail(app: &TestApp, kind: &str, category: &str) -> Value {
    let leased = app.lease(kind).await;
    let error = json!({"category": category, "message": "it broke"});
    app.fail_with(&leased, json!({"error": error, "retry": "never"})).await
}

#[tokio::test]
async fn what_has_failed_is_listed_with_the_newest_failure_first() {
    let app = TestApp::start().await;
    let bears = json!({"tasks": [{}, {}, {}], "max_failed_tasks": 9});
    app.submit(json!([job("a", bears.clone()), job("b", bears)])).await;
    let mut failed = Vec::new();
    for (kind, category) in [("b", "data_error"), ("a", "data_error"), ("b", "timeout"), ("a", "timeout")] {
        failed.insert(0, fail(&app, kind, category).await);
    }
    for limit in [1, 3, 500] {
        let listed = app.walk(&format!("/v1/tasks?state=failed&limit={limit}")).await;
        assert_eq!(listed, failed, "{limit} a page");
    }
    let of = async |query: &str| {
        let listed = app.walk(&format!("/v1/tasks?state=failed&limit=1&{query}")).await;
        listed.iter().map(|task| id(task).to_owned()).collect::<Vec<_>>()
    };
    let these = |places: &[usize]| places.iter().map(|at| id(&failed[*at]).to_owned()).collect::<Vec<_>>();
    assert_eq!(of("type=a").await, these(&[0, 2]));
    assert_eq!(of("category=data_error").await, these(&[2, 3]));
    assert_eq!(of("type=b&category=timeout").await, these(&[1]));
    assert_eq!(of("type=c").await, these(&[]));
    assert_eq!(of("category=unknown").await, these(&[]));
    let at = failed[0]["created_at"].as_str().unwrap();
    assert_eq!(of(&format!("created_after={at}")).await, these(&[0, 1, 2, 3]), "all were created at once");
    let later = app.time_in(60).await;
    assert_eq!(of(&format!("created_after={later}")).await, these(&[]));
    app.finish().await;
}

#[tokio::test]
async fn what_a_worker_runs_and_what_failed_in_its_hands_is_listed_by_its_id() {
    let app = TestApp::start().await;
    let tasks = json!({"tasks": [{}, {}, {}, {}], "max_failed_tasks": 9});
    let made = app.submit(json!([job("a", tasks.clone()), job("b", tasks)])).await;
    let ask = async |kind: &str, worker: &str| {
        app.dequeue(json!({"types": [kind], "worker_id": worker})).await.pop().expect("a task")
    };
    let mut failed = Vec::new();
    for (kind, worker) in [("a", "host-7"), ("a", "host-8"), ("b", "host-7")] {
        let leased = ask(kind, worker).await;
        failed.insert(0, app.fail_with(&leased, json!({"retry": "never"})).await);
    }
    let (a, b, other) = (ask("a", "host-7").await, ask("b", "host-7").await, ask("b", "host 8/ä").await);
    let of = async |query: &str| {
        let listed = app.walk(&format!("/v1/tasks?limit=1&{query}")).await;
        listed.iter().map(|task| id(task).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of("state=running&worker_id=host-7").await, [id(&a), id(&b)]);
    assert_eq!(of("state=running&worker_id=host-7&type=b").await, [id(&b)]);
    assert_eq!(of("state=running&worker_id=host%208%2F%C3%A4").await, [id(&other)]);
    assert_eq!(of("state=failed&worker_id=host-7").await, [id(&failed[0]), id(&failed[2])]);
    assert_eq!(of("state=failed&worker_id=host-7&type=a").await, [id(&failed[2])]);
    assert_eq!(of("state=failed&worker_id=host-8").await, [id(&failed[1])]);
    assert!(of("state=failed&worker_id=host").await.is_empty(), "the whole id is meant");
    let pipeline = id(&made);
    for elsewhere in [
        "worker_id=host-7".to_owned(),
        "state=queued&worker_id=host-7".to_owned(),
        format!("state=failed&pipeline_id={pipeline}&worker_id=host-7"),
        format!("state=running&worker_id={}", "w".repeat(201)),
        "state=running&worker_id=".to_owned(),
    ] {
        let refused = app.get(&format!("/v1/tasks?{elsewhere}")).await.problem(400, "malformed_request");
        assert!(refused["detail"].as_str().unwrap().contains("worker_id"), "{refused}");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_runs_again_or_is_gone_has_not_failed() {
    let app = TestApp::start().await;
    let retried = app.submit(json!([job("a", json!({}))])).await;
    let deleted = app.submit(json!([job("b", json!({}))])).await;
    fail(&app, "a", "data_error").await;
    fail(&app, "b", "data_error").await;
    assert_eq!(app.walk("/v1/tasks?state=failed").await.len(), 2);
    app.delete(&format!("/v1/pipelines/{}", id(&deleted))).await.has(204);
    app.verb(&app.job_path(&retried, "a").await, "retry").await;
    assert!(app.walk("/v1/tasks?state=failed").await.is_empty(), "one waits again, one is gone");
    let again = fail(&app, "a", "timeout").await;
    let listed = app.walk("/v1/tasks?state=failed").await;
    assert_eq!(listed, [again], "once, though it failed twice");
    assert!(
        app.walk("/v1/tasks?state=failed&category=data_error").await.is_empty(),
        "that was another attempt"
    );
    app.verb(&app.job_path(&retried, "a").await, "retry").await;
    app.succeed("a").await;
    assert!(app.walk("/v1/tasks?state=failed").await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn its_filters_are_for_failed_tasks_over_all_jobs() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let of_pipeline = format!("pipeline_id={}&state=failed&category=timeout", id(&pipeline));
    for query in [
        "category=timeout",
        "state=running&category=timeout",
        "state=queued&created_after=2026-01-01T00:00:00Z",
        &of_pipeline,
        "state=failed&category=Time-out",
        "state=failed&created_after=yesterday",
        "state=failed&cursor=t00000000000000000000000000000000",
        "state=running&cursor=f1",
    ] {
        app.get(&format!("/v1/tasks?{query}")).await.problem(400, "malformed_request");
    }
    app.finish().await;
}
