//! A pipeline of 1,000 jobs: one opens all but one others at once, and the last one joins them.

use std::time::Instant;

use serde_json::{Value, json};

use crate::client::{Client, array, text};
use crate::cycle::Cycle;
use crate::error::BenchError;
use crate::harness::Harness;
use crate::load::{Load, Work};
use crate::report::Row;
use crate::sample::{Sample, milliseconds};
use crate::target::Target;

pub(crate) async fn pipeline(harness: &Harness) -> Result<(), BenchError> {
    let target = Target::open(harness, 1).await?;
    let mut client = target.client().await?;
    let [mut created, mut opened, mut ended] = [(); 3].map(|()| Sample::default());
    let body = body(harness.scale.thousand);
    for _ in 0..harness.scale.few_rounds {
        let begun = Instant::now();
        let pipeline = text(&client.post("/v1/pipelines", &body).await?, "id")?;
        created.push(milliseconds(begun.elapsed()));
        opened.push(complete(&mut client, "first").await?);
        let begun = Instant::now();
        middle(&target).await?;
        ended.push(milliseconds(begun.elapsed()));
        complete(&mut client, "last").await?;
        let now = client.call("GET", &format!("/v1/pipelines/{pipeline}"), b"").await?;
        if now["state"] != "succeeded" {
            return Err(BenchError::Unexpected(format!(
                "the pipeline is {} and not succeeded",
                now["state"]
            )));
        }
    }
    let jobs = harness.scale.thousand;
    for (name, what, sample) in [
        ("pipeline-create", format!("create a pipeline of {jobs} jobs"), created),
        ("pipeline-open", format!("complete the task whose end opens {} jobs", jobs - 2), opened),
        ("pipeline-join", format!("work off {} jobs that one joins, 16 clients", jobs - 2), ended),
    ] {
        harness.report(Row::new(name, what, sample.median(), "ms").spread(&sample));
    }
    target.close().await
}

fn body(jobs: usize) -> Value {
    let middle = |number: usize| format!("middle-{number}");
    let mut all = vec![json!({"key": "first", "type": "first"})];
    all.extend(
        (2..jobs).map(|number| json!({"key": middle(number), "type": "middle", "depends_on": ["first"]})),
    );
    let parents: Vec<String> = (2..jobs).map(middle).collect();
    all.push(json!({"key": "last", "type": "last", "depends_on": parents}));
    json!({"name": "bench", "jobs": all})
}

/// Takes the one task of a type and completes it; how many milliseconds the latter took.
async fn complete(client: &mut Client, type_name: &str) -> Result<f64, BenchError> {
    let request = json!({"types": [type_name], "worker_id": "bench-0"});
    let leased = client.post("/v1/tasks/dequeue", &request).await?;
    let task = array(&leased, "tasks")?.first().unwrap_or(&Value::Null);
    let path = format!("/v1/tasks/{}/complete", text(task, "id")?);
    let report = json!({"lease_token": text(task, "lease_token")?});
    let begun = Instant::now();
    client.post(&path, &report).await?;
    Ok(milliseconds(begun.elapsed()))
}

/// Works off all jobs of the middle.
async fn middle(target: &Target<'_>) -> Result<(), BenchError> {
    let work = Work::Cycle(Cycle::of("middle", 1));
    let load = Load { addresses: target.addresses(), clients: 16, work };
    load.drain(target.harness.scale.thousand - 2).await.map(drop)
}
