//! Who is dequeued first.

use reqwest::Method;
use serde_json::json;
use windlass_tests::id;

use super::support::{Jobnik, V1};

#[tokio::test]
async fn priority_comes_first_then_first_in_first_out_and_a_retried_task_waits_behind_its_stages_others() {
    let jobnik = Jobnik::start().await;
    let mut jobs = Vec::new();
    for priority in ["LOW", "MEDIUM", "MEDIUM", "VERY_HIGH"] {
        let job = jobnik.job_with(json!({"name": "tiles", "data": {}, "priority": priority})).await;
        let stage = jobnik.stage(&job, "resize").await;
        jobnik.tasks(&stage, 2, 2).await;
        jobs.push((job, stage));
    }
    let path = format!("{V1}/jobs/{}/priority", id(&jobs[0].0));
    jobnik.0.patch(&path, json!({"priority": "HIGH"})).await.expect(200);
    let retried = jobnik.dequeue("resize").await;
    assert_eq!(retried["stageId"], jobs[3].1["id"]);
    jobnik.fail(&retried).await;
    let mut taken = Vec::new();
    for _ in 0..8 {
        taken.push(jobnik.dequeue("resize").await);
    }
    assert_eq!(taken[1]["id"], retried["id"], "behind the other task of its stage, before all other stages");
    let order: Vec<usize> = taken
        .iter()
        .map(|task| jobs.iter().position(|(_, stage)| stage["id"] == task["stageId"]).unwrap())
        .collect();
    assert_eq!(order, [3, 3, 0, 0, 1, 1, 2, 2]);
    jobnik.expect_nothing("resize").await;
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_dequeue_ignores_its_body_and_needs_no_content_type() {
    let jobnik = Jobnik::start().await;
    jobnik.running("resize", 3).await;
    let path = format!("{V1}/stages/resize/tasks/dequeue");
    let request = || jobnik.0.request(Method::PATCH, &path);
    jobnik.0.send(request()).await.expect(200);
    jobnik.0.send(request().header("content-type", "text/plain").body("{")).await.expect(200);
    jobnik.0.send(request().json(&json!({"worker": 1}))).await.expect(200);
    jobnik.0.finish().await;
}
