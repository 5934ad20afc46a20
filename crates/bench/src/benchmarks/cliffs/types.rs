//! Many types: each worker asks for one of 1,000 in rotation, and each asks for 50 at once.
//!
//! The ratio is the price of having to look at as many queues, and of jobs and counters that requests do not share.

use crate::backlog::Backlog;
use crate::connection::Connection;
use crate::cycle::Cycle;
use crate::error::BenchError;
use crate::fill::PAYLOAD;
use crate::harness::Harness;
use crate::load::{Load, Work};
use crate::report::{Goal, Row};
use crate::sample::{Sample, floor};
use crate::target::Target;

/// Types that a dequeue may ask for.
const MOST: usize = 50;

/// Tasks a second that are prepared for: several times as many as are reached, since no type may run dry and some are asked for more often.
const RATE: f64 = 30_000.0;

pub(crate) async fn types(harness: &Harness) -> Result<(), BenchError> {
    let target = Target::open(harness, 1).await?;
    let names: Vec<String> = (0..harness.scale.thousand).map(|number| format!("type-{number}")).collect();
    let one_each = names.iter().map(|name| vec![name.clone()]).collect();
    compare(&target, "types-1000", "one of them a dequeue", &names, one_each).await?;
    let names = &names[..MOST];
    compare(&target, "types-50", "all of them a dequeue", names, vec![names.to_vec()]).await?;
    target.close().await
}

async fn compare(
    target: &Target<'_>,
    name: &str,
    how: &str,
    names: &[String],
    types: Vec<Vec<String>>,
) -> Result<(), BenchError> {
    let (harness, clients) = (target.harness, target.harness.scale.clients[0]);
    let mut plain = Backlog::open(target, &format!("plain-{name}")).await?;
    let work = Work::Cycle(Cycle { types, max_tasks: 1, wait_seconds: 0, tasks_return: false, log_lines: 0 });
    let load = Load { addresses: target.addresses(), clients, work };
    let (mut rates, mut ceiling) = (Sample::default(), Sample::default());
    for _ in 0..harness.scale.few_rounds {
        ceiling.push(plain.measure(clients, 1).await?.rate);
        let seconds = harness.scale.window.map_or(0.0, |window| 1.0 + window.as_secs_f64());
        let each = 1 + floor(RATE * seconds) / names.len();
        add(target, names, each).await?;
        rates.push(load.run(harness.scale.window, &target.meter()).await?.rate);
    }
    let what = format!("one task a call, {clients} clients, {} types, {how}", names.len());
    harness.report(
        Row::new(name, what, rates.median(), "cycles/s")
            .against(ceiling.median(), "one type".to_owned())
            .ratios(&rates.over(&ceiling), Goal::AtLeast(0.8)),
    );
    Ok(())
}

/// Adds tasks of every type: a pipeline of a job for each.
async fn add(target: &Target<'_>, names: &[String], each: usize) -> Result<(), BenchError> {
    let tasks = vec![format!("{{\"payload\":{PAYLOAD}}}"); each].join(",");
    let job = |name: &String| format!("{{\"key\":\"{name}\",\"type\":\"{name}\",\"tasks\":[{tasks}]}}");
    let mut connection = Connection::open(target.addresses()[0]).await?;
    // As many at once as stay below the limit of a body, and of tasks a call.
    for names in names.chunks((5_000 / each).max(1)) {
        let jobs: Vec<String> = names.iter().map(job).collect();
        let body = format!("{{\"name\":\"bench\",\"jobs\":[{}]}}", jobs.join(","));
        connection.ask("POST", "/v1/pipelines", body.as_bytes()).await?.succeeded("POST", "/v1/pipelines")?;
    }
    target.harness.settle().await
}
