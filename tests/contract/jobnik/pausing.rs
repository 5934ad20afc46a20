//! Pause and resume in mid-run lose nothing.

use super::support::{Jobnik, illegal};

#[tokio::test]
async fn while_paused_nothing_is_handed_out_and_what_runs_reports() {
    let jobnik = Jobnik::start().await;
    let (job, stage) = jobnik.running("resize", 3).await;
    let first = jobnik.dequeue("resize").await;
    jobnik.put_job(&job, "PAUSED").await.expect(200);
    jobnik.expect_nothing("resize").await;
    jobnik.complete(&first).await;
    assert_eq!(jobnik.statuses(&job).await, "PAUSED IN_PROGRESS");
    jobnik.put_job(&job, "PENDING").await.expect(200);
    assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS IN_PROGRESS");
    for _ in 0..2 {
        let task = jobnik.dequeue("resize").await;
        jobnik.complete(&task).await;
    }
    assert_eq!(jobnik.summary(&stage).await, "total 3, completed 3");
    assert_eq!(jobnik.statuses(&job).await, "COMPLETED COMPLETED");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_job_whose_last_task_ends_while_it_is_paused_has_ended() {
    let jobnik = Jobnik::start().await;
    for (report, expected) in [("COMPLETED", "COMPLETED COMPLETED"), ("FAILED", "FAILED FAILED")] {
        let (job, _) = jobnik.running("resize", 1).await;
        let task = jobnik.dequeue("resize").await;
        jobnik.put_job(&job, "PAUSED").await.expect(200);
        jobnik.report(&task, report).await.expect(200);
        assert_eq!(jobnik.statuses(&job).await, expected);
        illegal(&jobnik.put_job(&job, "PENDING").await, "JOB", report, "PENDING");
    }
    jobnik.0.finish().await;
}

#[tokio::test]
async fn after_a_resume_a_job_is_pending_if_nothing_of_it_was_ever_dequeued() {
    let jobnik = Jobnik::start().await;
    let (job, _) = jobnik.running("resize", 1).await;
    jobnik.put_job(&job, "PAUSED").await.expect(200);
    assert_eq!(jobnik.statuses(&job).await, "PAUSED PENDING");
    jobnik.put_job(&job, "PENDING").await.expect(200);
    assert_eq!(jobnik.statuses(&job).await, "PENDING PENDING");
    let task = jobnik.dequeue("resize").await;
    jobnik.put_job(&job, "PAUSED").await.expect(200);
    jobnik.put_job(&job, "PENDING").await.expect(200);
    assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS IN_PROGRESS");
    jobnik.complete(&task).await;
    jobnik.0.finish().await;
}
