//! The barrier between stages beside native jobs, which `/v1` adds to such a pipeline: stages neither wait for them nor overtake each other, and the
//! job ends once all of both have.

use serde_json::{Value, json};
use windlass_tests::id;

use super::support::{Jobnik, V1, refused};

/// A job of two stages of a task each, and a native job beside them that waits for these.
async fn with_native_job(jobnik: &Jobnik, waits_for: &[&str]) -> (Value, [Value; 2]) {
    let job = jobnik.job("tiles").await;
    let stages = [jobnik.stage(&job, "one").await, jobnik.stage(&job, "two").await];
    for stage in &stages {
        jobnik.tasks(stage, 1, 1).await;
    }
    let native = json!({"jobs": [{"key": "own", "type": "native", "depends_on": waits_for}]});
    jobnik.0.post(&format!("/v1/pipelines/{}/jobs", id(&job)), native).await.expect(201);
    (job, stages)
}

async fn work(jobnik: &Jobnik, kind: &str) {
    let task = jobnik.dequeue(kind).await;
    jobnik.complete(&task).await;
}

#[tokio::test]
async fn a_native_job_neither_opens_a_stage_nor_holds_it_up() {
    let jobnik = Jobnik::start().await;
    let (job, _) = with_native_job(&jobnik, &[]).await;
    // It is no stage, and nothing here hands it out.
    assert_eq!(jobnik.statuses(&job).await, "PENDING PENDING CREATED");
    jobnik.expect_nothing("native").await;
    let native = jobnik.0.lease("native").await;
    assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS PENDING CREATED");
    jobnik.expect_nothing("two").await;
    work(&jobnik, "one").await;
    assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS COMPLETED PENDING");
    work(&jobnik, "two").await;
    // All stages are done: the job waits for the native one, and takes stages meanwhile.
    assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS COMPLETED COMPLETED");
    let third = jobnik.stage(&job, "three").await;
    assert_eq!((&third["order"], &third["status"]), (&json!(3), &json!("PENDING")));
    jobnik.tasks(&third, 1, 1).await;
    work(&jobnik, "three").await;
    jobnik.0.complete(&native).await;
    assert_eq!(jobnik.statuses(&job).await, "COMPLETED COMPLETED COMPLETED COMPLETED");
    assert_eq!(jobnik.get("jobs", &job).await["percentage"], 100);
    let more = jobnik.stage_with(&job, json!({"type": "four", "data": {}})).await;
    refused(&more, 400, "JOB_IN_FINITE_STATE", "JOB_ALREADY_FINISHED_STAGES_ERROR");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_native_job_that_fails_fails_the_job_once_the_stages_have_ended() {
    let jobnik = Jobnik::start().await;
    let (job, _) = with_native_job(&jobnik, &["1"]).await;
    jobnik.0.expect_nothing_to_lease("native").await;
    work(&jobnik, "one").await;
    jobnik.0.fail_for_good("native").await;
    assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS COMPLETED PENDING");
    work(&jobnik, "two").await;
    assert_eq!(jobnik.statuses(&job).await, "FAILED COMPLETED COMPLETED");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_stage_that_fails_lets_no_other_begin_and_the_job_is_failed_once_the_native_one_has_ended() {
    let jobnik = Jobnik::start().await;
    let (job, [one, two]) = with_native_job(&jobnik, &[]).await;
    let native = jobnik.0.lease("native").await;
    let task = jobnik.dequeue("one").await;
    assert_eq!(jobnik.fail(&task).await["status"], "FAILED");
    assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS FAILED CREATED");
    jobnik.expect_nothing("one").await;
    jobnik.expect_nothing("two").await;
    jobnik.0.complete(&native).await;
    assert_eq!(jobnik.statuses(&job).await, "FAILED FAILED CREATED");
    for stage in [&one, &two] {
        let answer = jobnik.add_tasks(stage, json!([{"data": {}}])).await;
        refused(&answer, 400, "STAGE_IN_FINITE_STATE", "STAGE_ALREADY_FINISHED_TASKS_ERROR");
    }
    jobnik.0.finish().await;
}

#[tokio::test]
async fn an_abort_ends_the_native_job_as_well() {
    let jobnik = Jobnik::start().await;
    let (job, _) = with_native_job(&jobnik, &[]).await;
    let native = jobnik.0.lease("native").await;
    jobnik.put_job(&job, "ABORTED").await.expect(200);
    assert_eq!(jobnik.statuses(&job).await, "ABORTED PENDING CREATED");
    jobnik.0.report(&native, "complete", json!({})).await.problem(409, "lease_lost");
    jobnik.0.delete(&format!("{V1}/jobs/{}", id(&job))).await.expect(200);
    jobnik.0.finish().await;
}
