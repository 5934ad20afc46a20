//! From creating a job to the arrival of its task at a worker that was waiting.

use std::time::Instant;

use serde_json::json;

use crate::benchmarks::waiting::Gauge;
use crate::client::{array, text};
use crate::connection::Connection;
use crate::error::BenchError;
use crate::harness::Harness;
use crate::report::{Goal, Row};
use crate::sample::{Sample, milliseconds};
use crate::target::Target;

const DEQUEUE: &str = "/v1/tasks/dequeue";
const REQUEST: &[u8] = br#"{"types":["rare"],"worker_id":"bench-0","wait_seconds":60}"#;

pub(super) async fn pickup(harness: &Harness) -> Result<(), BenchError> {
    let target = Target::open(harness, 1).await?;
    let mut worker = Connection::open(target.addresses()[0]).await?;
    let (mut producer, mut reporter) = (target.client().await?, target.client().await?);
    let mut gauge = Gauge::open(&target).await?;
    let mut lengths = Sample::default();
    for _ in 0..harness.scale.pickups {
        worker.send("POST", DEQUEUE, REQUEST).await?;
        gauge.reaches(1).await?;
        let begun = Instant::now();
        let body = json!({"type": "rare", "payload": {"since": 1}});
        let arrival = async {
            let answer = worker.receive().await?.succeeded("POST", DEQUEUE)?;
            Ok::<_, BenchError>((begun.elapsed(), serde_json::from_slice(answer.body)?))
        };
        let (_, (length, leased)): (_, (_, serde_json::Value)) =
            tokio::try_join!(producer.post("/v1/jobs", &body), arrival)?;
        lengths.push(milliseconds(length));
        for task in array(&leased, "tasks")? {
            let path = format!("/v1/tasks/{}/complete", text(task, "id")?);
            reporter.post(&path, &json!({"lease_token": text(task, "lease_token")?})).await?;
        }
    }
    let what =
        |share: &str| format!("create → a waiting worker has it, {share} of {}", harness.scale.pickups);
    for (name, share, quantile, most) in [("pickup-p50", 0.5, "p50", 5.0), ("pickup-p99", 0.99, "p99", 20.0)]
    {
        let row = Row::new(name, what(quantile), lengths.quantile(share), "ms");
        harness.report(row.spread(&lengths).goal(Goal::AtMost(most)));
    }
    target.close().await
}
