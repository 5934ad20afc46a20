//! The surface for Jobnik's clients: dequeue and complete, one task a call, against the same by the native one.
//!
//! Its protocol has no token, so a report asks for the lease first: the ratio is the price of that.

use serde_json::json;

use crate::backlog::Backlog;
use crate::client::text;
use crate::error::BenchError;
use crate::harness::Harness;
use crate::load::{Load, WARM_UP, Work};
use crate::report::{Goal, Row};
use crate::sample::{Sample, floor};
use crate::target::Target;

/// Clients at once.
const CLIENTS: [usize; 2] = [16, 64];
/// Tasks a second that are prepared for: more than are reached.
const RATE: f64 = 8_000.0;
/// Tasks that one call adds.
const CALL: usize = 10_000;

pub(crate) async fn jobnik(harness: &Harness) -> Result<(), BenchError> {
    let target = Target::open(harness, 1).await?;
    for clients in CLIENTS {
        compare(&target, clients).await?;
    }
    target.close().await
}

async fn compare(target: &Target<'_>, clients: usize) -> Result<(), BenchError> {
    let harness = target.harness;
    let name = format!("jobnik-{clients}");
    // Fewer where nothing is judged.
    let clients = clients.min(harness.scale.clients[1]);
    let mut native = Backlog::open(target, &format!("native-{name}")).await?;
    let work = Work::Jobnik(name.clone());
    let load = Load { addresses: target.addresses(), clients, work };
    let (mut rates, mut ceiling) = (Sample::default(), Sample::default());
    for _ in 0..harness.scale.rounds {
        ceiling.push(native.measure(clients, 1).await?.rate);
        let seconds = harness.scale.window.map_or(0.0, |window| (window + WARM_UP).as_secs_f64());
        add(target, &name, clients + floor(RATE * seconds)).await?;
        rates.push(load.run(harness.scale.window, &target.meter()).await?.rate);
    }
    let what = format!("one task a call through /jobnik, {clients} clients");
    harness.report(
        Row::new(&name, what, rates.median(), "cycles/s")
            .against(ceiling.median(), "/v1".to_owned())
            .ratios(&rates.over(&ceiling), Goal::AtLeast(0.5)),
    );
    Ok(())
}

/// A job of one stage with so many tasks: once they are worked on, it takes no more.
async fn add(target: &Target<'_>, type_name: &str, tasks: usize) -> Result<(), BenchError> {
    let mut client = target.client().await?;
    let job = client.post("/jobnik/v1/jobs", &json!({"name": "bench", "data": {}})).await?;
    let stage = format!("/jobnik/v1/jobs/{}/stage", text(&job, "id")?);
    let stage = client.post(&stage, &json!({"type": type_name, "data": {}})).await?;
    let path = format!("/jobnik/v1/stages/{}/tasks", text(&stage, "id")?);
    let mut left = tasks;
    while left > 0 {
        let now = left.min(CALL);
        client.post(&path, &json!(vec![json!({"data": {"tile": "7/1/2"}}); now])).await?;
        left -= now;
    }
    target.harness.settle().await
}
