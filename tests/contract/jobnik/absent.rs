//! What was not made here is not here: no such id, one of another kind, or one of what `/v1` made.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;
use windlass_tests::id;

use super::support::{Jobnik, V1, invalid, refused};

/// Every call that has an id in its path: with a body that is right, and what is not found.
fn calls() -> Vec<(Method, &'static str, Option<Value>, &'static str)> {
    let (job, stage, task) = ("JOB_NOT_FOUND", "STAGE_NOT_FOUND", "TASK_NOT_FOUND");
    let (paused, pending) = (json!({"status": "PAUSED"}), json!({"status": "PENDING"}));
    vec![
        (Method::GET, "jobs/ID", None, job),
        (Method::GET, "jobs/ID?should_return_stages=true", None, job),
        (Method::DELETE, "jobs/ID", None, job),
        (Method::PATCH, "jobs/ID/user-metadata", Some(json!({})), job),
        (Method::PATCH, "jobs/ID/priority", Some(json!({"priority": "LOW"})), job),
        (Method::PUT, "jobs/ID/status", Some(paused), job),
        (Method::GET, "jobs/ID/stages", None, job),
        (Method::POST, "jobs/ID/stage", Some(json!({"type": "a", "data": {}})), job),
        (Method::GET, "stages/ID", None, stage),
        (Method::GET, "stages/ID?should_return_tasks=true", None, stage),
        (Method::GET, "stages/ID/summary", None, stage),
        (Method::PATCH, "stages/ID/user-metadata", Some(json!({})), stage),
        (Method::PUT, "stages/ID/status", Some(pending), stage),
        (Method::GET, "stages/ID/tasks", None, stage),
        (Method::POST, "stages/ID/tasks", Some(json!([{"data": {}}])), stage),
        (Method::GET, "tasks/ID", None, task),
        (Method::PATCH, "tasks/ID/user-metadata", Some(json!({})), task),
        (Method::PUT, "tasks/ID/status", Some(json!({"status": "COMPLETED"})), task),
    ]
}

#[tokio::test]
async fn each_call_on_what_is_not_there_is_404_and_repeats_its_code_as_message() {
    let jobnik = Jobnik::start().await;
    let native = jobnik.0.submit(json!([{"key": "a", "type": "native"}])).await;
    let native_job = jobnik.0.job(&native, "a").await;
    let native_task = jobnik.0.lease("native").await;
    let (job, stage) = jobnik.running("resize", 1).await;
    let task = jobnik.dequeue("resize").await;
    let own = [("jobs", id(&job)), ("stages", id(&stage)), ("tasks", id(&task))];
    let absent = Uuid::now_v7().to_string();
    let everywhere = [absent.as_str(), id(&native), id(&native_job), id(&native_task)];
    for (method, path, body, code) in calls() {
        let others = own.iter().filter(|(kind, _)| !path.starts_with(kind)).map(|(_, id)| *id);
        for id in everywhere.into_iter().chain(others) {
            let path = format!("{V1}/{}", path.replace("ID", id));
            let request = jobnik.0.request(method.clone(), &path);
            let request = body.iter().fold(request, RequestBuilder::json);
            refused(&jobnik.0.send(request).await, 404, code, code);
        }
    }
    for list in [
        format!("stages?job_id={}", id(&native)),
        format!("tasks?stage_id={}", id(&native_job)),
        "stages?stage_type=native".to_owned(),
        "tasks?stage_type=native".to_owned(),
    ] {
        assert_eq!(jobnik.0.get(&format!("{V1}/{list}")).await.expect(200), json!([]), "{list}");
    }
    assert_eq!(jobnik.0.states(&native).await, "running: a running");
    assert_eq!(jobnik.statuses(&job).await, "IN_PROGRESS IN_PROGRESS");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn each_id_in_a_path_is_a_uuid() {
    let jobnik = Jobnik::start().await;
    for (method, path, body, _) in calls() {
        let name = match &path[..4] {
            "jobs" => "jobId",
            "stag" => "stageId",
            _ => "taskId",
        };
        for wrong in ["1", "%00", "%FF", "0193c5a87d5e7000800000000000000a", "..%2Fjobs"] {
            let path = format!("{V1}/{}", path.replace("ID", wrong));
            let request = jobnik.0.request(method.clone(), &path);
            let request = body.iter().fold(request, RequestBuilder::json);
            let message = invalid(&jobnik.0.send(request).await);
            assert_eq!(message, format!("request/params/{name} must match format \"uuid\""), "{path}");
        }
    }
    let (job, _) = jobnik.running("resize", 1).await;
    let path = format!("{V1}/jobs/{}", id(&job).to_uppercase());
    assert_eq!(jobnik.0.get(&path).await.expect(200)["id"], job["id"]);
    jobnik.0.abandon().await;
}
