//! Thousands of slow connections: what workers notice of them, and what they cost.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;

use crate::benchmarks::waiting::{capacity, raise_descriptors};
use crate::connection::Connection;
use crate::error::BenchError;
use crate::fill::fill;
use crate::harness::Harness;
use crate::report::{Goal, Row};
use crate::sample::{Sample, milliseconds};
use crate::slow::SlowClients;
use crate::target::Target;

/// Workers that dequeue meanwhile.
const WORKERS: usize = 4;
/// Between two dequeues of one, so that their lengths are those of calls and not of a queue of calls.
const PAUSE: Duration = Duration::from_millis(5);
/// How soon all is to be as before.
const AFTERWARDS: Duration = Duration::from_secs(10);

const PATH: &str = "/v1/tasks/dequeue";
const REQUEST: &[u8] = br#"{"types":["work"],"worker_id":"bench-0","lease_seconds":3600}"#;

pub(super) async fn slow(harness: &Harness) -> Result<(), BenchError> {
    raise_descriptors();
    let target = Target::open(harness, 1).await?;
    let job = target.client().await?.unsealed_job("work").await?;
    let (clients, length) = harness.scale.slow;
    let clients = clients.min(capacity() / 2);
    // Before, during and after.
    let tasks = WORKERS * tasks_within(length * 3 + AFTERWARDS);
    fill(target.addresses()[0], &job, tasks).await?;
    harness.settle().await?;
    dequeues(&target, length / 4).await?;
    let (before, resident) = (dequeues(&target, length).await?, target.resident_mib()?);

    let attack = SlowClients::begin(target.addresses()[0].socket, clients)?;
    let during = dequeues(&target, length).await?;
    let grown = target.resident_mib()? - resident;
    drop(attack);
    if harness.scale.judges() {
        tokio::time::sleep(AFTERWARDS).await;
    }
    let after = dequeues(&target, length).await?;

    let seconds = length.as_secs();
    let p99 = |lengths: &Sample| lengths.quantile(0.99);
    let row = |name, what: String, figure: f64| {
        let row = Row::new(name, what, figure, "ms").against(p99(&before), "before".to_owned());
        row.ratio(figure / p99(&before))
    };
    let what = format!("p99 of a dequeue with {clients} slow connections, {seconds} s");
    harness.report(row("slow-connections", what, p99(&during)).goal(Goal::RatioAtMost(2.0)));
    let what = "p99 of a dequeue 10 s after they have gone".to_owned();
    harness.report(row("slow-connections-after", what, p99(&after)).goal(Goal::RatioAtMost(1.5)));
    let what = format!("resident memory of the server that {clients} slow connections add");
    harness.report(Row::new("slow-connections-memory", what, grown, "MiB").goal(Goal::AtMost(100.0)));
    target.close().await
}

/// The most dequeues of one worker in so long.
fn tasks_within(length: Duration) -> usize {
    usize::try_from(length.as_millis() / PAUSE.as_millis()).unwrap_or(usize::MAX) + 10
}

/// How long dequeues take, in milliseconds, of workers that ask for so long.
async fn dequeues(target: &Target<'_>, length: Duration) -> Result<Sample, BenchError> {
    let workers = (0..WORKERS).map(|_| worker(target, length));
    Ok(try_join_all(workers).await?.into_iter().flatten().collect())
}

async fn worker(target: &Target<'_>, length: Duration) -> Result<Vec<f64>, BenchError> {
    let mut connection = Connection::open(target.addresses()[0]).await?;
    let (begun, mut lengths) = (Instant::now(), Vec::new());
    while begun.elapsed() < length || lengths.is_empty() {
        let asked = Instant::now();
        let answer = connection.ask("POST", PATH, REQUEST).await?.succeeded("POST", PATH)?;
        if answer.body == br#"{"tasks":[]}"# {
            return Err(BenchError::Unexpected("the tasks ran out during the measurement".to_owned()));
        }
        lengths.push(milliseconds(asked.elapsed()));
        tokio::time::sleep(PAUSE).await;
    }
    Ok(lengths)
}
