//! `PATCH /v1/pipelines/{id}` and `DELETE /v1/pipelines/{id}`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id, job};

fn path_of(pipeline: &Value) -> String {
    format!("/v1/pipelines/{}", id(pipeline))
}

#[tokio::test]
async fn a_changed_priority_counts_from_the_next_dequeue_on() {
    let app = TestApp::start().await;
    let first = app.submit(json!([job("a", json!({"payload": "first", "tasks": [{}, {}, {}]}))])).await;
    let second = app.submit(json!([job("a", json!({"payload": "second", "tasks": [{}, {}]}))])).await;
    let next = async || app.lease("a").await["job_payload"].clone();
    assert_eq!(next().await, "first");
    assert_eq!(
        app.patch(&path_of(&second), json!({"priority": "high"})).await.expect(200)["priority"],
        "high"
    );
    assert_eq!(next().await, "second");
    app.patch(&path_of(&first), json!({"priority": "very_high"})).await.expect(200);
    assert_eq!(next().await, "first");
    app.patch(&path_of(&first), json!({"priority": "low"})).await.expect(200);
    app.patch(&path_of(&second), json!({"priority": "low"})).await.expect(200);
    assert_eq!([next().await, next().await], ["first", "second"]);
    app.finish().await;
}

#[tokio::test]
async fn metadata_is_merged() {
    let app = TestApp::start().await;
    let metadata = json!({"same": 1, "gone": 2, "deep": {"same": [1, 2], "gone": null, "changed": {"x": 1}}, "array": [1, 2]});
    let pipeline =
        app.submit_with(json!({"name": "test", "metadata": metadata, "jobs": [job("a", json!({}))]})).await;
    let patch = json!({"gone": null, "never was": null, "new": {"inner": null, "y": 1}, "deep": {"gone": null, "changed": 3}, "array": [3]});
    let patched = app.patch(&path_of(&pipeline), json!({"metadata": patch})).await.expect(200);
    let expected = json!({"same": 1, "deep": {"same": [1, 2], "changed": 3}, "array": [3], "new": {"y": 1}});
    assert_eq!(patched["metadata"], expected);
    assert_eq!(app.pipeline_as_answered(&pipeline).await, patched);
    app.finish().await;
}

#[tokio::test]
async fn a_merge_keeps_what_it_does_not_name_byte_for_byte() {
    let app = TestApp::start().await;
    let body = r#"{"name": "test", "metadata": {"z": 1e100000, "b": -0, "a": {"d": 1.0, "c": "ü"}}, "jobs": [{"key": "a", "type": "a"}]}"#;
    let created = app.post_text("/v1/pipelines", body).await;
    let path = format!("/v1/pipelines/{}", created.has(201).raw("id").trim_matches('"'));
    let request = app.request(reqwest::Method::PATCH, &path).header("content-type", "application/json");
    let patched = app.send(request.body(r#"{"metadata": {"a": {"e": 1E5}}}"#)).await;
    assert_eq!(patched.has(200).raw("metadata"), r#"{"z":1e100000,"b":-0,"a":{"d":1.0,"c":"ü","e":1E5}}"#);
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_can_be_patched_in_every_state() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    app.succeed("a").await;
    let patched = app
        .patch(&path_of(&pipeline), json!({"priority": "low", "metadata": {"note": "done"}}))
        .await
        .expect(200);
    assert_eq!(
        (&patched["state"], &patched["priority"], &patched["metadata"]),
        (&json!("succeeded"), &json!("low"), &json!({"note": "done"}))
    );
    assert_eq!(app.patch(&path_of(&pipeline), json!({})).await.expect(200), patched);
    app.finish().await;
}

#[tokio::test]
async fn a_patch_is_validated_and_changes_nothing_when_refused() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let path = path_of(&pipeline);
    for (patch, pointer) in [
        (json!({"priority": "urgent", "metadata": {"x": 1}}), "/priority"),
        (json!({"priority": "low", "metadata": []}), "/metadata"),
        (json!({"priority": "low", "metadata": null}), "/metadata"),
        (json!({"priority": "low", "name": "other"}), "/name"),
        (json!({"priority": "low", "paused": true}), "/paused"),
        (json!({"metadata": {"x": "\u{0}"}}), "/metadata"),
        (json!({"metadata": {"x": "x".repeat(256 * 1024)}}), "/metadata"),
    ] {
        let found = app.patch(&path, patch).await.invalid();
        assert!(found.len() == 1 && found[0].starts_with(pointer), "{found:?}");
    }
    assert_eq!(app.pipeline_as_answered(&pipeline).await, pipeline);
    app.patch("/v1/pipelines/nope", json!({})).await.problem(404, "pipeline_not_found");
    app.finish().await;
}

#[tokio::test]
async fn merged_metadata_has_up_to_256_kib_as_a_whole() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let half = "x".repeat(130 * 1024);
    app.patch(&path_of(&pipeline), json!({"metadata": {"one": half}})).await.expect(200);
    assert_eq!(
        app.patch(&path_of(&pipeline), json!({"metadata": {"two": half}})).await.invalid(),
        ["/metadata"]
    );
    app.patch(&path_of(&pipeline), json!({"metadata": {"one": null, "two": half}})).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn parallel_patches_lose_none_of_the_merges() {
    let app = TestApp::start_servers(2).await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let patch = |number: usize| {
        let metadata = json!({"metadata": {format!("key-{number}"): number}});
        app.send(app.request_to(number % 2, reqwest::Method::PATCH, &path_of(&pipeline)).json(&metadata))
    };
    for answer in futures_util::future::join_all((0..20).map(patch)).await {
        answer.expect(200);
    }
    let expected: Value = (0..20).map(|number| (format!("key-{number}"), json!(number))).collect();
    assert_eq!(app.pipeline(&pipeline).await["metadata"], expected);
    app.finish().await;
}

#[tokio::test]
async fn an_ended_pipeline_can_be_deleted_with_its_jobs_tasks_and_attempts() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let other = app.submit(json!([job("b", json!({}))])).await;
    let job = app.job_path(&pipeline, "a").await;
    let leased = app.lease("a").await;
    app.complete(&leased).await;
    let deleted = app.delete(&path_of(&pipeline)).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    app.get(&path_of(&pipeline)).await.problem(404, "pipeline_not_found");
    app.get(&format!("{}/jobs/a/results", path_of(&pipeline))).await.problem(404, "pipeline_not_found");
    app.get(&job).await.problem(404, "job_not_found");
    app.get(&format!("/v1/tasks/{}", id(&leased))).await.problem(404, "task_not_found");
    app.get(&format!("/v1/tasks/{}/attempts", id(&leased))).await.problem(404, "task_not_found");
    app.report(&leased, "complete", json!({})).await.problem(404, "task_not_found");
    app.delete(&path_of(&pipeline)).await.problem(404, "pipeline_not_found");
    for verb in ["seal", "cancel", "retry"] {
        app.post_empty(&format!("{}/{verb}", path_of(&pipeline))).await.problem(404, "pipeline_not_found");
    }
    for list in ["/v1/pipelines", "/v1/jobs", "/v1/tasks"] {
        assert_eq!(app.walk(list).await.len(), 1, "{list}");
    }
    eventually("its events stay", || async {
        let page = app.get(&format!("/v1/events?pipeline_id={}", id(&pipeline))).await.expect(200);
        page["items"].as_array().unwrap().first().cloned()
    })
    .await;
    assert_eq!(app.states(&other).await, "pending: b queued");
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_that_has_not_ended_cannot_be_deleted() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    app.delete(&path_of(&pipeline)).await.problem(409, "not_terminal");
    app.lease("a").await;
    app.delete(&path_of(&pipeline)).await.problem(409, "not_terminal");
    app.verb(&path_of(&pipeline), "cancel").await;
    assert_eq!(app.delete(&path_of(&pipeline)).await.status, 204);
    app.delete("/v1/pipelines/nope").await.problem(404, "pipeline_not_found");
    app.finish().await;
}
