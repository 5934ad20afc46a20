//! The benchmarks, one file each; each opens its own databases and leaves none.

mod adding;
mod backlog;
mod cliffs;
mod compare;
mod million;
mod parked;
mod pickup;
mod snapshot;

use crate::error::BenchError;
use crate::flags::Benchmark;
use crate::lab::Lab;

/// Runs one, and reports its rows.
pub(crate) async fn run(benchmark: Benchmark, lab: &Lab) -> Result<(), BenchError> {
    match benchmark {
        Benchmark::Single => compare::single(lab).await,
        Benchmark::Batch => compare::batch(lab).await,
        Benchmark::Backlog => backlog::backlog(lab).await,
        Benchmark::Adding => adding::adding(lab).await,
        Benchmark::Snapshot => snapshot::snapshot(lab).await,
        Benchmark::Pickup => pickup::pickup(lab).await,
        Benchmark::Parked => parked::parked(lab).await,
        Benchmark::Types => cliffs::types(lab).await,
        Benchmark::Pipeline => cliffs::pipeline(lab).await,
        Benchmark::Servers => cliffs::servers(lab).await,
        Benchmark::Scheduled => cliffs::scheduled(lab).await,
        Benchmark::Payload => cliffs::payload(lab).await,
        Benchmark::Million => million::million(lab).await,
    }
}
