//! The graph of a new pipeline: keys, edges, and cycles.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

/// Checks that a refusal names one of these cycles, each key depending on the next, wherever it begins.
#[track_caller]
fn names_cycle(problem: &Value, expected: &[&str]) {
    let cycle: Vec<&str> =
        problem["cycle"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
    let begins = expected.iter().position(|key| *key == cycle[0]).unwrap_or_else(|| panic!("{cycle:?}"));
    let mut expected = expected.to_vec();
    expected.rotate_left(begins);
    assert_eq!(cycle, expected);
}

#[tokio::test]
async fn a_cycle_is_refused_and_named_in_order() {
    let app = TestApp::start().await;
    let refusal = app
        .refused(json!([
            job("before", json!({})),
            job("a", json!({"depends_on": ["before", "b"]})),
            job("b", json!({"depends_on": [{"job": "c", "when": "always"}]})),
            job("c", json!({"depends_on": ["a"]})),
            job("after", json!({"depends_on": ["c"]})),
        ]))
        .await;
    names_cycle(&refusal.problem(422, "dependency_cycle"), &["a", "b", "c"]);
    assert_eq!(app.walk("/v1/pipelines").await, Vec::<Value>::new());
    app.finish().await;
}

#[tokio::test]
async fn a_job_that_depends_on_itself_is_a_cycle_of_one() {
    let app = TestApp::start().await;
    let problem =
        app.refused(json!([job("a", json!({"depends_on": ["a"]}))])).await.problem(422, "dependency_cycle");
    assert_eq!(problem["cycle"], json!(["a"]));
    app.finish().await;
}

#[tokio::test]
async fn a_cycle_of_two_is_named() {
    let app = TestApp::start().await;
    let refusal = app
        .refused(json!([job("a", json!({"depends_on": ["b"]})), job("b", json!({"depends_on": ["a"]}))]))
        .await;
    names_cycle(&refusal.problem(422, "dependency_cycle"), &["a", "b"]);
    app.finish().await;
}

#[tokio::test]
async fn a_cycle_of_1000_jobs_is_named_whole() {
    let app = TestApp::start().await;
    let key = |number: usize| format!("job-{number}");
    let jobs: Vec<_> = (0..1000)
        .map(|number| job(&key(number), json!({"depends_on": [key((number + 1) % 1000)]})))
        .collect();
    let problem = app.refused(json!(jobs)).await.problem(422, "dependency_cycle");
    let keys: Vec<String> = (0..1000).map(key).collect();
    names_cycle(&problem, &keys.iter().map(String::as_str).collect::<Vec<_>>());
    app.finish().await;
}

#[tokio::test]
async fn a_diamond_is_no_cycle_and_jobs_may_come_in_any_order() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("end", json!({"depends_on": ["left", "right"]})),
            job("right", json!({"depends_on": ["start"]})),
            job("left", json!({"depends_on": ["start"]})),
            job("start", json!({})),
        ]))
        .await;
    assert_eq!(
        app.states(&pipeline).await,
        "pending: end pending, left pending, right pending, start queued"
    );
    for kind in ["start", "left", "right", "end"] {
        app.succeed(kind).await;
    }
    assert_eq!(
        app.states(&pipeline).await,
        "succeeded: end succeeded, left succeeded, right succeeded, start succeeded"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_dependency_on_no_job_is_refused() {
    let app = TestApp::start().await;
    let refusal = app
        .refused(json!([
            job("a", json!({})),
            job("b", json!({"depends_on": ["a", {"job": "zzz", "when": "always"}]}))
        ]))
        .await;
    let problem = refusal.problem(422, "unknown_dependency");
    assert!(problem.to_string().contains("zzz"), "{problem}");
    assert_eq!(app.walk("/v1/pipelines").await, Vec::<Value>::new());
    app.finish().await;
}

#[tokio::test]
async fn a_key_used_twice_is_refused() {
    let app = TestApp::start().await;
    let problem = app
        .refused(json!([job("a", json!({})), job("b", json!({})), job("a", json!({}))]))
        .await
        .problem(422, "duplicate_key");
    assert!(problem.to_string().contains('a'), "{problem}");
    app.finish().await;
}

#[tokio::test]
async fn keys_that_differ_in_case_are_two() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("A", json!({"depends_on": ["a"]}))])).await;
    assert_eq!(app.states(&pipeline).await, "pending: A pending, a queued");
    app.finish().await;
}

#[tokio::test]
async fn a_chain_of_1000_jobs_of_no_task_has_succeeded_when_it_is_answered() {
    let app = TestApp::start().await;
    let jobs: Vec<_> = (0..1000)
        .map(|number| {
            let parents = if number == 0 { json!([]) } else { json!([format!("job-{}", number - 1)]) };
            job(&format!("job-{number}"), json!({"tasks": [], "depends_on": parents}))
        })
        .collect();
    let pipeline = app.submit(json!(jobs)).await;
    assert_eq!(pipeline["state"], "succeeded");
    assert!(pipeline["jobs"].as_array().unwrap().iter().all(|job| job["state"] == "succeeded"));
    app.finish().await;
}

#[tokio::test]
async fn a_job_may_depend_on_999_others() {
    let app = TestApp::start().await;
    let keys: Vec<String> = (0..999).map(|number| format!("job-{number}")).collect();
    let mut jobs: Vec<_> = keys.iter().map(|key| job(key, json!({"tasks": []}))).collect();
    jobs.push(job("end", json!({"depends_on": keys})));
    let pipeline = app.submit(json!(jobs)).await;
    assert_eq!(app.job(&pipeline, "end").await["state"], "queued");
    assert_eq!(id(&app.lease("end").await).len(), 36);
    app.finish().await;
}
