//! ABORTED is final and immediate.

use serde_json::json;

use super::support::{Jobnik, illegal, refused};

#[tokio::test]
async fn stages_and_tasks_show_what_they_were_when_the_job_was_aborted() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let first = jobnik.stage(&job, "one").await;
    jobnik.tasks(&first, 4, 2).await;
    jobnik.stage(&job, "two").await;
    let new = json!({"type": "three", "data": {}, "startAsWaiting": true});
    let waiting = jobnik.stage_with(&job, new).await.expect(201);
    let tasks = [jobnik.dequeue("one").await, jobnik.dequeue("one").await, jobnik.dequeue("one").await];
    jobnik.complete(&tasks[0]).await;
    jobnik.fail(&tasks[1]).await;
    jobnik.put_job(&job, "ABORTED").await.expect(200);
    assert_eq!(jobnik.statuses(&job).await, "ABORTED IN_PROGRESS CREATED WAITING");
    assert_eq!(jobnik.summary(&first).await, "total 4, pending 1, retried 1, completed 1, inProgress 1");
    let shown: Vec<String> = [
        jobnik.task_status(&tasks[0]).await,
        jobnik.task_status(&tasks[1]).await,
        jobnik.task_status(&tasks[2]).await,
    ]
    .into();
    assert_eq!(shown, ["COMPLETED", "RETRIED", "IN_PROGRESS"]);
    jobnik.expect_nothing("one").await;

    illegal(&jobnik.report(&tasks[2], "COMPLETED").await, "JOB", "ABORTED", "COMPLETED");
    illegal(&jobnik.report(&tasks[2], "FAILED").await, "JOB", "ABORTED", "FAILED");
    assert_eq!(jobnik.task_status(&tasks[2]).await, "IN_PROGRESS");
    illegal(&jobnik.put_stage(&waiting).await, "JOB", "ABORTED", "PENDING");
    let ended = "STAGE_ALREADY_FINISHED_TASKS_ERROR";
    refused(&jobnik.add_tasks(&waiting, json!([{"data": {}}])).await, 400, "STAGE_IN_FINITE_STATE", ended);
    let stages = "JOB_ALREADY_FINISHED_STAGES_ERROR";
    let more = jobnik.stage_with(&job, json!({"type": "four", "data": {}})).await;
    refused(&more, 400, "JOB_IN_FINITE_STATE", stages);
    let pipeline = jobnik.0.pipeline(&job).await;
    assert_eq!(pipeline["state"], "cancelled");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_job_without_a_stage_can_be_aborted() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    jobnik.put_job(&job, "ABORTED").await.expect(200);
    assert_eq!(jobnik.statuses(&job).await, "ABORTED");
    jobnik.0.finish().await;
}
