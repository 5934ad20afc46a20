//! A producer and a worker of Jobnik's, as its SDK calls.

use reqwest::Method;
use serde_json::{Value, json};
use windlass_tests::{Answer, TestApp, id};

/// The base of its calls.
pub(super) const V1: &str = "/jobnik/v1";

/// The service, called as Jobnik's clients do.
pub(super) struct Jobnik(pub(super) TestApp);

impl Jobnik {
    pub(super) async fn start() -> Self {
        Self(TestApp::start().await)
    }

    /// A new job with this name, else as small as may be.
    pub(super) async fn job(&self, name: &str) -> Value {
        self.job_with(json!({"name": name, "data": {}})).await
    }

    pub(super) async fn job_with(&self, new: Value) -> Value {
        self.0.post(&format!("{V1}/jobs"), new).await.expect(201)
    }

    /// A stage behind all others.
    pub(super) async fn stage(&self, job: &Value, kind: &str) -> Value {
        self.stage_with(job, json!({"type": kind, "data": {}})).await.expect(201)
    }

    pub(super) async fn stage_with(&self, job: &Value, new: Value) -> Answer {
        self.0.post(&format!("{V1}/jobs/{}/stage", id(job)), new).await
    }

    /// So many tasks of so many attempts.
    pub(super) async fn tasks(&self, stage: &Value, count: usize, attempts: u32) -> Vec<Value> {
        let new = vec![json!({"data": {}, "maxAttempts": attempts}); count];
        let added = self.add_tasks(stage, json!(new)).await.expect(201);
        added.as_array().unwrap().clone()
    }

    pub(super) async fn add_tasks(&self, stage: &Value, new: Value) -> Answer {
        self.0.post(&format!("{V1}/stages/{}/tasks", id(stage)), new).await
    }

    /// A job with one stage of so many tasks, all of one attempt.
    pub(super) async fn running(&self, kind: &str, tasks: usize) -> (Value, Value) {
        let job = self.job("running").await;
        let stage = self.stage(&job, kind).await;
        self.tasks(&stage, tasks, 1).await;
        (job, stage)
    }

    pub(super) async fn try_dequeue(&self, kind: &str) -> Answer {
        let request = self.0.request(Method::PATCH, &format!("{V1}/stages/{kind}/tasks/dequeue"));
        self.0.send(request.header("content-type", "application/json")).await
    }

    pub(super) async fn dequeue(&self, kind: &str) -> Value {
        self.try_dequeue(kind).await.expect(200)
    }

    pub(super) async fn expect_nothing(&self, kind: &str) {
        refused(&self.try_dequeue(kind).await, 404, "TASK_NOT_FOUND", "TASK_NOT_FOUND");
    }

    pub(super) async fn report(&self, task: &Value, status: &str) -> Answer {
        self.0.put(&format!("{V1}/tasks/{}/status", id(task)), json!({"status": status})).await
    }

    pub(super) async fn complete(&self, task: &Value) -> Value {
        self.report(task, "COMPLETED").await.expect(200)
    }

    pub(super) async fn fail(&self, task: &Value) -> Value {
        self.report(task, "FAILED").await.expect(200)
    }

    pub(super) async fn put_job(&self, job: &Value, status: &str) -> Answer {
        self.0.put(&format!("{V1}/jobs/{}/status", id(job)), json!({"status": status})).await
    }

    pub(super) async fn put_stage(&self, stage: &Value) -> Answer {
        self.0.put(&format!("{V1}/stages/{}/status", id(stage)), json!({"status": "PENDING"})).await
    }

    pub(super) async fn get(&self, kind: &str, thing: &Value) -> Value {
        self.0.get(&format!("{V1}/{kind}/{}", id(thing))).await.expect(200)
    }

    /// The statuses of a job and of its stages, in their order.
    pub(super) async fn statuses(&self, job: &Value) -> String {
        let stages = self.0.get(&format!("{V1}/jobs/{}/stages", id(job))).await.expect(200);
        let stages =
            stages.as_array().unwrap().iter().map(|stage| stage["status"].as_str().unwrap().to_owned());
        let own = self.get("jobs", job).await["status"].as_str().unwrap().to_owned();
        std::iter::once(own).chain(stages).collect::<Vec<_>>().join(" ")
    }

    pub(super) async fn task_status(&self, task: &Value) -> String {
        self.get("tasks", task).await["status"].as_str().unwrap().to_owned()
    }

    /// What of a stage's summary is not 0, in the order of the contract.
    pub(super) async fn summary(&self, stage: &Value) -> String {
        let summary = self.0.get(&format!("{V1}/stages/{}/summary", id(stage))).await.expect(200);
        let counted = |name: &&str| summary[*name].as_i64().unwrap() > 0;
        let names = ["total", "failed", "created", "pending", "retried", "completed", "inProgress"];
        let counts =
            names.iter().filter(|name| counted(name)).map(|name| format!("{name} {}", summary[*name]));
        counts.collect::<Vec<_>>().join(", ")
    }
}

/// That an answer is this error.
#[track_caller]
pub(super) fn refused(answer: &Answer, status: u16, code: &str, message: &str) {
    let error = answer.expect(status);
    assert_eq!((error["code"].as_str(), error["message"].as_str()), (Some(code), Some(message)));
    assert_eq!(error.as_object().unwrap().len(), 2, "{error}");
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
}

/// That an answer says that the request is wrong.
#[track_caller]
pub(super) fn invalid(answer: &Answer) -> String {
    let error = answer.expect(400);
    assert_eq!(error["code"], "VALIDATION_ERROR", "{error}");
    error["message"].as_str().unwrap().to_owned()
}

/// That an answer refuses a status of a `JOB`, `STAGE` or `TASK`.
#[track_caller]
pub(super) fn illegal(answer: &Answer, of: &str, from: &str, to: &str) {
    let message = format!("Illegal status transition from {from} to {to}");
    refused(answer, 400, &format!("ILLEGAL_{of}_STATUS_TRANSITION"), &message);
}
