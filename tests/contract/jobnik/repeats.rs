//! A PUT that repeats an accepted report is 200 and counts once.

use serde_json::json;
use windlass_tests::id;

use super::support::{Jobnik, illegal};

#[tokio::test]
async fn a_repeat_is_answered_with_the_task_as_it_is_in_every_state_of_its_job() {
    let jobnik = Jobnik::start().await;
    let (job, stage) = jobnik.running("resize", 2).await;
    let tasks = [jobnik.dequeue("resize").await, jobnik.dequeue("resize").await];
    let done = jobnik.complete(&tasks[0]).await;
    assert_eq!(jobnik.complete(&tasks[0]).await, done);
    jobnik.put_job(&job, "PAUSED").await.expect(200);
    assert_eq!(jobnik.complete(&tasks[0]).await, done);
    jobnik.put_job(&job, "PENDING").await.expect(200);
    let failed = jobnik.fail(&tasks[1]).await;
    assert_eq!(jobnik.fail(&tasks[1]).await, failed);
    assert_eq!(jobnik.complete(&tasks[0]).await, done);
    assert_eq!(jobnik.summary(&stage).await, "total 2, failed 1, completed 1");

    let (aborted, _) = jobnik.running("resize", 2).await;
    let task = jobnik.dequeue("resize").await;
    let done = jobnik.complete(&task).await;
    jobnik.put_job(&aborted, "ABORTED").await.expect(200);
    assert_eq!(jobnik.complete(&task).await, done);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_task_that_is_retried_by_a_failure_takes_its_repeat() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let stage = jobnik.stage(&job, "resize").await;
    jobnik.tasks(&stage, 1, 3).await;
    let task = jobnik.dequeue("resize").await;
    let retried = jobnik.fail(&task).await;
    assert_eq!(jobnik.fail(&task).await, retried);
    assert_eq!(jobnik.get("tasks", &task).await["attempts"], 1);
    illegal(&jobnik.report(&task, "COMPLETED").await, "TASK", "RETRIED", "COMPLETED");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn what_a_retry_by_hand_runs_again_repeats_nothing_of_before() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let stage = jobnik.stage(&job, "resize").await;
    jobnik.tasks(&stage, 1, 3).await;
    let mut task = json!(null);
    for _ in 0..3 {
        task = jobnik.dequeue("resize").await;
        jobnik.fail(&task).await;
    }
    jobnik.0.post(&format!("/v1/jobs/{}/retry", id(&stage)), json!({})).await.expect(200);
    assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS PENDING");
    illegal(&jobnik.report(&task, "FAILED").await, "TASK", "RETRIED", "RETRIED");
    // As many attempts of its own as before, and each report of the new ones can be repeated.
    for expected in ["RETRIED", "RETRIED", "FAILED"] {
        let leased = jobnik.0.lease("resize").await;
        let first = jobnik.0.fail(&leased).await;
        assert_eq!(jobnik.0.fail(&leased).await["attempt"], first["attempt"]);
        assert_eq!(jobnik.task_status(&leased).await, expected);
        let again = jobnik.fail(&leased).await;
        assert_eq!(again["status"], expected);
    }
    jobnik.0.finish().await;
}
