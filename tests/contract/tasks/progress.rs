//! `POST /v1/tasks/{id}/progress`, and how it is rolled up.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job, seconds_between, time_of};

fn percent(resource: &Value) -> f64 {
    resource["progress"]["percent"].as_f64().unwrap_or_else(|| panic!("no percent in {resource}"))
}

#[tokio::test]
async fn progress_is_shown_and_renews_the_lease() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"lease_seconds": 100}))])).await;
    let task = app.lease("a").await;
    assert_eq!(app.task(&task).await["progress"], Value::Null);
    app.advance(50).await;
    let renewed = app
        .report(&task, "progress", json!({"current": 3, "total": 12, "message": "hashing ü"}))
        .await
        .expect(200);
    let gained = seconds_between(time_of(&task, "lease_expires_at"), time_of(&renewed, "lease_expires_at"));
    assert!((50.0..60.0).contains(&gained), "{gained}");
    let progress = &app.task(&task).await["progress"];
    assert_eq!((progress["current"].as_f64(), progress["total"].as_f64()), (Some(3.0), Some(12.0)));
    assert_eq!(progress["message"], "hashing ü");
    app.finish().await;
}

#[tokio::test]
async fn progress_without_total_and_message_has_null_for_them() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let task = app.lease("a").await;
    app.report(&task, "progress", json!({"current": 3})).await.expect(200);
    let progress = &app.task(&task).await["progress"];
    assert_eq!(
        (progress["current"].as_f64(), &progress["total"], &progress["message"]),
        (Some(3.0), &Value::Null, &Value::Null)
    );
    assert_eq!(percent(&app.job(&pipeline, "a").await).to_bits(), 0.0_f64.to_bits());
    app.finish().await;
}

#[tokio::test]
async fn progress_needs_current_and_a_token_that_is_current() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let task = app.lease("a").await;
    assert_eq!(app.report(&task, "progress", json!({"total": 1})).await.invalid(), ["/current"]);
    assert_eq!(
        app.report(&task, "progress", json!({"current": "1", "total": [], "message": 1})).await.invalid(),
        ["/current", "/message", "/total"]
    );
    app.complete(&task).await;
    let problem = app.report(&task, "progress", json!({"current": 1})).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_jobs_percent_is_the_share_of_ended_tasks_with_running_tasks_counted_in() {
    let app = TestApp::start().await;
    let pipeline =
        app.submit(json!([job("a", json!({"tasks": vec![json!({}); 4], "max_failed_tasks": 4}))])).await;
    let leased = app.lease_many("a", 3).await;
    app.complete(&leased[0]).await;
    app.fail_with(&leased[1], json!({"retry": "never"})).await;
    app.report(&leased[2], "progress", json!({"current": 30, "total": 120})).await.expect(200);
    let found = percent(&app.job(&pipeline, "a").await);
    assert!((found - 56.25).abs() < 0.01, "{found}");
    let found = percent(&app.pipeline(&pipeline).await["jobs"][0]);
    assert!((found - 56.25).abs() < 0.01, "{found}");
    app.finish().await;
}

#[tokio::test]
async fn lists_count_ended_tasks_only() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": vec![json!({}); 4]}))])).await;
    let leased = app.lease_many("a", 2).await;
    app.complete(&leased[0]).await;
    app.report(&leased[1], "progress", json!({"current": 1, "total": 2})).await.expect(200);
    for list in ["/v1/jobs", "/v1/pipelines"] {
        let found = percent(&app.walk(list).await[0]);
        assert!((found - 25.0).abs() < 0.01, "{list}: {found}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_pipelines_percent_is_the_mean_over_its_jobs_weighted_by_tasks() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("b", json!({"tasks": vec![json!({}); 7]})),
            job("c", json!({"depends_on": ["b"], "tasks": [{}, {}]}))
        ]))
        .await;
    app.succeed("a").await;
    let found = percent(&app.pipeline(&pipeline).await);
    assert!((found - 10.0).abs() < 0.01, "{found}");
    let leased = app.lease_many("b", 2).await;
    app.complete(&leased[0]).await;
    app.report(&leased[1], "progress", json!({"current": 1, "total": 2})).await.expect(200);
    let found = percent(&app.pipeline(&pipeline).await);
    assert!((found - 25.0).abs() < 0.01, "{found}");
    app.finish().await;
}

#[tokio::test]
async fn what_has_ended_is_at_100_however_it_ended() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([job("a", json!({"tasks": [{}, {}]})), job("b", json!({"depends_on": ["a"]}))]))
        .await;
    app.fail_for_good("a").await;
    let pipeline = app.pipeline(&pipeline).await;
    assert_eq!(pipeline["state"], "failed");
    let ended = [&pipeline, &pipeline["jobs"][0], &pipeline["jobs"][1]].map(percent);
    assert!(ended.iter().all(|percent| (percent - 100.0).abs() < f64::EPSILON), "{ended:?}");
    for list in ["/v1/jobs", "/v1/pipelines"] {
        assert!(app.walk(list).await.iter().all(|item| (percent(item) - 100.0).abs() < f64::EPSILON));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_percent_stays_within_0_and_100_whatever_workers_say() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}]}))])).await;
    let task = app.lease("a").await;
    let path = format!("/v1/tasks/{}/progress", id(&task));
    for (current, total) in [
        ("5", "1"),
        ("1", "0"),
        ("0", "0"),
        ("-5", "1"),
        ("1", "-1"),
        ("1e300", "1e-300"),
        ("1e308", "1e308"),
    ] {
        let body =
            format!(r#"{{"lease_token": {}, "current": {current}, "total": {total}}}"#, task["lease_token"]);
        let answer = app.post_text(&path, body).await;
        assert!(answer.status == 200 || answer.status == 422, "{current}/{total}: {}", answer.text);
        let path = format!("/v1/pipelines/{}", id(&pipeline));
        let shown = app.get(&path).await;
        assert_eq!(shown.status, 200, "{current}/{total}: {}", shown.text);
        for resource in [app.job(&pipeline, "a").await, shown.json()] {
            let found = percent(&resource);
            assert!((0.0..=50.0).contains(&found), "{current}/{total}: {found}");
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn the_progress_of_an_attempt_that_failed_counts_no_more_while_the_task_waits() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"retry": {"initial_delay_seconds": 0}}))])).await;
    let task = app.lease("a").await;
    app.report(&task, "progress", json!({"current": 1, "total": 2})).await.expect(200);
    app.fail(&task).await;
    let found = percent(&app.job(&pipeline, "a").await);
    assert!(found.abs() < 0.01, "{found}");
    app.finish().await;
}
