//! Calls that most tests make, each with the answer that it must have.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::{Answer, TestApp, id};

/// A job of a pipeline whose type is its key, with further members.
pub fn job(key: &str, further: Value) -> Value {
    let mut job = json!({"key": key, "type": key});
    let Value::Object(further) = further else { panic!("{further} is no object") };
    job.as_object_mut().expect("made as one").extend(further);
    job
}

impl TestApp {
    /// Creates a pipeline of these jobs.
    pub async fn submit(&self, jobs: Value) -> Value {
        self.submit_with(json!({"name": "test", "jobs": jobs})).await
    }

    /// Creates a pipeline.
    pub async fn submit_with(&self, pipeline: Value) -> Value {
        self.post("/v1/pipelines", pipeline).await.expect(201)
    }

    /// The refusal of a pipeline of these jobs.
    pub async fn refused(&self, jobs: Value) -> Answer {
        self.post("/v1/pipelines", json!({"name": "test", "jobs": jobs})).await
    }

    /// A pipeline as other calls than the read of one answer it: without why it does not go on.
    ///
    /// # Panics
    /// When it is not answered.
    pub async fn pipeline_as_answered(&self, pipeline: &Value) -> Value {
        let mut shown = self.pipeline(pipeline).await;
        shown.as_object_mut().expect("a pipeline is an object").remove("waiting_for");
        shown
    }

    /// A pipeline as it is now.
    pub async fn pipeline(&self, pipeline: &Value) -> Value {
        self.get(&format!("/v1/pipelines/{}", id(pipeline))).await.expect(200)
    }

    /// The states of a pipeline and its jobs as one line, `running: a succeeded, b queued`.
    pub async fn states(&self, pipeline: &Value) -> String {
        let pipeline = self.pipeline(pipeline).await;
        format!("{}: {}", text(&pipeline["state"]), job_states(&pipeline))
    }

    /// The states of a pipeline's jobs alone, by key.
    pub async fn job_states(&self, pipeline: &Value) -> String {
        job_states(&self.pipeline(pipeline).await)
    }

    /// A job of a pipeline as it is now, with its payload.
    pub async fn job(&self, pipeline: &Value, key: &str) -> Value {
        let pipeline = self.pipeline(pipeline).await;
        let job = members(&pipeline["jobs"]).iter().find(|job| job["key"] == key);
        let job = job.unwrap_or_else(|| panic!("no job {key} in {pipeline}"));
        self.get(&format!("/v1/jobs/{}", id(job))).await.expect(200)
    }

    /// The path of a job's own resource.
    pub async fn job_path(&self, pipeline: &Value, key: &str) -> String {
        format!("/v1/jobs/{}", id(&self.job(pipeline, key).await))
    }

    /// The tasks of a job, in the order they were added.
    pub async fn tasks(&self, job: &Value) -> Vec<Value> {
        let mut tasks = self.walk(&format!("/v1/tasks?job_id={}&limit=500", id(job))).await;
        tasks.reverse();
        tasks
    }

    /// A task as it is now.
    pub async fn task(&self, task: &Value) -> Value {
        self.get(&format!("/v1/tasks/{}", id(task))).await.expect(200)
    }

    /// What a dequeue leases, as asked; `worker_id` is filled in when it is missing.
    pub async fn dequeue(&self, mut asked: Value) -> Vec<Value> {
        let worker = asked.get("worker_id").cloned().unwrap_or_else(|| json!("worker-1"));
        asked["worker_id"] = worker;
        members(&self.post("/v1/tasks/dequeue", asked).await.expect(200)["tasks"]).clone()
    }

    /// Up to so many leased tasks of one type.
    pub async fn lease_many(&self, kind: &str, max_tasks: u32) -> Vec<Value> {
        self.dequeue(json!({"types": [kind], "max_tasks": max_tasks})).await
    }

    /// The next task of a type, which must be there.
    pub async fn lease(&self, kind: &str) -> Value {
        let mut leased = self.lease_many(kind, 1).await;
        leased.pop().unwrap_or_else(|| panic!("no task of type {kind} is free"))
    }

    /// Checks that no task of a type is free.
    pub async fn expect_nothing_to_lease(&self, kind: &str) {
        assert_eq!(self.lease_many(kind, 1).await, Vec::<Value>::new());
    }

    /// A report on a leased task: `complete`, `fail` and so on, with the token filled in.
    pub async fn report(&self, leased: &Value, verb: &str, body: Value) -> Answer {
        self.report_to(0, leased, verb, body).await
    }

    /// A report to one of the servers.
    pub async fn report_to(&self, server: usize, leased: &Value, verb: &str, mut body: Value) -> Answer {
        body["lease_token"] = leased["lease_token"].clone();
        self.post_to(server, &format!("/v1/tasks/{}/{verb}", id(leased)), body).await
    }

    /// Completes a leased task.
    pub async fn complete(&self, leased: &Value) -> Value {
        self.report(leased, "complete", json!({})).await.expect(200)
    }

    /// Fails a leased task as the policy says.
    pub async fn fail(&self, leased: &Value) -> Value {
        self.fail_with(leased, json!({})).await
    }

    /// Fails a leased task with further members, such as `retry`.
    pub async fn fail_with(&self, leased: &Value, mut body: Value) -> Value {
        if body.get("error").is_none() {
            body["error"] = json!({"category": "unknown", "message": "it broke"});
        }
        self.report(leased, "fail", body).await.expect(200)
    }

    /// Runs the next task of a type, with success.
    pub async fn succeed(&self, kind: &str) -> Value {
        let leased = self.lease(kind).await;
        self.complete(&leased).await
    }

    /// Runs the next task of a type, and fails it for good.
    pub async fn fail_for_good(&self, kind: &str) -> Value {
        let leased = self.lease(kind).await;
        self.fail_with(&leased, json!({"retry": "never"})).await
    }

    /// Posts a verb without a body on a resource and expects the resource.
    pub async fn verb(&self, path: &str, verb: &str) -> Value {
        self.post_empty(&format!("{path}/{verb}")).await.expect(200)
    }

    /// Sends a request that was built by hand.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        crate::app::send(request).await
    }
}

fn job_states(pipeline: &Value) -> String {
    let states = |job: &Value| format!("{} {}", text(&job["key"]), text(&job["state"]));
    let mut states: Vec<String> = members(&pipeline["jobs"]).iter().map(states).collect();
    states.sort();
    states.join(", ")
}

#[track_caller]
fn members(list: &Value) -> &Vec<Value> {
    list.as_array().unwrap_or_else(|| panic!("{list} is no list"))
}

#[track_caller]
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}
