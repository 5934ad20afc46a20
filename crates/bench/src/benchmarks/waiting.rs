//! What waiting workers cost while nothing happens: queries, and memory.

use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::client::Client;
use crate::connection::Connection;
use crate::deadline::Deadline;
use crate::error::BenchError;
use crate::harness::Harness;
use crate::report::{Goal, Row};
use crate::sample::count;
use crate::target::Target;

/// Descriptors that a server needs besides its workers'.
const SPARE: u64 = 500;

/// After so long at the latest an idle session has reported its transactions, those by which the workers came to wait among them.
const REPORTED: Duration = Duration::from_secs(11);

/// Longer than it takes workers to come to wait on a busy machine.
const LONGEST: Duration = Duration::from_mins(1);

pub(super) async fn waiting(harness: &Harness) -> Result<(), BenchError> {
    raise_descriptors();
    let target = Target::open(harness, 1).await?;
    let [few, many] = harness.scale.waiting.map(|workers| workers.min(capacity()));
    let mut workers = Vec::new();
    let_wait(&target, &mut workers, few).await?;
    let what = format!("transactions a second with {few} waiting workers");
    let queries = commits_a_second(&target).await?;
    harness.report(Row::new("waiting-queries", what, queries, "/s").goal(Goal::AtMost(10.0)));
    let_wait(&target, &mut workers, many).await?;
    let what = format!("resident memory of the server with {many} waiting workers");
    harness.report(Row::new("waiting-memory", what, target.resident_mib()?, "MiB").goal(Goal::AtMost(200.0)));
    drop(workers);
    target.close().await
}

/// What the server asks of Postgres while nobody asks it anything anew.
async fn commits_a_second(target: &Target<'_>) -> Result<f64, BenchError> {
    if target.harness.scale.judges() {
        tokio::time::sleep(REPORTED).await;
    }
    let (before, begun) = (target.database.commits().await?, Instant::now());
    tokio::time::sleep(target.harness.scale.idle).await;
    Ok((target.database.commits().await? - before) / begun.elapsed().as_secs_f64())
}

/// Lets workers wait for tasks until so many do.
async fn let_wait(
    target: &Target<'_>,
    workers: &mut Vec<Connection>,
    until: usize,
) -> Result<(), BenchError> {
    for number in workers.len()..until {
        let mut worker = Connection::open(target.addresses()[0]).await?;
        let request =
            format!("{{\"types\":[\"idle\"],\"worker_id\":\"bench-{number}\",\"wait_seconds\":60}}");
        worker.send("POST", "/v1/tasks/dequeue", request.as_bytes()).await?;
        workers.push(worker);
    }
    Gauge::open(target).await?.reaches(until).await
}

/// As many descriptors as the system allows; the server inherits them.
pub(super) fn raise_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    // Where this is refused, fewer workers wait, and the row says how many.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}

/// Workers that there are descriptors for.
pub(super) fn capacity() -> usize {
    let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(most.saturating_sub(SPARE)).unwrap_or(usize::MAX)
}

/// The server's own count of waiting workers.
pub(super) struct Gauge {
    client: Client,
}

impl Gauge {
    pub(super) async fn open(target: &Target<'_>) -> Result<Self, BenchError> {
        Ok(Self { client: target.client().await? })
    }

    /// Waits until so many workers wait.
    pub(super) async fn reaches(&mut self, workers: usize) -> Result<(), BenchError> {
        let deadline = Deadline::new(format!("{workers} workers wait"), LONGEST);
        while self.read().await? < count(workers) {
            deadline.pause().await?;
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<f64, BenchError> {
        let (text, _) = self.client.timed_text("/metrics").await?;
        let line = text.lines().find_map(|line| line.strip_prefix("windlass_waiting_polls "));
        let number = line.and_then(|number| number.parse().ok());
        number.ok_or_else(|| BenchError::Unexpected("no gauge of waiting dequeues in /metrics".to_owned()))
    }
}
