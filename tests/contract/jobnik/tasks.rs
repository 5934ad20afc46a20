//! `/jobnik/v1/tasks`, and how they are dequeued and reported.

use serde_json::json;
use uuid::Uuid;
use windlass_tests::id;

use super::support::{Jobnik, V1, illegal, invalid, refused};

#[tokio::test]
async fn a_task_answers_what_it_was_made_of_in_the_order_of_the_contract() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let stage = jobnik.stage(&job, "resize").await;
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let new = json!([{"data": {"tile": 1}, "userMetadata": {"m": 2}, "maxAttempts": 3, "traceparent": parent, "tracestate": "a=1"}, {"data": {}}]);
    let answer = jobnik.add_tasks(&stage, new).await;
    let tasks = answer.expect(201);
    let names = [
        "id",
        "status",
        "stageId",
        "attempts",
        "maxAttempts",
        "traceparent",
        "data",
        "userMetadata",
        "updateTime",
        "creationTime",
        "tracestate",
    ];
    let places: Vec<_> =
        names.iter().map(|name| answer.text.find(&format!("\"{name}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{}", answer.text);
    assert_eq!(tasks[0].as_object().unwrap().len(), names.len());
    assert_eq!(
        (&tasks[0]["status"], &tasks[0]["attempts"], &tasks[0]["maxAttempts"]),
        (&json!("PENDING"), &json!(0), &json!(3))
    );
    assert_eq!((&tasks[1]["maxAttempts"], tasks[1].get("tracestate")), (&json!(1), None));

    let leased = jobnik.dequeue("resize").await;
    assert_eq!(
        (&leased["id"], &leased["status"], &leased["attempts"]),
        (&tasks[0]["id"], &json!("IN_PROGRESS"), &json!(0))
    );
    assert_eq!((&leased["data"], &leased["userMetadata"]), (&json!({"tile": 1}), &json!({"m": 2})));
    assert_eq!((&leased["traceparent"], &leased["tracestate"]), (&json!(parent), &json!("a=1")));
    assert_eq!((&leased["startTime"], leased.get("endTime")), (&leased["updateTime"], None));
    assert_eq!(jobnik.get("tasks", &leased).await, leased);
    let done = jobnik.complete(&leased).await;
    assert_eq!(
        (&done["status"], &done["attempts"], &done["startTime"]),
        (&json!("COMPLETED"), &json!(0), &leased["startTime"])
    );
    assert_eq!(done["endTime"], done["updateTime"]);
    assert_eq!(jobnik.get("tasks", &leased).await, done);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_failed_attempt_is_retried_at_once_until_none_remains() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let stage = jobnik.stage(&job, "resize").await;
    jobnik.tasks(&stage, 1, 3).await;
    let mut starts = Vec::new();
    for failed in 1..=2 {
        let task = jobnik.dequeue("resize").await;
        assert_eq!(task["attempts"], failed - 1);
        starts.push(task["startTime"].clone());
        let retried = jobnik.fail(&task).await;
        assert_eq!((&retried["status"], &retried["attempts"]), (&json!("RETRIED"), &json!(failed)));
        assert_eq!((&retried["startTime"], retried.get("endTime")), (&task["startTime"], None));
        assert_eq!(jobnik.get("tasks", &task).await, retried);
        assert_eq!(jobnik.summary(&stage).await, "total 1, retried 1");
        assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS IN_PROGRESS");
    }
    let task = jobnik.dequeue("resize").await;
    let failed = jobnik.fail(&task).await;
    assert_eq!(
        (&failed["status"], &failed["attempts"], &failed["maxAttempts"]),
        (&json!("FAILED"), &json!(3), &json!(3))
    );
    assert_eq!(jobnik.get("tasks", &task).await, failed);
    assert_eq!(jobnik.statuses(&job).await, "FAILED FAILED");
    assert_eq!(jobnik.summary(&stage).await, "total 1, failed 1");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn attempts_are_of_each_task_by_itself() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let stage = jobnik.stage(&job, "resize").await;
    let new = json!([{"data": {}, "maxAttempts": 2}, {"data": {}, "maxAttempts": 2_147_483_647}]);
    jobnik.add_tasks(&stage, new).await.expect(201);
    for expected in ["RETRIED", "RETRIED", "FAILED"] {
        let task = jobnik.dequeue("resize").await;
        assert_eq!(jobnik.fail(&task).await["status"], expected);
    }
    jobnik.expect_nothing("resize").await;
    assert_eq!(jobnik.summary(&stage).await, "total 2, failed 1, retried 1");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_task_without_a_lease_takes_no_report() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let stage = jobnik.stage(&job, "resize").await;
    let tasks = jobnik.tasks(&stage, 1, 2).await;
    illegal(&jobnik.report(&tasks[0], "COMPLETED").await, "TASK", "PENDING", "COMPLETED");
    illegal(&jobnik.report(&tasks[0], "FAILED").await, "TASK", "PENDING", "RETRIED");
    let task = jobnik.dequeue("resize").await;
    jobnik.complete(&task).await;
    illegal(&jobnik.report(&task, "FAILED").await, "TASK", "COMPLETED", "RETRIED");
    let path = format!("{V1}/tasks/{}/status", id(&task));
    for wrong in [json!({"status": "RETRIED"}), json!({"status": "PENDING"}), json!({}), json!([])] {
        invalid(&jobnik.0.put(&path, wrong).await);
    }
    let absent = json!({"id": Uuid::now_v7().to_string()});
    refused(&jobnik.report(&absent, "COMPLETED").await, 404, "TASK_NOT_FOUND", "TASK_NOT_FOUND");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn metadata_of_a_task_is_replaced() {
    let jobnik = Jobnik::start().await;
    let (_, stage) = jobnik.running("resize", 1).await;
    let task = jobnik.dequeue("resize").await;
    let path = format!("{V1}/tasks/{}/user-metadata", id(&task));
    let done = jobnik.0.patch(&path, json!({"seen": true})).await.expect(200);
    assert_eq!(done, json!({"code": "TASK_MODIFIED_SUCCESSFULLY"}));
    assert_eq!(jobnik.get("tasks", &task).await["userMetadata"], json!({"seen": true}));
    let listed = jobnik.0.get(&format!("{V1}/stages/{}/tasks", id(&stage))).await.expect(200);
    assert_eq!(listed[0]["userMetadata"], json!({"seen": true}));
    jobnik.0.finish().await;
}
