//! `types` narrows `work` and `produce`.

use serde_json::{Value, json};
use windlass_store::testing_keys::TestKey;
use windlass_tests::{Calls, TestApp, id, pointers};

/// A key that is narrowed to `a` and what begins with `r-`.
async fn narrowed(app: &TestApp, scopes: &[&str]) -> String {
    app.make_key(&TestKey { name: "narrowed", scopes, types: Some(&["a", "r-*"]), ..TestKey::default() })
        .await
}

#[track_caller]
fn forbidden(answer: &windlass_tests::Answer) -> Vec<String> {
    pointers(&answer.problem(403, "forbidden"))
}

async fn pipeline(calls: Calls<'_>, jobs: Value) -> Value {
    calls.post("/v1/pipelines", json!({"name": "p", "sealed": false, "jobs": jobs})).await.expect(201)
}

async fn lease(calls: Calls<'_>, kind: &str) -> Value {
    let asked = json!({"types": [kind], "worker_id": "w"});
    calls.post("/v1/tasks/dequeue", asked).await.expect(200)["tasks"][0].clone()
}

#[tokio::test]
async fn a_dequeue_that_asks_for_another_type_is_403_with_a_pointer_at_each() {
    let app = TestApp::start_with_keys().await;
    let key = narrowed(&app, &["work"]).await;
    let ask =
        |types: Value| app.calls(&*key).post("/v1/tasks/dequeue", json!({"types": types, "worker_id": "w"}));
    ask(json!(["a", "r-1", "r-"])).await.expect(200);
    assert_eq!(forbidden(&ask(json!(["b", "a", "r", "r-*"])).await), ["/types/0", "/types/2"]);
    assert_eq!(ask(json!(["b", ""])).await.invalid(), ["/types/1"], "after 422");
    app.finish().await;
}

#[tokio::test]
async fn a_job_that_is_created_with_another_type_is_403_with_a_pointer_at_each() {
    let app = TestApp::start_with_keys().await;
    let (key, admin) = (narrowed(&app, &["produce"]).await, app.key("admin", &["admin"]).await);
    let calls = app.calls(&*key);
    calls.post("/v1/jobs", json!({"type": "r-x"})).await.expect(201);
    assert_eq!(forbidden(&calls.post("/v1/jobs", json!({"type": "b"})).await), ["/type"]);
    let job = |key: &str, kind: &str| json!({"key": key, "type": kind});
    let jobs = json!([job("1", "b"), job("2", "a"), job("3", "c")]);
    let refused = calls.post("/v1/pipelines", json!({"name": "p", "jobs": jobs})).await;
    assert_eq!(forbidden(&refused), ["/jobs/0/type", "/jobs/2/type"]);
    let made = pipeline(app.calls(&*admin), json!([job("old", "z")])).await;
    let path = format!("/v1/pipelines/{}/jobs", id(&made));
    assert_eq!(forbidden(&calls.post(&path, json!({"jobs": jobs})).await), ["/jobs/0/type", "/jobs/2/type"]);
    calls.post(&path, json!({"jobs": [job("2", "a")]})).await.expect(201);
    assert_eq!(app.calls(&*admin).get("/v1/jobs").await.expect(200)["items"].as_array().unwrap().len(), 3);
    app.finish().await;
}

#[tokio::test]
async fn of_jobs_that_are_created_in_a_batch_those_of_another_type_are_403_and_the_others_are_made() {
    let app = TestApp::start_with_keys().await;
    let key = narrowed(&app, &["produce"]).await;
    let jobs = json!({"jobs": [{"type": "b"}, {"type": "a"}, {"type": "r-x"}]});
    let results = app.calls(&*key).post("/v1/jobs/batch", jobs).await.expect(200)["results"].clone();
    assert_eq!(results[0]["problem"]["code"], "forbidden");
    assert_eq!(pointers(&results[0]["problem"]), ["/jobs/0/type"]);
    assert_eq!((&results[1]["job"]["type"], &results[2]["job"]["type"]), (&json!("a"), &json!("r-x")));
    app.finish().await;
}

#[tokio::test]
async fn a_run_of_a_template_with_a_job_of_another_type_is_403_with_a_pointer_at_each() {
    let app = TestApp::start_with_keys().await;
    let (key, admin) = (narrowed(&app, &["produce"]).await, app.key("admin", &["admin"]).await);
    let jobs = json!([{"key": "1", "type": "{{ kind }}"}, {"key": "2", "type": "a"}]);
    let parameters = json!({"properties": {"kind": {"type": "string", "default": "b"}}});
    let template = json!({"parameters": parameters, "pipeline": {"name": "p", "jobs": jobs}});
    app.calls(&*admin).put("/v1/templates/t", template).await.expect(201);
    let run = |body: Value| app.calls(&*key).post("/v1/templates/t/pipelines", body);
    assert_eq!(forbidden(&run(json!({})).await), ["/jobs/0/type"]);
    assert_eq!(run(json!({"parameters": {"kind": "b c"}})).await.invalid(), ["/jobs/0/type"], "after 422");
    run(json!({"parameters": {"kind": "r-1"}})).await.expect(201);
    run(json!({"parameters": {"kind": "b"}, "version": 2})).await.invalid();
    assert_eq!(
        app.calls(&*admin).get("/v1/pipelines").await.expect(200)["items"].as_array().unwrap().len(),
        1
    );
    app.finish().await;
}

#[tokio::test]
async fn tasks_that_are_added_to_a_job_of_another_type_are_403() {
    let app = TestApp::start_with_keys().await;
    let (key, admin) = (narrowed(&app, &["produce"]).await, app.key("admin", &["admin"]).await);
    let open = |key: &str, kind: &str| json!({"key": key, "type": kind, "sealed": false});
    let made = pipeline(app.calls(&*admin), json!([open("mine", "a"), open("other", "b")])).await;
    let tasks = |at: usize| format!("/v1/jobs/{}/tasks", id(&made["jobs"][at]));
    app.calls(&*key).post(&tasks(0), json!({"tasks": [{}]})).await.expect(201);
    assert_eq!(forbidden(&app.calls(&*key).post(&tasks(1), json!({"tasks": [{}]})).await), ["/tasks"]);
    let missing = format!("/v1/jobs/{}/tasks", uuid::Uuid::now_v7());
    app.calls(&*key).post(&missing, json!({"tasks": [{}]})).await.problem(404, "job_not_found");
    app.finish().await;
}

#[tokio::test]
async fn add_tasks_of_another_type_is_403_alone_and_per_item_of_a_batch() {
    let app = TestApp::start_with_keys().await;
    let (key, admin) = (narrowed(&app, &["work"]).await, app.key("admin", &["admin"]).await);
    let (few, all) = (app.calls(&*key), app.calls(&*admin));
    let open = |key: &str, kind: &str| json!({"key": key, "type": kind, "sealed": false});
    let start = json!({"key": "start", "type": "a", "tasks": [{}, {}]});
    let made = pipeline(all, json!([start, open("mine", "r-1"), open("other", "b")])).await;
    let (first, second) = (lease(few, "a").await, lease(few, "a").await);
    let add = |leased: &Value, jobs: &[&str]| {
        let added: Vec<Value> = jobs.iter().map(|job| json!({"job": job, "tasks": [{}]})).collect();
        json!({"id": leased["id"], "lease_token": leased["lease_token"], "add_tasks": added})
    };
    let mut alone = add(&first, &["mine", "other"]);
    alone.as_object_mut().unwrap().remove("id");
    let path = format!("/v1/tasks/{}/complete", id(&first));
    assert_eq!(forbidden(&few.post(&path, alone).await), ["/add_tasks/1/job"]);
    let mut unknown = add(&first, &["ghost", "other"]);
    unknown.as_object_mut().unwrap().remove("id");
    assert_eq!(few.post(&path, unknown).await.invalid(), ["/add_tasks/0/job"], "after 422");
    let batch = json!({"tasks": [add(&first, &["other"]), add(&second, &["mine"])]});
    let results = few.post("/v1/tasks/complete", batch).await.expect(200)["results"].clone();
    assert_eq!(results[0]["problem"]["code"], "forbidden");
    assert_eq!(pointers(&results[0]["problem"]), ["/tasks/0/add_tasks/0/job"]);
    assert_eq!(results[1]["task"]["state"], "succeeded");
    let jobs = all.get(&format!("/v1/pipelines/{}", id(&made))).await.expect(200)["jobs"].clone();
    let total = |at: usize| jobs[at]["counts"]["total"].clone();
    assert_eq!((total(1), total(2)), (json!(1), json!(0)));
    app.finish().await;
}

#[tokio::test]
async fn add_tasks_of_another_type_by_a_token_that_is_no_longer_current_is_403_alone_and_in_a_batch() {
    let app = TestApp::start_with_keys().await;
    let (key, admin) = (narrowed(&app, &["work"]).await, app.key("admin", &["admin"]).await);
    let (few, all) = (app.calls(&*key), app.calls(&*admin));
    let open = |key: &str, kind: &str| json!({"key": key, "type": kind, "sealed": false});
    let start = json!({"key": "start", "type": "a", "tasks": [{}]});
    let made = pipeline(all, json!([start, open("mine", "r-1"), open("other", "b")])).await;
    let leased = lease(few, "a").await;
    let add = |job: &str| json!([{"job": "mine", "tasks": []}, {"job": job, "tasks": [{}]}]);
    let done = json!({"lease_token": leased["lease_token"], "add_tasks": add("mine")});
    let path = format!("/v1/tasks/{}/complete", id(&leased));
    few.post(&path, done.clone()).await.expect(200);
    let lost = |job: &str| json!({"lease_token": uuid::Uuid::now_v7(), "add_tasks": add(job)});
    few.post(&path, lost("mine")).await.problem(409, "lease_lost");
    assert_eq!(forbidden(&few.post(&path, lost("other")).await), ["/add_tasks/1/job"]);
    all.post(&path, lost("other")).await.problem(409, "lease_lost");
    let item = |job: &str| {
        let mut item = lost(job);
        item["id"] = leased["id"].clone();
        item
    };
    let batch = json!({"tasks": [item("mine"), item("other")]});
    let results = few.post("/v1/tasks/complete", batch).await.expect(200)["results"].clone();
    assert_eq!(results[0]["problem"]["code"], "lease_lost");
    assert_eq!(results[1]["problem"]["code"], "forbidden");
    assert_eq!(pointers(&results[1]["problem"]), ["/tasks/1/add_tasks/1/job"]);
    let repeat = json!({"lease_token": leased["lease_token"], "add_tasks": add("other")});
    few.post(&path, repeat).await.expect(200);
    let jobs = all.get(&format!("/v1/pipelines/{}", id(&made))).await.expect(200)["jobs"].clone();
    assert_eq!((&jobs[1]["counts"]["total"], &jobs[2]["counts"]["total"]), (&json!(1), &json!(0)));
    app.finish().await;
}

#[tokio::test]
async fn what_is_only_read_or_controlled_is_not_narrowed() {
    let app = TestApp::start_with_keys().await;
    let (key, admin) = (narrowed(&app, &["produce"]).await, app.key("admin", &["admin"]).await);
    let made = pipeline(app.calls(&*admin), json!([{"key": "other", "type": "b"}])).await;
    let path = format!("/v1/pipelines/{}", id(&made));
    app.calls(&*key).get(&path).await.expect(200);
    for verb in ["pause", "resume", "cancel"] {
        app.calls(&*key).post(&format!("{path}/{verb}"), json!({})).await.expect(200);
    }
    app.finish().await;
}
