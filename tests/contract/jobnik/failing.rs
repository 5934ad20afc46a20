//! When a task fails for good, stage and job are FAILED at once.

use serde_json::json;

use super::support::{Jobnik, refused};

#[tokio::test]
async fn siblings_that_wait_are_kept_and_those_that_run_may_report() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let stage = jobnik.stage(&job, "one").await;
    jobnik.add_tasks(&stage, json!(vec![json!({"data": {}, "maxAttempts": 1}); 3])).await.expect(201);
    jobnik.tasks(&stage, 2, 2).await;
    jobnik.stage(&job, "two").await;
    let mut leased = Vec::new();
    for _ in 0..4 {
        leased.push(jobnik.dequeue("one").await);
    }
    jobnik.fail(&leased[0]).await;
    assert_eq!(jobnik.statuses(&job).await, "FAILED FAILED CREATED");
    assert_eq!(jobnik.summary(&stage).await, "total 5, failed 1, pending 1, inProgress 3");
    jobnik.expect_nothing("one").await;

    assert_eq!(jobnik.complete(&leased[1]).await["status"], "COMPLETED");
    assert_eq!(jobnik.fail(&leased[2]).await["status"], "FAILED");
    assert_eq!(jobnik.fail(&leased[3]).await["status"], "RETRIED");
    assert_eq!(jobnik.summary(&stage).await, "total 5, failed 2, pending 1, retried 1, completed 1");
    assert_eq!(jobnik.statuses(&job).await, "FAILED FAILED CREATED");
    jobnik.expect_nothing("one").await;
    let ended = "STAGE_ALREADY_FINISHED_TASKS_ERROR";
    refused(&jobnik.add_tasks(&stage, json!([{"data": {}}])).await, 400, "STAGE_IN_FINITE_STATE", ended);
    assert_eq!(jobnik.0.pipeline(&job).await["state"], "failed");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn all_that_waits_of_a_failed_job_does_not_hold_up_others() {
    let jobnik = Jobnik::start().await;
    let (_, failed) = jobnik.running("resize", 5).await;
    let task = jobnik.dequeue("resize").await;
    jobnik.fail(&task).await;
    let (other, _) = jobnik.running("resize", 1).await;
    let task = jobnik.dequeue("resize").await;
    jobnik.complete(&task).await;
    assert_eq!(jobnik.statuses(&other).await, "COMPLETED COMPLETED");
    assert_eq!(jobnik.summary(&failed).await, "total 5, failed 1, pending 4");
    jobnik.0.finish().await;
}
