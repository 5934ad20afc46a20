//! The job, and how long each control of it takes.

use std::time::Instant;

use serde_json::{Value, json};

use crate::client::{Client, array, text};
use crate::error::BenchError;
use crate::fill::fill;
use crate::harness::Harness;
use crate::report::{Goal, Row};
use crate::sample::milliseconds;
use crate::target::Target;

/// The job, which waits for another one.
pub(super) struct Big {
    pub(super) client: Client,
    pub(super) pipeline: String,
    pub(super) job: String,
    pub(super) tasks: usize,
}

impl Big {
    pub(super) async fn make(target: &Target<'_>, tasks: usize) -> Result<Self, BenchError> {
        let mut client = target.client().await?;
        let body = json!({"name": "big", "jobs": [
            {"key": "first", "type": "first"},
            {"key": "big", "type": "big", "depends_on": ["first"], "sealed": false},
        ]});
        let made = client.post("/v1/pipelines", &body).await?;
        let job = array(&made, "jobs")?.iter().find(|job| job["key"] == "big");
        let job = text(job.unwrap_or(&Value::Null), "id")?;
        fill(target.addresses()[0], &job, tasks).await?;
        Ok(Self { client, pipeline: text(&made, "id")?, job, tasks })
    }

    pub(super) async fn control(&mut self, harness: &Harness) -> Result<(), BenchError> {
        self.expect("big", false).await?;
        let (path, body) = self.lease("first").await?;
        self.timed(harness, "open", "POST", &path, &body).await?;
        self.expect("big", true).await?;
        for (verb, free) in [("pause", false), ("resume", true)] {
            let path = format!("/v1/jobs/{}/{verb}", self.job);
            self.timed(harness, verb, "POST", &path, &json!({})).await?;
            self.expect("big", free).await?;
        }
        let path = format!("/v1/pipelines/{}", self.pipeline);
        self.timed(harness, "priority", "PATCH", &path, &json!({"priority": "high"})).await?;
        self.expect("big", true).await?;
        let path = format!("/v1/jobs/{}/cancel", self.job);
        self.timed(harness, "cancel", "POST", &path, &json!({})).await?;
        self.expect("big", false).await
    }

    pub(super) async fn timed(
        &mut self,
        harness: &Harness,
        verb: &str,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Result<(), BenchError> {
        let took = self.call(method, path, body).await?;
        let what = format!("{verb} a job of {} tasks", self.tasks);
        harness.report(Row::new(&format!("million-{verb}"), what, took, "ms").goal(Goal::AtMost(100.0)));
        Ok(())
    }

    /// How long the call took, in milliseconds.
    pub(super) async fn call(&mut self, method: &str, path: &str, body: &Value) -> Result<f64, BenchError> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let begun = Instant::now();
        self.client.call(method, path, body.as_bytes()).await?;
        Ok(milliseconds(begun.elapsed()))
    }

    /// Whether a dequeue gets a task now.
    pub(super) async fn expect(&mut self, type_name: &str, free: bool) -> Result<(), BenchError> {
        let leased = self.dequeue(type_name).await?;
        if array(&leased, "tasks")?.is_empty() == free {
            return Err(BenchError::Unexpected(format!("a dequeue of {type_name} answered {leased}")));
        }
        Ok(())
    }

    /// Takes a task; the path and the body that complete it.
    async fn lease(&mut self, type_name: &str) -> Result<(String, Value), BenchError> {
        let leased = self.dequeue(type_name).await?;
        let task = array(&leased, "tasks")?.first().unwrap_or(&Value::Null);
        let path = format!("/v1/tasks/{}/complete", text(task, "id")?);
        Ok((path, json!({"lease_token": text(task, "lease_token")?})))
    }

    async fn dequeue(&mut self, type_name: &str) -> Result<Value, BenchError> {
        let request = json!({"types": [type_name], "worker_id": "bench-0"});
        self.client.post("/v1/tasks/dequeue", &request).await
    }
}
