//! A job of a million tasks: opened, paused, resumed, re-prioritised, cancelled, retried, deleted, and looked at through `/metrics`.

mod retry;

use std::time::Instant;

use serde_json::{Value, json};

use crate::client::{Client, array, text};
use crate::error::BenchError;
use crate::fill::fill;
use crate::lab::Lab;
use crate::report::{Goal, Row};
use crate::sample::{Sample, milliseconds};
use crate::site::Site;

/// What the small database holds.
const FEW: usize = 1_000;

pub(super) async fn million(lab: &Lab) -> Result<(), BenchError> {
    let (large, small) = (lab.site(1).await?, lab.site(1).await?);
    let few = small.client().await?.unsealed_job("big").await?;
    fill(small.addresses()[0], &few, FEW.min(lab.scale.million)).await?;
    let mut job = Big::make(&large, lab.scale.million).await?;
    lab.settle().await?;
    metrics(lab, &large, &small).await?;
    job.control(lab).await?;
    job.retry(lab, &large).await?;
    large.close().await?;
    small.close().await
}

async fn metrics(lab: &Lab, large: &Site<'_>, small: &Site<'_>) -> Result<(), BenchError> {
    let (mut at_large, mut at_small) = (large.client().await?, small.client().await?);
    let (mut many, mut few) = (Sample::default(), Sample::default());
    for _ in 0..lab.scale.pickups {
        few.push(milliseconds(at_small.timed_text("/metrics").await?.1));
        many.push(milliseconds(at_large.timed_text("/metrics").await?.1));
    }
    let what = format!("GET /metrics with {} tasks", lab.scale.million);
    lab.report(
        Row::new("metrics", what, many.median(), "ms")
            .against(few.median(), format!("with {FEW} tasks"))
            .ratio(many.median() / few.median())
            .spread(&many)
            .goal(Goal::RatioAtMost(1.5)),
    );
    Ok(())
}

/// The job, which waits for another one.
struct Big {
    client: Client,
    pipeline: String,
    job: String,
    tasks: usize,
}

impl Big {
    async fn make(site: &Site<'_>, tasks: usize) -> Result<Self, BenchError> {
        let mut client = site.client().await?;
        let body = json!({"name": "big", "jobs": [
            {"key": "gate", "type": "gate"},
            {"key": "big", "type": "big", "depends_on": ["gate"], "sealed": false},
        ]});
        let made = client.post("/v1/pipelines", &body).await?;
        let job = array(&made, "jobs")?.iter().find(|job| job["key"] == "big");
        let job = text(job.unwrap_or(&Value::Null), "id")?;
        fill(site.addresses()[0], &job, tasks).await?;
        Ok(Self { client, pipeline: text(&made, "id")?, job, tasks })
    }

    async fn control(&mut self, lab: &Lab) -> Result<(), BenchError> {
        self.expect("big", false).await?;
        let (path, body) = self.lease("gate").await?;
        self.timed(lab, "open", "POST", &path, &body).await?;
        self.expect("big", true).await?;
        for (verb, free) in [("pause", false), ("resume", true)] {
            let path = format!("/v1/jobs/{}/{verb}", self.job);
            self.timed(lab, verb, "POST", &path, &json!({})).await?;
            self.expect("big", free).await?;
        }
        let path = format!("/v1/pipelines/{}", self.pipeline);
        self.timed(lab, "priority", "PATCH", &path, &json!({"priority": "high"})).await?;
        self.expect("big", true).await?;
        let path = format!("/v1/jobs/{}/cancel", self.job);
        self.timed(lab, "cancel", "POST", &path, &json!({})).await?;
        self.expect("big", false).await
    }

    async fn timed(
        &mut self,
        lab: &Lab,
        verb: &str,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Result<(), BenchError> {
        let took = self.call(method, path, body).await?;
        let what = format!("{verb} a job of {} tasks", self.tasks);
        lab.report(Row::new(&format!("million-{verb}"), what, took, "ms").goal(Goal::AtMost(100.0)));
        Ok(())
    }

    /// How long the call took, in milliseconds.
    async fn call(&mut self, method: &str, path: &str, body: &Value) -> Result<f64, BenchError> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let begun = Instant::now();
        self.client.call(method, path, body.as_bytes()).await?;
        Ok(milliseconds(begun.elapsed()))
    }

    /// Whether a dequeue gets a task now.
    async fn expect(&mut self, type_name: &str, free: bool) -> Result<(), BenchError> {
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
        let wish = json!({"types": [type_name], "worker_id": "bench-0"});
        self.client.post("/v1/tasks/dequeue", &wish).await
    }
}
