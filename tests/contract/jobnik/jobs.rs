//! `/jobnik/v1/jobs`.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use windlass_tests::{id, text_of};

use super::support::{Jobnik, V1, illegal, invalid, refused};

const NO_TRACE: &str = "00-00000000000000000000000000000000-0000000000000000-00";

#[tokio::test]
async fn a_job_answers_what_it_was_made_of_in_the_order_of_the_contract() {
    let jobnik = Jobnik::start().await;
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let new = r#"{"name":"tiles","data":{"b":-0,"a":1e5},"priority":"HIGH","userMetadata":{"z":1,"a":[]},"traceparent":"PARENT","tracestate":"rojo=1"}"#;
    let answer = jobnik.0.post_text(&format!("{V1}/jobs"), new.replace("PARENT", parent)).await;
    let job = answer.expect(201);
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    let names: Vec<&String> = job.as_object().unwrap().keys().collect();
    let expected = [
        "id",
        "status",
        "percentage",
        "priority",
        "name",
        "traceparent",
        "data",
        "creationTime",
        "userMetadata",
        "updateTime",
        "tracestate",
    ];
    let mut sorted = expected;
    sorted.sort_unstable();
    let mut own = names.clone();
    own.sort_unstable();
    assert_eq!(own, sorted);
    let places: Vec<_> =
        expected.iter().map(|name| answer.text.find(&format!("\"{name}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{}", answer.text);
    assert_eq!(text_of(&answer.text, "data"), r#"{"b":-0,"a":1e5}"#);
    assert_eq!(
        (&job["status"], &job["percentage"], &job["priority"]),
        (&json!("PENDING"), &json!(0), &json!("HIGH"))
    );
    assert_eq!((&job["traceparent"], &job["tracestate"]), (&json!(parent), &json!("rojo=1")));
    let created = job["creationTime"].as_str().unwrap();
    assert_eq!((created.len(), &created[19..20], &created[23..]), (24, ".", "Z"));
    assert_eq!(Uuid::parse_str(id(&job)).unwrap().get_version_num(), 7);
    let read = jobnik.get("jobs", &job).await;
    assert_eq!(read, job);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_job_posted_without_priority_is_medium_and_without_a_trace_shows_zeros() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("plain").await;
    assert_eq!((&job["priority"], &job["userMetadata"]), (&json!("MEDIUM"), &json!({})));
    assert_eq!((&job["traceparent"], job.get("tracestate")), (&json!(NO_TRACE), None));
    let request =
        jobnik.0.request(Method::POST, &format!("{V1}/jobs")).json(&json!({"name": "traced", "data": {}}));
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let traced = jobnik.0.send(request.header("traceparent", parent)).await.expect(201);
    assert_eq!(traced["traceparent"], parent);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn metadata_is_replaced_as_a_whole_in_every_state() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job_with(json!({"name": "tiles", "data": {}, "userMetadata": {"a": 1}})).await;
    let path = format!("{V1}/jobs/{}/user-metadata", id(&job));
    for metadata in [json!({"b": {"c": null}}), json!({})] {
        let done = jobnik.0.patch(&path, metadata.clone()).await.expect(200);
        assert_eq!(done, json!({"code": "JOB_MODIFIED_SUCCESSFULLY"}));
        assert_eq!(jobnik.get("jobs", &job).await["userMetadata"], metadata);
    }
    jobnik.put_job(&job, "ABORTED").await.expect(200);
    jobnik.0.patch(&path, json!({"late": true})).await.expect(200);
    for wrong in [json!([]), json!(null), json!("a")] {
        invalid(&jobnik.0.patch(&path, wrong).await);
    }
    invalid(&jobnik.0.send(jobnik.0.request(Method::PATCH, &path)).await);
    let absent = format!("{V1}/jobs/{}/user-metadata", Uuid::now_v7());
    refused(&jobnik.0.patch(&absent, json!({})).await, 404, "JOB_NOT_FOUND", "JOB_NOT_FOUND");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_priority_is_changed_in_every_state_and_the_same_one_is_204() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let path = format!("{V1}/jobs/{}/priority", id(&job));
    let done = jobnik.0.patch(&path, json!({"priority": "VERY_LOW", "why": "not urgent"})).await.expect(200);
    assert_eq!(done, json!({"code": "JOB_MODIFIED_SUCCESSFULLY"}));
    assert_eq!(jobnik.get("jobs", &job).await["priority"], "VERY_LOW");
    let same = jobnik.0.patch(&path, json!({"priority": "VERY_LOW"})).await;
    assert_eq!((same.status, same.text.as_str()), (204, ""));
    assert_eq!(same.header("reason"), Some("PRIORITY_CANNOT_BE_UPDATED_TO_SAME_VALUE"));
    jobnik.put_job(&job, "ABORTED").await.expect(200);
    jobnik.0.patch(&path, json!({"priority": "HIGH"})).await.expect(200);
    for wrong in [json!({}), json!({"priority": "high"}), json!({"priority": null}), json!([])] {
        invalid(&jobnik.0.patch(&path, wrong).await);
    }
    invalid(&jobnik.0.send(jobnik.0.request(Method::PATCH, &path)).await);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_job_goes_only_where_the_contract_lets_it() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    illegal(&jobnik.put_job(&job, "PENDING").await, "JOB", "PENDING", "PENDING");
    let done = jobnik.put_job(&job, "PAUSED").await.expect(200);
    assert_eq!(done, json!({"code": "JOB_MODIFIED_SUCCESSFULLY"}));
    illegal(&jobnik.put_job(&job, "PAUSED").await, "JOB", "PAUSED", "PAUSED");
    jobnik.put_job(&job, "PENDING").await.expect(200);
    jobnik.put_job(&job, "PAUSED").await.expect(200);
    jobnik.put_job(&job, "ABORTED").await.expect(200);
    for status in ["PENDING", "PAUSED", "ABORTED"] {
        illegal(&jobnik.put_job(&job, status).await, "JOB", "ABORTED", status);
    }
    for wrong in ["COMPLETED", "FAILED", "IN_PROGRESS", "CREATED", "aborted"] {
        invalid(&jobnik.put_job(&job, wrong).await);
    }
    let absent = json!({"id": Uuid::now_v7().to_string()});
    refused(&jobnik.put_job(&absent, "PAUSED").await, 404, "JOB_NOT_FOUND", "JOB_NOT_FOUND");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_job_is_deleted_with_all_below_it_once_it_has_ended() {
    let jobnik = Jobnik::start().await;
    let (job, stage) = jobnik.running("resize", 1).await;
    let path = format!("{V1}/jobs/{}", id(&job));
    refused(&jobnik.0.delete(&path).await, 400, "JOB_NOT_IN_FINITE_STATE", "JOB_NOT_IN_FINITE_STATE");
    let task = jobnik.dequeue("resize").await;
    jobnik.complete(&task).await;
    assert_eq!(jobnik.statuses(&job).await, "COMPLETED COMPLETED");
    assert_eq!(jobnik.0.delete(&path).await.expect(200), json!({"code": "JOB_DELETED_SUCCESSFULLY"}));
    refused(&jobnik.0.delete(&path).await, 404, "JOB_NOT_FOUND", "JOB_NOT_FOUND");
    refused(&jobnik.0.get(&path).await, 404, "JOB_NOT_FOUND", "JOB_NOT_FOUND");
    let stage = jobnik.0.get(&format!("{V1}/stages/{}", id(&stage))).await;
    refused(&stage, 404, "STAGE_NOT_FOUND", "STAGE_NOT_FOUND");
    let task = jobnik.0.get(&format!("{V1}/tasks/{}", id(&task))).await;
    refused(&task, 404, "TASK_NOT_FOUND", "TASK_NOT_FOUND");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn what_is_made_here_is_an_ordinary_pipeline_and_the_other_way_round_nothing() {
    let jobnik = Jobnik::start().await;
    let job =
        jobnik.job_with(json!({"name": "tiles", "data": {"a": 1}, "userMetadata": {"owner": "maps"}})).await;
    jobnik.stage(&job, "resize it").await;
    let second = jobnik.stage(&job, "merge").await;
    jobnik.tasks(&second, 2, 3).await;
    let pipeline = jobnik.0.get(&format!("/v1/pipelines/{}", id(&job))).await.expect(200);
    assert_eq!((&pipeline["name"], &pipeline["metadata"]), (&json!("tiles"), &json!({"owner": "maps"})));
    assert_eq!(pipeline["sealed"], false);
    let native: &Value = &pipeline["jobs"][1];
    assert_eq!((&native["key"], &native["id"]), (&json!("2"), &second["id"]));
    assert_eq!(native["depends_on"], json!([{"job": "1", "when": "succeeded"}]));
    assert_eq!(pipeline["jobs"][0]["type"], "resize it");
    assert_eq!((&native["held"], &native["counts"]["total"]), (&json!(false), &json!(2)));

    let other = jobnik.0.submit(json!([{"key": "a", "type": "native"}])).await;
    let absent = jobnik.0.get(&format!("{V1}/jobs/{}", id(&other))).await;
    refused(&absent, 404, "JOB_NOT_FOUND", "JOB_NOT_FOUND");
    refused(&jobnik.put_job(&other, "ABORTED").await, 404, "JOB_NOT_FOUND", "JOB_NOT_FOUND");
    refused(
        &jobnik.stage_with(&other, json!({"type": "a", "data": {}})).await,
        404,
        "JOB_NOT_FOUND",
        "JOB_NOT_FOUND",
    );
    jobnik.expect_nothing("native").await;
    let listed = jobnik.0.get(&format!("{V1}/jobs")).await.expect(200);
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let stages = jobnik.0.get(&format!("{V1}/stages")).await.expect(200);
    assert_eq!(stages.as_array().unwrap().len(), 2);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn each_change_of_a_job_moves_its_update_time_and_never_its_creation_time() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    assert_eq!(job["updateTime"], job["creationTime"]);
    let stage = jobnik.stage(&job, "resize").await;
    jobnik.tasks(&stage, 1, 1).await;
    let path = format!("{V1}/jobs/{}", id(&job));
    let mut last = job["updateTime"].as_str().unwrap().to_owned();
    for change in ["metadata", "priority", "PAUSED", "PENDING", "dequeue", "complete"] {
        jobnik.0.advance(1).await;
        match change {
            "metadata" => drop(jobnik.0.patch(&format!("{path}/user-metadata"), json!({})).await.expect(200)),
            "priority" => {
                drop(
                    jobnik.0.patch(&format!("{path}/priority"), json!({"priority": "LOW"})).await.expect(200),
                );
            }
            "dequeue" => drop(jobnik.dequeue("resize").await),
            "complete" => {
                let tasks = jobnik.0.get(&format!("{V1}/stages/{}/tasks", id(&stage))).await.expect(200);
                jobnik.complete(&tasks[0]).await;
            }
            status => drop(jobnik.put_job(&job, status).await.expect(200)),
        }
        let now = jobnik.get("jobs", &job).await;
        let updated = now["updateTime"].as_str().unwrap().to_owned();
        assert!(updated > last, "{change}: {updated} after {last}");
        assert_eq!(now["creationTime"], job["creationTime"]);
        last = updated;
    }
    jobnik.0.finish().await;
}
