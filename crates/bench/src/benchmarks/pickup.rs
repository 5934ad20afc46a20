//! From creating a job to the arrival of its task at a worker that was parked.

use std::time::Instant;

use serde_json::json;

use super::parked::Gauge;
use crate::client::{array, text};
use crate::connection::Connection;
use crate::error::BenchError;
use crate::lab::Lab;
use crate::report::{Goal, Row};
use crate::sample::{Sample, milliseconds};

const DEQUEUE: &str = "/v1/tasks/dequeue";
const WISH: &[u8] = br#"{"types":["rare"],"worker_id":"bench-0","wait_seconds":60}"#;

pub(super) async fn pickup(lab: &Lab) -> Result<(), BenchError> {
    let site = lab.site(1).await?;
    let mut worker = Connection::open(site.addresses()[0]).await?;
    let (mut producer, mut reporter) = (site.client().await?, site.client().await?);
    let mut gauge = Gauge::open(&site).await?;
    let mut lengths = Sample::default();
    for _ in 0..lab.scale.pickups {
        worker.send("POST", DEQUEUE, WISH).await?;
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
    let what = |share: &str| format!("create → a parked worker has it, {share} of {}", lab.scale.pickups);
    for (name, share, told, most) in [("pickup-p50", 0.5, "p50", 5.0), ("pickup-p99", 0.99, "p99", 20.0)] {
        let row = Row::new(name, what(told), lengths.quantile(share), "ms");
        lab.report(row.spread(&lengths).goal(Goal::AtMost(most)));
    }
    site.close().await
}
