//! The benchmarks, one file each; each opens its own databases and leaves none.

mod adding;
mod backlog;
mod bytes;
mod cliffs;
mod compare;
mod creating;
mod jobnik;
mod jobs;
mod keys;
mod logs;
mod million;
mod outcomes;
mod pickup;
mod schedules;
mod slow;
mod snapshot;
mod waiting;
mod webhooks;

use crate::error::BenchError;
use crate::flags::Benchmark;
use crate::harness::Harness;

/// Runs one, and reports its rows.
pub(crate) async fn run(benchmark: Benchmark, harness: &Harness) -> Result<(), BenchError> {
    match benchmark {
        Benchmark::Single => compare::single(harness).await,
        Benchmark::Batch => compare::batch(harness).await,
        Benchmark::Jobs => jobs::jobs(harness).await,
        Benchmark::Jobnik => jobnik::jobnik(harness).await,
        Benchmark::Keys => keys::keys(harness).await,
        Benchmark::Logs => logs::logs(harness).await,
        Benchmark::Bytes => bytes::bytes(harness).await,
        Benchmark::Backlog => backlog::backlog(harness).await,
        Benchmark::Adding => adding::adding(harness).await,
        Benchmark::Creating => creating::creating(harness).await,
        Benchmark::Snapshot => snapshot::snapshot(harness).await,
        Benchmark::Pickup => pickup::pickup(harness).await,
        Benchmark::Waiting => waiting::waiting(harness).await,
        Benchmark::SlowConnections => slow::slow(harness).await,
        Benchmark::Types => cliffs::types(harness).await,
        Benchmark::Pipeline => cliffs::pipeline(harness).await,
        Benchmark::Servers => cliffs::servers(harness).await,
        Benchmark::Scheduled => cliffs::scheduled(harness).await,
        Benchmark::Schedules => schedules::schedules(harness).await,
        Benchmark::Outcomes => outcomes::outcomes(harness).await,
        Benchmark::Payload => cliffs::payload(harness).await,
        Benchmark::Webhooks => webhooks::webhooks(harness).await,
        Benchmark::Million => million::million(harness).await,
    }
}
