//! What parked workers cost while nothing happens: queries, and memory.

use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::client::Client;
use crate::connection::Connection;
use crate::error::BenchError;
use crate::lab::Lab;
use crate::patience::Patience;
use crate::report::{Goal, Row};
use crate::sample::count;
use crate::site::Site;

/// Descriptors that a server needs besides its workers'.
const SPARE: u64 = 500;

/// After so long at the latest an idle session has told of its transactions, those that parked the workers among them.
const REPORTED: Duration = Duration::from_secs(11);

/// Longer than parking takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) async fn parked(lab: &Lab) -> Result<(), BenchError> {
    raise_descriptors();
    let site = lab.site(1).await?;
    let [few, many] = lab.scale.parked.map(|workers| workers.min(room()));
    let mut workers = Vec::new();
    park(&site, &mut workers, few).await?;
    let what = format!("transactions a second with {few} parked workers");
    let queries = commits_a_second(&site).await?;
    lab.report(Row::new("parked-queries", what, queries, "/s").goal(Goal::AtMost(10.0)));
    park(&site, &mut workers, many).await?;
    let what = format!("resident memory of the server with {many} parked workers");
    lab.report(Row::new("parked-memory", what, site.resident_mib()?, "MiB").goal(Goal::AtMost(200.0)));
    drop(workers);
    site.close().await
}

/// What the server asks of Postgres while nobody asks it anything anew.
async fn commits_a_second(site: &Site<'_>) -> Result<f64, BenchError> {
    if site.lab.scale.judges() {
        tokio::time::sleep(REPORTED).await;
    }
    let (before, begun) = (site.database.commits().await?, Instant::now());
    tokio::time::sleep(site.lab.scale.idle).await;
    Ok((site.database.commits().await? - before) / begun.elapsed().as_secs_f64())
}

/// Parks workers until there are so many.
async fn park(site: &Site<'_>, workers: &mut Vec<Connection>, until: usize) -> Result<(), BenchError> {
    for number in workers.len()..until {
        let mut worker = Connection::open(site.addresses()[0]).await?;
        let wish = format!("{{\"types\":[\"idle\"],\"worker_id\":\"bench-{number}\",\"wait_seconds\":60}}");
        worker.send("POST", "/v1/tasks/dequeue", wish.as_bytes()).await?;
        workers.push(worker);
    }
    Gauge::open(site).await?.reaches(until).await
}

/// As many descriptors as the system allows; the server inherits them.
fn raise_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    // Where this is refused, fewer workers are parked, and the row says how many.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}

/// Workers that there are descriptors for.
fn room() -> usize {
    let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(most.saturating_sub(SPARE)).unwrap_or(usize::MAX)
}

/// The server's own count of parked workers.
pub(super) struct Gauge {
    client: Client,
}

impl Gauge {
    pub(super) async fn open(site: &Site<'_>) -> Result<Self, BenchError> {
        Ok(Self { client: site.client().await? })
    }

    /// Waits until so many workers are parked.
    pub(super) async fn reaches(&mut self, workers: usize) -> Result<(), BenchError> {
        let patience = Patience::new(format!("{workers} workers are parked"), PATIENCE);
        while self.read().await? < count(workers) {
            patience.pause().await?;
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<f64, BenchError> {
        let (text, _) = self.client.timed_text("/metrics").await?;
        let line = text.lines().find_map(|line| line.strip_prefix("windlass_waiting_polls "));
        let number = line.and_then(|number| number.parse().ok());
        number.ok_or_else(|| BenchError::Unexpected("no gauge of waiting polls in /metrics".to_owned()))
    }
}
