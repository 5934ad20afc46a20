//! When a task fails for good, stage and job are FAILED at once.

use serde_json::json;
use windlass_tests::{eventually, id};

use super::support::{Jobnik, V1, illegal, refused};

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

#[tokio::test]
async fn a_sibling_whose_lease_ends_unreported_has_failed_its_attempt() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let stage = jobnik.stage(&job, "one").await;
    jobnik.tasks(&stage, 2, 1).await;
    jobnik.tasks(&stage, 1, 2).await;
    let leased = [jobnik.dequeue("one").await, jobnik.dequeue("one").await, jobnik.dequeue("one").await];
    jobnik.fail(&leased[0]).await;
    assert_eq!(jobnik.summary(&stage).await, "total 3, failed 1, inProgress 2");
    jobnik.0.advance(1_801).await;
    eventually("the leases end", async || {
        (jobnik.summary(&stage).await == "total 3, failed 2, retried 1").then_some(())
    })
    .await;
    illegal(&jobnik.report(&leased[1], "COMPLETED").await, "TASK", "FAILED", "COMPLETED");
    illegal(&jobnik.report(&leased[2], "COMPLETED").await, "TASK", "RETRIED", "COMPLETED");
    jobnik.expect_nothing("one").await;
    assert_eq!(jobnik.statuses(&job).await, "FAILED FAILED");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn the_stages_behind_a_failed_one_take_no_tasks_and_are_not_let_go() {
    let jobnik = Jobnik::start().await;
    let (job, _) = jobnik.running("one", 1).await;
    let second = jobnik.stage(&job, "two").await;
    let new = json!({"type": "three", "data": {}, "startAsWaiting": true});
    let third = jobnik.stage_with(&job, new).await.expect(201);
    let task = jobnik.dequeue("one").await;
    jobnik.fail(&task).await;
    assert_eq!(jobnik.statuses(&job).await, "FAILED FAILED CREATED WAITING");
    let ended = "STAGE_ALREADY_FINISHED_TASKS_ERROR";
    for stage in [&second, &third] {
        refused(&jobnik.add_tasks(stage, json!([{"data": {}}])).await, 400, "STAGE_IN_FINITE_STATE", ended);
        let previous = "Previous stage is not COMPLETED";
        refused(&jobnik.put_stage(stage).await, 400, "ILLEGAL_STAGE_STATUS_TRANSITION", previous);
    }
    for status in ["PENDING", "PAUSED", "ABORTED"] {
        illegal(&jobnik.put_job(&job, status).await, "JOB", "FAILED", status);
    }
    let more = jobnik.stage_with(&job, json!({"type": "four", "data": {}})).await;
    refused(&more, 400, "JOB_IN_FINITE_STATE", "JOB_ALREADY_FINISHED_STAGES_ERROR");
    jobnik.0.delete(&format!("{V1}/jobs/{}", id(&job))).await.expect(200);
    jobnik.0.finish().await;
}
