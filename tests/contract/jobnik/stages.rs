//! `/jobnik/v1/stages`.

use serde_json::json;
use uuid::Uuid;
use windlass_tests::id;

use super::support::{Jobnik, V1, illegal, invalid, refused};

#[tokio::test]
async fn a_stage_answers_what_it_was_made_of_in_the_order_of_the_contract() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let answer = jobnik
        .stage_with(&job, json!({"type": "résize /x", "data": {"zoom": 7}, "startAsWaiting": false}))
        .await;
    let stage = answer.expect(201);
    let names = [
        "id",
        "jobId",
        "order",
        "percentage",
        "summary",
        "total",
        "failed",
        "created",
        "pending",
        "retried",
        "completed",
        "inProgress",
        "status",
        "type",
        "traceparent",
        "data",
        "userMetadata",
    ];
    let places: Vec<_> =
        names.iter().map(|name| answer.text.find(&format!("\"{name}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{}", answer.text);
    assert_eq!(stage.as_object().unwrap().len(), 10);
    assert_eq!(
        (&stage["jobId"], &stage["order"], &stage["status"]),
        (&job["id"], &json!(1), &json!("PENDING"))
    );
    assert_eq!((&stage["type"], &stage["data"]), (&json!("résize /x"), &json!({"zoom": 7})));
    assert_eq!(jobnik.get("stages", &stage).await, stage);
    let tasks = jobnik.tasks(&stage, 2, 1).await;
    let with =
        jobnik.0.get(&format!("{V1}/stages/{}?should_return_tasks=true", id(&stage))).await.expect(200);
    assert_eq!(with["tasks"], json!(tasks));
    assert_eq!(jobnik.dequeue("r%C3%A9size%20%2Fx").await["id"], tasks[0]["id"]);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn stages_run_one_after_the_other_and_the_job_ends_with_the_last() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    for kind in ["one", "two", "three"] {
        let stage = jobnik.stage(&job, kind).await;
        jobnik.tasks(&stage, 2, 1).await;
    }
    assert_eq!(jobnik.statuses(&job).await, "PENDING PENDING CREATED CREATED");
    jobnik.expect_nothing("two").await;
    let mut percentages = Vec::new();
    for kind in ["one", "two", "three"] {
        for _ in 0..2 {
            let task = jobnik.dequeue(kind).await;
            jobnik.complete(&task).await;
        }
        percentages.push(jobnik.get("jobs", &job).await["percentage"].clone());
    }
    assert_eq!(percentages, [33, 66, 100]);
    assert_eq!(jobnik.statuses(&job).await, "COMPLETED COMPLETED COMPLETED COMPLETED");
    let pipeline = jobnik.0.pipeline(&job).await;
    assert_eq!((&pipeline["state"], &pipeline["sealed"]), (&json!("succeeded"), &json!(true)));
    refused(
        &jobnik.stage_with(&job, json!({"type": "four", "data": {}})).await,
        400,
        "JOB_IN_FINITE_STATE",
        "JOB_ALREADY_FINISHED_STAGES_ERROR",
    );
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_stage_without_tasks_never_ends_and_takes_them_later() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let first = jobnik.stage(&job, "one").await;
    let second = jobnik.stage(&job, "two").await;
    jobnik.tasks(&second, 1, 1).await;
    assert_eq!(jobnik.statuses(&job).await, "PENDING PENDING CREATED");
    jobnik.tasks(&first, 1, 1).await;
    let task = jobnik.dequeue("one").await;
    jobnik.complete(&task).await;
    assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS COMPLETED PENDING");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_waiting_stage_is_let_go_once_the_one_before_is_completed() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let first = jobnik.stage(&job, "one").await;
    let waiting =
        jobnik.stage_with(&job, json!({"type": "two", "data": {}, "startAsWaiting": true})).await.expect(201);
    assert_eq!(waiting["status"], "WAITING");
    jobnik.tasks(&waiting, 1, 1).await;
    let native = jobnik.0.get(&format!("/v1/jobs/{}", id(&waiting))).await.expect(200);
    assert_eq!((&native["state"], &native["held"]), (&json!("pending"), &json!(true)));
    let previous = "Previous stage is not COMPLETED";
    refused(&jobnik.put_stage(&waiting).await, 400, "ILLEGAL_STAGE_STATUS_TRANSITION", previous);
    jobnik.tasks(&first, 1, 1).await;
    let task = jobnik.dequeue("one").await;
    jobnik.complete(&task).await;
    assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS COMPLETED WAITING");
    jobnik.expect_nothing("two").await;
    assert_eq!(jobnik.put_stage(&waiting).await.expect(200), json!({"code": "STAGE_MODIFIED_SUCCESSFULLY"}));
    jobnik.put_stage(&waiting).await.expect(200);
    let task = jobnik.dequeue("two").await;
    illegal(&jobnik.put_stage(&waiting).await, "STAGE", "IN_PROGRESS", "PENDING");
    jobnik.complete(&task).await;
    illegal(&jobnik.put_stage(&waiting).await, "STAGE", "COMPLETED", "PENDING");
    assert_eq!(jobnik.statuses(&job).await, "COMPLETED COMPLETED COMPLETED");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_first_stage_that_waits_is_let_go_by_itself_or_by_a_native_resume() {
    let jobnik = Jobnik::start().await;
    for native in [false, true] {
        let job = jobnik.job("tiles").await;
        let new = json!({"type": "first", "data": {}, "startAsWaiting": true});
        let stage = jobnik.stage_with(&job, new).await.expect(201);
        jobnik.tasks(&stage, 1, 1).await;
        jobnik.expect_nothing("first").await;
        if native {
            jobnik.0.post_empty(&format!("/v1/jobs/{}/resume", id(&stage))).await.expect(200);
        } else {
            jobnik.put_stage(&stage).await.expect(200);
        }
        let task = jobnik.dequeue("first").await;
        jobnik.complete(&task).await;
    }
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_status_of_a_stage_is_pending_or_refused() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let first = jobnik.stage(&job, "one").await;
    let second = jobnik.stage(&job, "two").await;
    jobnik.put_stage(&first).await.expect(200);
    let previous = "Previous stage is not COMPLETED";
    refused(&jobnik.put_stage(&second).await, 400, "ILLEGAL_STAGE_STATUS_TRANSITION", previous);
    let path = format!("{V1}/stages/{}/status", id(&first));
    for wrong in [json!({"status": "WAITING"}), json!({"status": "ABORTED"}), json!({})] {
        invalid(&jobnik.0.put(&path, wrong).await);
    }
    let absent = json!({"id": Uuid::now_v7().to_string()});
    refused(&jobnik.put_stage(&absent).await, 404, "STAGE_NOT_FOUND", "STAGE_NOT_FOUND");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn tasks_are_added_until_the_first_is_dequeued() {
    let jobnik = Jobnik::start().await;
    let (job, stage) = jobnik.running("resize", 1).await;
    jobnik.tasks(&stage, 1, 1).await;
    let first = jobnik.dequeue("resize").await;
    let begun = "NOT_ALLOWED_TO_ADD_TASKS_TO_IN_PROGRESS_STAGE";
    refused(&jobnik.add_tasks(&stage, json!([{"data": {}}])).await, 400, begun, "ADD_TASK_NOT_ALLOWED");
    jobnik.complete(&first).await;
    refused(&jobnik.add_tasks(&stage, json!([{"data": {}}])).await, 400, begun, "ADD_TASK_NOT_ALLOWED");
    let second = jobnik.dequeue("resize").await;
    jobnik.complete(&second).await;
    let ended = "STAGE_ALREADY_FINISHED_TASKS_ERROR";
    refused(&jobnik.add_tasks(&stage, json!([{"data": {}}])).await, 400, "STAGE_IN_FINITE_STATE", ended);
    assert_eq!(jobnik.statuses(&job).await, "COMPLETED COMPLETED");
    let absent = json!({"id": Uuid::now_v7().to_string()});
    refused(
        &jobnik.add_tasks(&absent, json!([{"data": {}}])).await,
        404,
        "STAGE_NOT_FOUND",
        "STAGE_NOT_FOUND",
    );
    jobnik.0.finish().await;
}

#[tokio::test]
async fn the_percentage_of_a_stage_is_cut_and_its_summary_counts() {
    let jobnik = Jobnik::start().await;
    let (_, stage) = jobnik.running("resize", 3).await;
    assert_eq!(jobnik.summary(&stage).await, "total 3, pending 3");
    let task = jobnik.dequeue("resize").await;
    assert_eq!(jobnik.summary(&stage).await, "total 3, pending 2, inProgress 1");
    jobnik.complete(&task).await;
    assert_eq!(jobnik.summary(&stage).await, "total 3, pending 2, completed 1");
    assert_eq!(jobnik.get("stages", &stage).await["percentage"], 33);
    let path = format!("{V1}/stages/{}/user-metadata", id(&stage));
    let done = jobnik.0.patch(&path, json!({"a": 1})).await.expect(200);
    assert_eq!(done, json!({"code": "STAGE_MODIFIED_SUCCESSFULLY"}));
    assert_eq!(jobnik.get("stages", &stage).await["userMetadata"], json!({"a": 1}));
    jobnik.0.finish().await;
}

#[tokio::test]
async fn the_percentage_of_a_job_is_that_of_its_last_completed_stage_until_the_next() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    for kind in ["one", "two"] {
        let stage = jobnik.stage(&job, kind).await;
        jobnik.tasks(&stage, 2, 1).await;
    }
    let percentage = async || jobnik.get("jobs", &job).await["percentage"].clone();
    let task = jobnik.dequeue("one").await;
    jobnik.complete(&task).await;
    assert_eq!(percentage().await, 0, "tasks do not move it");
    let task = jobnik.dequeue("one").await;
    jobnik.complete(&task).await;
    assert_eq!(percentage().await, 50);
    let third = jobnik.stage(&job, "three").await;
    jobnik.tasks(&third, 1, 1).await;
    assert_eq!(percentage().await, 50, "nor does a stage that is added");
    for _ in 0..2 {
        let task = jobnik.dequeue("two").await;
        jobnik.complete(&task).await;
    }
    assert_eq!(percentage().await, 66);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_stage_has_a_trace_context_of_its_own() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let new = json!({"type": "one", "data": {}, "userMetadata": {"m": 1}, "traceparent": parent, "tracestate": "a=1"});
    let stage = jobnik.stage_with(&job, new).await.expect(201);
    assert_eq!((&stage["traceparent"], &stage["tracestate"]), (&json!(parent), &json!("a=1")));
    assert_eq!(stage["userMetadata"], json!({"m": 1}));
    assert_eq!(jobnik.get("stages", &stage).await, stage);
    assert_eq!(jobnik.stage(&job, "two").await.get("tracestate"), None);
    jobnik.0.finish().await;
}
