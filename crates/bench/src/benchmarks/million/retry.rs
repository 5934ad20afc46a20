//! The same job retried: how long the retry takes, how long every other control while its tasks come back, and until all are back.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::benchmarks::million::big::Big;
use crate::deadline::Deadline;
use crate::error::BenchError;
use crate::harness::Harness;
use crate::report::{Goal, Row};
use crate::sample::{Sample, count};
use crate::target::Target;

/// How often each control is called while tasks come back.
const CALLS: usize = 10;
/// Far longer than a million tasks take to come back.
const LONGEST: Duration = Duration::from_mins(5);

impl Big {
    /// Of the cancelled job; it is cancelled again in the end, and its pipeline deleted.
    pub(super) async fn retry(&mut self, harness: &Harness, target: &Target<'_>) -> Result<(), BenchError> {
        let path = format!("/v1/jobs/{}/retry", self.job);
        self.timed(harness, "retry", "POST", &path, &json!({})).await?;
        self.expect("big", true).await?;
        let deadline = Deadline::new("tasks begin to come back", LONGEST);
        while left_over(target).await? > count(self.tasks) * 0.98 {
            deadline.pause().await?;
        }
        self.control_meanwhile(harness, target).await?;
        let cancel = format!("/v1/jobs/{}/cancel", self.job);
        self.timed(harness, "cancel-meanwhile", "POST", &cancel, &json!({})).await?;
        self.expect("big", false).await?;
        self.client.call("POST", &path, b"{}").await?;
        self.come_back(harness, target).await?;
        // The server closes a connection that was idle for so long.
        self.client = target.client().await?;
        self.client.call("POST", &cancel, b"{}").await?;
        let pipeline = format!("/v1/pipelines/{}", self.pipeline);
        self.timed(harness, "delete", "DELETE", &pipeline, &Value::Null).await
    }

    async fn control_meanwhile(&mut self, harness: &Harness, target: &Target<'_>) -> Result<(), BenchError> {
        let (job, pipeline) = (self.job.clone(), format!("/v1/pipelines/{}", self.pipeline));
        let mut took = [Sample::default(), Sample::default(), Sample::default()];
        for call in 0..CALLS {
            let priority = if call % 2 == 0 { "very_high" } else { "low" };
            let calls = [
                ("POST", format!("/v1/jobs/{job}/pause"), json!({}), false),
                ("POST", format!("/v1/jobs/{job}/resume"), json!({}), true),
                ("PATCH", pipeline.clone(), json!({"priority": priority}), true),
            ];
            for ((method, path, body, free), took) in calls.into_iter().zip(&mut took) {
                took.push(self.call(method, &path, &body).await?);
                self.expect("big", free).await?;
            }
        }
        let left = left_over(target).await?;
        for (verb, took) in ["pause", "resume", "priority"].into_iter().zip(took) {
            let what = format!(
                "{verb} while its tasks come back ({left} of {} to come), the slowest of {CALLS}",
                self.tasks
            );
            let name = format!("million-{verb}-meanwhile");
            harness.report(Row::new(&name, what, took.spread().1, "ms").goal(Goal::AtMost(100.0)));
        }
        Ok(())
    }

    /// Until no task is stale.
    async fn come_back(&mut self, harness: &Harness, target: &Target<'_>) -> Result<(), BenchError> {
        let begun = Instant::now();
        let deadline = Deadline::new("all tasks are back", LONGEST);
        while left_over(target).await? > 0.0 {
            deadline.pause().await?;
        }
        let rate = count(self.tasks) / begun.elapsed().as_secs_f64();
        let what = format!("{} tasks come back by a retry", self.tasks);
        harness.report(Row::new("million-come-back", what, rate, "tasks/s"));
        Ok(())
    }
}

async fn left_over(target: &Target<'_>) -> Result<f64, BenchError> {
    target.database.number("SELECT coalesce(sum(left_over), 0) FROM jobs WHERE left_over > 0").await
}
