//! What it costs that callers give a key.

use crate::backlog::Backlog;
use crate::error::BenchError;
use crate::harness::Harness;
use crate::load::Measured;
use crate::report::{Goal, Row};
use crate::sample::Sample;
use crate::target::Target;

/// How many times the rounds of other benchmarks: what a key costs is little beside the noise.
const TIMES: usize = 2;

pub(super) async fn keys(harness: &Harness) -> Result<(), BenchError> {
    let (keyed, open) = (Target::open_keyed(harness).await?, Target::open(harness, 1).await?);
    let (mut with, mut without) = (Backlog::open(&keyed, "hot").await?, Backlog::open(&open, "hot").await?);
    for clients in harness.scale.clients {
        let (mut costs, mut ceiling) = (Sample::default(), Sample::default());
        let mut measured = Vec::new();
        for round in 1..=harness.scale.few_rounds * TIMES {
            ceiling.push(cost(&without.measure(clients, 1).await?));
            measured.push(with.measure(clients, 1).await?);
            costs.push(measured.last().map_or(0.0, cost));
            let (without, with) = (ceiling.last(), costs.last());
            harness.say(&format!("round {round}: without keys {without:.1}, with them {with:.1} µs a cycle"));
        }
        let what = format!(
            "CPU of server and Postgres a cycle of dequeue and complete, {clients} clients, each call with a key"
        );
        harness.report(
            Row::new(&format!("keys-{clients}"), what, costs.median(), "µs")
                .against(ceiling.median(), "without keys".to_owned())
                .ratios(&costs.over(&ceiling), Goal::RatioAtMost(1.03))
                .cpu(&measured),
        );
    }
    keyed.close().await?;
    open.close().await
}

/// What a cycle costs server and Postgres together, in microseconds.
fn cost(measured: &Measured) -> f64 {
    (measured.shares.server + measured.shares.postgres) * 1_000_000.0 / measured.rate
}
