//! What natives do to what is made here.

use serde_json::json;
use windlass_tests::id;

use super::support::{Jobnik, V1, illegal, refused};

#[tokio::test]
async fn a_native_worker_may_take_its_tasks() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let stage = jobnik.stage(&job, "any text: /é").await;
    jobnik.tasks(&stage, 2, 1).await;
    let leased = jobnik.0.lease("any text: /é").await;
    assert_eq!((&leased["job_id"], &leased["max_attempts"]), (&stage["id"], &json!(1)));
    assert_eq!(jobnik.task_status(&leased).await, "IN_PROGRESS");
    assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS IN_PROGRESS");
    jobnik.0.complete(&leased).await;
    // And a report here counts for the lease of a native.
    let leased = jobnik.0.lease("any text: /é").await;
    assert_eq!(jobnik.complete(&leased).await["status"], "COMPLETED");
    assert_eq!(jobnik.statuses(&job).await, "COMPLETED COMPLETED");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn what_a_native_hands_back_has_not_begun() {
    let jobnik = Jobnik::start().await;
    let (_, stage) = jobnik.running("resize", 1).await;
    let leased = jobnik.0.lease("resize").await;
    let body = json!({"lease_token": leased["lease_token"]});
    jobnik.0.post(&format!("/v1/tasks/{}/release", id(&leased)), body).await.expect(200);
    let task = jobnik.get("tasks", &leased).await;
    assert_eq!(
        (&task["status"], &task["attempts"], task.get("startTime")),
        (&json!("PENDING"), &json!(0), None)
    );
    assert_eq!(jobnik.summary(&stage).await, "total 1, pending 1");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn no_native_job_takes_the_order_of_a_stage() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    jobnik.stage(&job, "one").await;
    let path = format!("/v1/pipelines/{}/jobs", id(&job));
    let add = |key: &str| jobnik.0.post(&path, json!({"jobs": [{"key": key, "type": "a"}]}));
    for order in ["2", "3", "007"] {
        let problem = add(order).await;
        let problem = problem.problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["pointer"], "/jobs/0/key", "{problem}");
    }
    add("own").await.expect(201);
    assert_eq!(jobnik.stage(&job, "two").await["order"], 2);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_job_that_a_native_has_sealed_ends_with_all_of_its_percentage() {
    let jobnik = Jobnik::start().await;
    let (job, _) = jobnik.running("resize", 2).await;
    jobnik.0.post_empty(&format!("/v1/pipelines/{}/seal", id(&job))).await.expect(200);
    for _ in 0..2 {
        let task = jobnik.dequeue("resize").await;
        jobnik.complete(&task).await;
    }
    assert_eq!(jobnik.statuses(&job).await, "COMPLETED COMPLETED");
    assert_eq!(jobnik.get("jobs", &job).await["percentage"], 100);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_retry_makes_a_failed_job_go_on() {
    let jobnik = Jobnik::start().await;
    let (job, stage) = jobnik.running("resize", 3).await;
    let tasks = [jobnik.dequeue("resize").await, jobnik.dequeue("resize").await];
    jobnik.fail(&tasks[0]).await;
    jobnik.complete(&tasks[1]).await;
    jobnik.0.post(&format!("/v1/pipelines/{}/retry", id(&job)), json!({})).await.expect(200);
    assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS PENDING");
    for _ in 0..2 {
        let task = jobnik.dequeue("resize").await;
        jobnik.complete(&task).await;
    }
    assert_eq!(jobnik.statuses(&job).await, "COMPLETED COMPLETED");
    assert_eq!(jobnik.summary(&stage).await, "total 3, completed 3");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_retry_makes_an_aborted_job_go_on() {
    let jobnik = Jobnik::start().await;
    let (job, stage) = jobnik.running("resize", 2).await;
    jobnik.dequeue("resize").await;
    jobnik.put_job(&job, "ABORTED").await.expect(200);
    jobnik.0.post(&format!("/v1/pipelines/{}/retry", id(&job)), json!({})).await.expect(200);
    for _ in 0..2 {
        let task = jobnik.dequeue("resize").await;
        jobnik.complete(&task).await;
    }
    assert_eq!(jobnik.statuses(&job).await, "COMPLETED COMPLETED");
    assert_eq!(jobnik.summary(&stage).await, "total 2, completed 2");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_skipped_stage_is_aborted_and_the_next_stays_created() {
    let jobnik = Jobnik::start().await;
    let (job, stage) = jobnik.running("one", 1).await;
    jobnik.stage(&job, "two").await;
    jobnik.0.post(&format!("/v1/jobs/{}/skip", id(&stage)), json!({})).await.expect(200);
    let skipped = jobnik.statuses(&job).await;
    assert!(skipped.ends_with(" ABORTED CREATED") && !skipped.starts_with("ABORTED"), "{skipped}");
    illegal(&jobnik.put_stage(&stage).await, "STAGE", "ABORTED", "PENDING");
    jobnik.put_job(&job, "ABORTED").await.expect(200);
    assert_eq!(jobnik.statuses(&job).await, "ABORTED ABORTED CREATED");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_cancelled_task_is_failed_and_counted_as_failed_here_only() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let stage = jobnik.stage(&job, "resize").await;
    let tasks = jobnik.tasks(&stage, 2, 1).await;
    jobnik.0.post(&format!("/v1/tasks/{}/cancel", id(&tasks[0])), json!({})).await.expect(200);
    assert_eq!(jobnik.task_status(&tasks[0]).await, "FAILED");
    assert_eq!(jobnik.summary(&stage).await, "total 2, failed 1, pending 1");
    let native = jobnik.0.get(&format!("/v1/jobs/{}", id(&stage))).await.expect(200);
    assert_eq!((&native["counts"]["cancelled"], &native["counts"]["failed"]), (&json!(1), &json!(0)));
    let task = jobnik.dequeue("resize").await;
    jobnik.complete(&task).await;
    assert_eq!(jobnik.statuses(&job).await, "COMPLETED COMPLETED");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn tasks_that_a_native_adds_join_a_stage_until_it_begins() {
    let jobnik = Jobnik::start().await;
    let (job, stage) = jobnik.running("resize", 1).await;
    let path = format!("/v1/jobs/{}/tasks", id(&stage));
    let add = || jobnik.0.post(&path, json!({"tasks": [{"payload": {"tile": 1}}]}));
    let added = add().await.expect(201);
    assert_eq!(jobnik.summary(&stage).await, "total 2, pending 2");
    let tasks = jobnik.0.get(&format!("{V1}/stages/{}/tasks", id(&stage))).await.expect(200);
    assert_eq!(tasks[1]["id"], added["ids"][0]);
    assert_eq!(
        (&tasks[1]["status"], &tasks[1]["maxAttempts"], &tasks[1]["data"]),
        (&json!("PENDING"), &json!(1), &json!({"tile": 1}))
    );
    let first = jobnik.dequeue("resize").await;
    add().await.problem(409, "job_sealed");
    jobnik.complete(&first).await;
    let second = jobnik.dequeue("resize").await;
    assert_eq!(second["id"], tasks[1]["id"]);
    jobnik.complete(&second).await;
    add().await.problem(409, "job_sealed");
    assert_eq!(jobnik.statuses(&job).await, "COMPLETED COMPLETED");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_native_pause_resume_priority_cancel_and_deletion_show_here() {
    let jobnik = Jobnik::start().await;
    let (job, stage) = jobnik.running("resize", 2).await;
    let path = format!("/v1/pipelines/{}", id(&job));
    jobnik.0.verb(&path, "pause").await;
    assert_eq!(jobnik.statuses(&job).await, "PAUSED PENDING");
    jobnik.expect_nothing("resize").await;
    jobnik.0.verb(&path, "resume").await;
    assert_eq!(jobnik.statuses(&job).await, "PENDING PENDING");
    jobnik.0.patch(&path, json!({"priority": "very_high"})).await.expect(200);
    assert_eq!(jobnik.get("jobs", &job).await["priority"], "VERY_HIGH");
    let task = jobnik.dequeue("resize").await;
    jobnik.0.verb(&path, "cancel").await;
    assert_eq!(jobnik.statuses(&job).await, "ABORTED IN_PROGRESS");
    assert_eq!(jobnik.summary(&stage).await, "total 2, pending 1, inProgress 1");
    illegal(&jobnik.report(&task, "COMPLETED").await, "JOB", "ABORTED", "COMPLETED");
    jobnik.0.delete(&path).await.has(204);
    let gone = jobnik.0.get(&format!("{V1}/jobs/{}", id(&job))).await;
    refused(&gone, 404, "JOB_NOT_FOUND", "JOB_NOT_FOUND");
    jobnik.0.finish().await;
}
