//! Rule 1: when an edge opens a job, and when it skips it.

use serde_json::{Value, json};
use windlass_tests::{TestApp, job};

const CONDITIONS: [&str; 4] = ["succeeded", "failed", "finished", "always"];

/// One child of `parent` for each condition, named after it.
fn children_of(parent: &str) -> Vec<Value> {
    CONDITIONS.iter().map(|when| job(when, json!({"depends_on": [{"job": parent, "when": when}]}))).collect()
}

/// The states of the four children, in the order of the conditions.
async fn states(app: &TestApp, pipeline: &Value) -> Vec<String> {
    let mut states = Vec::new();
    for when in CONDITIONS {
        states.push(app.job(pipeline, when).await["state"].as_str().unwrap().to_owned());
    }
    states
}

/// Checks the reason of a skipped job.
async fn names(app: &TestApp, pipeline: &Value, key: &str, parent: &str, state: &str) {
    let job = app.job(pipeline, key).await;
    assert_eq!(job["state"], "skipped", "{key}");
    let reason = job["reason"].as_str().unwrap_or_else(|| panic!("no reason in {job}"));
    assert!(reason.contains(parent) && reason.contains(state), "{key}: {reason}");
}

#[tokio::test]
async fn a_parent_that_succeeded_opens_all_but_failed() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([vec![job("parent", json!({}))], children_of("parent")].concat())).await;
    assert_eq!(states(&app, &pipeline).await, ["pending"; 4]);
    app.succeed("parent").await;
    assert_eq!(states(&app, &pipeline).await, ["queued", "skipped", "queued", "queued"]);
    names(&app, &pipeline, "failed", "parent", "succeeded").await;
    app.finish().await;
}

#[tokio::test]
async fn a_parent_that_failed_opens_all_but_succeeded() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([vec![job("parent", json!({}))], children_of("parent")].concat())).await;
    app.fail_for_good("parent").await;
    assert_eq!(states(&app, &pipeline).await, ["skipped", "queued", "queued", "queued"]);
    names(&app, &pipeline, "succeeded", "parent", "failed").await;
    app.finish().await;
}

#[tokio::test]
async fn a_parent_that_was_skipped_opens_always_only() {
    let app = TestApp::start().await;
    let parents = vec![job("first", json!({})), job("parent", json!({"depends_on": ["first"]}))];
    let pipeline = app.submit(json!([parents, children_of("parent")].concat())).await;
    app.fail_for_good("first").await;
    assert_eq!(states(&app, &pipeline).await, ["skipped", "skipped", "skipped", "queued"]);
    names(&app, &pipeline, "parent", "first", "failed").await;
    for key in ["succeeded", "failed", "finished"] {
        names(&app, &pipeline, key, "parent", "skipped").await;
    }
    app.finish().await;
}

#[tokio::test]
async fn a_parent_that_was_cancelled_opens_always_only() {
    let app = TestApp::start().await;
    let parents = vec![job("first", json!({})), job("parent", json!({}))];
    let jobs = json!([parents, children_of("parent")].concat());
    let pipeline = app.submit_with(json!({"name": "test", "fail_fast": true, "jobs": jobs})).await;
    app.fail_for_good("first").await;
    assert_eq!(app.job(&pipeline, "parent").await["state"], "cancelled");
    // A job with a `succeeded` edge alone is cancelled like its parent; the others are decided by their edges.
    assert_eq!(states(&app, &pipeline).await, ["cancelled", "skipped", "skipped", "queued"]);
    for key in ["failed", "finished"] {
        names(&app, &pipeline, key, "parent", "cancelled").await;
    }
    app.finish().await;
}

#[tokio::test]
async fn a_job_opens_when_all_its_edges_are_met_and_not_before() {
    let app = TestApp::start().await;
    let edges = json!(["a", {"job": "b", "when": "failed"}, {"job": "c", "when": "finished"}, {"job": "d", "when": "always"}]);
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("b", json!({})),
            job("c", json!({})),
            job("d", json!({})),
            job("child", json!({"depends_on": edges})),
        ]))
        .await;
    app.succeed("a").await;
    app.fail_for_good("b").await;
    app.fail_for_good("c").await;
    assert_eq!(app.job(&pipeline, "child").await["state"], "pending");
    app.expect_nothing_to_lease("child").await;
    app.succeed("d").await;
    let child = app.job(&pipeline, "child").await;
    assert_eq!((&child["state"], child["opened_at"].is_string()), (&json!("queued"), true));
    app.succeed("child").await;
    app.finish().await;
}

#[tokio::test]
async fn an_edge_that_can_no_longer_be_met_skips_at_once_while_other_parents_run() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("b", json!({})),
            job("child", json!({"depends_on": ["a", "b"]}))
        ]))
        .await;
    app.lease("b").await;
    app.fail_for_good("a").await;
    assert_eq!(app.states(&pipeline).await, "running: a failed, b running, child skipped");
    names(&app, &pipeline, "child", "a", "failed").await;
    app.finish().await;
}

#[tokio::test]
async fn what_was_skipped_stays_skipped_when_its_other_parents_end() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("b", json!({})),
            job("child", json!({"depends_on": ["a", "b"]}))
        ]))
        .await;
    app.fail_for_good("a").await;
    let reason = app.job(&pipeline, "child").await["reason"].clone();
    app.succeed("b").await;
    let child = app.job(&pipeline, "child").await;
    assert_eq!((&child["state"], &child["reason"]), (&json!("skipped"), &reason));
    assert_eq!(app.pipeline(&pipeline).await["state"], "failed");
    app.finish().await;
}

#[tokio::test]
async fn a_skip_goes_down_a_whole_chain_each_naming_its_own_parent() {
    let app = TestApp::start().await;
    let mut jobs = vec![job("job-0", json!({}))];
    jobs.extend(
        (1..50).map(|number| {
            job(&format!("job-{number}"), json!({"depends_on": [format!("job-{}", number - 1)]}))
        }),
    );
    let pipeline = app.submit(json!(jobs)).await;
    app.fail_for_good("job-0").await;
    names(&app, &pipeline, "job-1", "job-0", "failed").await;
    names(&app, &pipeline, "job-2", "job-1", "skipped").await;
    names(&app, &pipeline, "job-49", "job-48", "skipped").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "failed");
    app.finish().await;
}

#[tokio::test]
async fn a_skip_that_reaches_an_always_edge_opens_it() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("b", json!({"depends_on": ["a"]})),
            job("c", json!({"depends_on": ["b"]})),
            job(
                "clean-up",
                json!({"depends_on": [{"job": "a", "when": "always"}, {"job": "c", "when": "always"}]})
            ),
        ]))
        .await;
    app.fail_for_good("a").await;
    assert_eq!(app.states(&pipeline).await, "running: a failed, b skipped, c skipped, clean-up queued");
    app.succeed("clean-up").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "failed");
    app.finish().await;
}

#[tokio::test]
async fn a_job_can_be_dequeued_as_soon_as_the_end_of_its_last_parent_is_answered() {
    let app = TestApp::start().await;
    let jobs: Vec<_> = (0..30)
        .map(|number| {
            let parents = if number == 0 { json!([]) } else { json!([format!("job-{}", number - 1)]) };
            json!({"key": format!("job-{number}"), "type": "a", "depends_on": parents})
        })
        .collect();
    let pipeline = app.submit(json!(jobs)).await;
    for _ in 0..30 {
        app.succeed("a").await;
    }
    assert_eq!(app.pipeline(&pipeline).await["state"], "succeeded");
    app.finish().await;
}

#[tokio::test]
async fn the_tasks_of_a_skipped_job_are_skipped_and_never_handed_out() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([job("a", json!({})), job("b", json!({"depends_on": ["a"], "tasks": [{}, {}, {}]}))]))
        .await;
    app.fail_for_good("a").await;
    let job = app.job(&pipeline, "b").await;
    assert_eq!((&job["counts"]["skipped"], &job["counts"]["pending"]), (&json!(3), &json!(0)));
    for task in app.tasks(&job).await {
        assert_eq!((&task["state"], task["ended_at"].is_string()), (&json!("skipped"), true));
    }
    app.expect_nothing_to_lease("b").await;
    app.finish().await;
}
