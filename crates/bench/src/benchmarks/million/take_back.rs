//! A million tasks that completions had added, taken back by a retry of their pipeline that runs these completions' tasks again.

use serde_json::{Value, json};

use crate::benchmarks::million::big::Big;
use crate::client::{array, text};
use crate::error::BenchError;
use crate::harness::Harness;
use crate::report::{Goal, Row};
use crate::target::Target;

/// Tasks that one completion adds.
const A_CALL: usize = 10_000;

pub(super) async fn take_back(
    harness: &Harness,
    target: &Target<'_>,
    tasks: usize,
) -> Result<(), BenchError> {
    let calls = tasks.div_ceil(A_CALL);
    let mut client = target.client().await?;
    let made = client
        .post(
            "/v1/pipelines",
            &json!({"name": "taken-back", "jobs": [
                {"key": "adds", "type": "adds", "tasks": vec![json!({}); calls], "sealed": false},
                {"key": "grows", "type": "grows", "depends_on": ["adds"], "sealed": false},
            ]}),
        )
        .await?;
    let request = json!({"types": ["adds"], "worker_id": "bench-0"});
    for call in 0..calls {
        let leased = client.post("/v1/tasks/dequeue", &request).await?;
        let task = array(&leased, "tasks")?.first().unwrap_or(&Value::Null);
        let added = A_CALL.min(tasks - call * A_CALL);
        let add = json!([{"job": "grows", "tasks": vec![json!({}); added]}]);
        let body = json!({"lease_token": text(task, "lease_token")?, "add_tasks": add});
        client.post(&format!("/v1/tasks/{}/complete", text(task, "id")?), &body).await?;
    }
    let pipeline = text(&made, "id")?;
    client.post(&format!("/v1/pipelines/{pipeline}/cancel"), &json!({})).await?;
    let job = array(&made, "jobs")?.iter().find(|job| job["key"] == "grows");
    let job = text(job.unwrap_or(&Value::Null), "id")?;
    let mut big = Big { client, pipeline, job, tasks };
    let path = format!("/v1/pipelines/{}/retry", big.pipeline);
    let took = big.call("POST", &path, &json!({"scope": "all"})).await?;
    let what = format!("retry a pipeline, taking back {tasks} tasks that completions had added");
    harness.report(Row::new("million-take-back", what, took, "ms").goal(Goal::AtMost(100.0)));
    big.expect("adds", true).await?;
    big.expect("grows", false).await
}
