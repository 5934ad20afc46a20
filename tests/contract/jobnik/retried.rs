//! RETRIED beside what a retry by `/v1` takes back: tasks that a completion had added to a stage go, and those that stay are counted as they show.

use serde_json::{Value, json};
use windlass_tests::id;

use super::support::{Jobnik, V1, refused};

/// A job whose first stage has added two tasks to the second, which has one of its own.
async fn grown(jobnik: &Jobnik) -> (Value, [Value; 2]) {
    let job = jobnik.job("tiles").await;
    let stages = [jobnik.stage(&job, "one").await, jobnik.stage(&job, "two").await];
    jobnik.tasks(&stages[0], 1, 1).await;
    jobnik.tasks(&stages[1], 1, 3).await;
    let leased = jobnik.0.lease("one").await;
    let added = json!([{"job": "2", "tasks": [{}, {}], "seal": false}]);
    jobnik.0.report(&leased, "complete", json!({"add_tasks": added})).await.expect(200);
    assert_eq!(jobnik.summary(&stages[1]).await, "total 3, pending 3");
    (job, stages)
}

/// Has the second stage fail, and come back: its own task and an added one are RETRIED, the other added one was never dequeued.
async fn retried(jobnik: &Jobnik) -> (Value, [Value; 2], Value) {
    let (job, stages) = grown(jobnik).await;
    let own = jobnik.dequeue("two").await;
    assert_eq!(jobnik.fail(&own).await["status"], "RETRIED");
    let added = jobnik.dequeue("two").await;
    assert_eq!(jobnik.fail(&added).await["status"], "FAILED");
    assert_eq!(jobnik.statuses(&job).await, "FAILED COMPLETED FAILED");
    assert_eq!(jobnik.summary(&stages[1]).await, "total 3, failed 1, pending 1, retried 1");
    jobnik.0.post(&format!("/v1/pipelines/{}/retry", id(&job)), json!({})).await.expect(200);
    assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS COMPLETED PENDING");
    assert_eq!(jobnik.summary(&stages[1]).await, "total 3, pending 1, retried 2");
    (job, stages, own)
}

async fn run_first_again(jobnik: &Jobnik, stages: &[Value; 2]) {
    let path = format!("/v1/jobs/{}/retry", id(&stages[0]));
    jobnik.0.post(&path, json!({"scope": "all"})).await.expect(200);
}

async fn finish_both(jobnik: &Jobnik, job: &Value) {
    for kind in ["one", "two"] {
        let task = jobnik.dequeue(kind).await;
        jobnik.complete(&task).await;
        jobnik.expect_nothing(kind).await;
    }
    assert_eq!(jobnik.statuses(job).await, "COMPLETED COMPLETED COMPLETED");
    assert_eq!(jobnik.get("jobs", job).await["percentage"], 100);
}

#[tokio::test]
async fn what_is_taken_back_of_a_stage_that_waits_again_is_retried_no_more() {
    let jobnik = Jobnik::start().await;
    let (job, stages, own) = retried(&jobnik).await;
    run_first_again(&jobnik, &stages).await;
    assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS PENDING CREATED");
    assert_eq!(jobnik.summary(&stages[1]).await, "total 1, retried 1");
    let listed = jobnik.0.get(&format!("{V1}/tasks?stage_type=two&status=RETRIED")).await.expect(200);
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["id"]), (1, &own["id"]));
    finish_both(&jobnik, &job).await;
    jobnik.0.finish().await;
}

#[tokio::test]
async fn what_is_taken_back_of_a_stage_that_has_begun_leaves_the_others_as_they_are() {
    let jobnik = Jobnik::start().await;
    let (job, stages, own) = retried(&jobnik).await;
    let running = jobnik.dequeue("two").await;
    assert_eq!(running["id"], own["id"]);
    assert_eq!(jobnik.summary(&stages[1]).await, "total 3, pending 1, retried 1, inProgress 1");
    run_first_again(&jobnik, &stages).await;
    assert_eq!(jobnik.summary(&stages[1]).await, "total 1, inProgress 1");
    assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS PENDING IN_PROGRESS");
    assert_eq!(jobnik.fail(&running).await["status"], "RETRIED");
    assert_eq!(jobnik.summary(&stages[1]).await, "total 1, retried 1");
    finish_both(&jobnik, &job).await;
    jobnik.0.finish().await;
}

#[tokio::test]
async fn what_is_taken_back_while_it_runs_is_not_found() {
    let jobnik = Jobnik::start().await;
    let (job, stages, own) = retried(&jobnik).await;
    let (running, added) = (jobnik.dequeue("two").await, jobnik.dequeue("two").await);
    assert_eq!((&running["id"], &added["attempts"]), (&own["id"], &json!(1)));
    run_first_again(&jobnik, &stages).await;
    let absent = "TASK_NOT_FOUND";
    refused(&jobnik.report(&added, "COMPLETED").await, 404, absent, absent);
    refused(&jobnik.0.get(&format!("{V1}/tasks/{}", id(&added))).await, 404, absent, absent);
    let listed = jobnik.0.get(&format!("{V1}/stages/{}/tasks", id(&stages[1]))).await.expect(200);
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["id"]), (1, &own["id"]));
    let task = jobnik.dequeue("one").await;
    jobnik.complete(&task).await;
    jobnik.complete(&running).await;
    assert_eq!(jobnik.statuses(&job).await, "COMPLETED COMPLETED COMPLETED");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn what_was_retried_when_all_runs_again_has_its_attempts_again() {
    let jobnik = Jobnik::start().await;
    let (job, stages, own) = retried(&jobnik).await;
    let path = format!("/v1/jobs/{}/retry", id(&stages[0]));
    jobnik.0.post(&path, json!({"scope": "all", "descendants": true})).await.expect(200);
    assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS PENDING CREATED");
    let task = jobnik.get("tasks", &own).await;
    assert_eq!(
        (&task["status"], &task["attempts"], &task["maxAttempts"]),
        (&json!("RETRIED"), &json!(1), &json!(4))
    );
    finish_both(&jobnik, &job).await;
    jobnik.0.finish().await;
}
