//! Runs pgbench: the ceiling that raw SQL sets, as fast a client as Postgres has.

use std::path::Path;

use crate::cpu::cores;
use crate::error::BenchError;
use crate::harness::Harness;
use crate::sql::Database;

/// What the store sets on each of its own connections about plans, so that both sides have the same.
const OPTIONS: &str = "-c jit=off -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_bitmapscan=off \
    -c enable_hashjoin=off -c enable_mergejoin=off -c enable_material=off -c max_parallel_workers_per_gather=0";

/// Runs of a script, a second, by `clients` at once; prepared once by each. Without a window, each goes once.
pub(crate) async fn runs_a_second(
    harness: &Harness,
    database: &Database,
    script: &Path,
    clients: usize,
) -> Result<f64, BenchError> {
    let mut command = harness.tools.command("pgbench", database.name());
    command.env("PGOPTIONS", OPTIONS).args(["-n", "-M", "prepared", "-f"]).arg(script);
    command.args(["-c", &clients.to_string(), "-j", &clients.min(cores()).to_string()]);
    match harness.scale.window {
        // Whole seconds are all that it takes.
        Some(window) => command.args(["-T", &window.as_secs().max(1).to_string()]),
        None => command.args(["-t", "1"]),
    };
    let said = harness.tools.finish(command).await?;
    rate(&said).ok_or_else(|| BenchError::Unexpected(format!("no rate in what pgbench said: {said}")))
}

/// From `tps = 1234.5 (without initial connection time)`.
fn rate(said: &str) -> Option<f64> {
    let (_, after) = said.split_once("tps = ")?;
    after.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_read_from_what_pgbench_says() {
        let said = "number of failed transactions: 0 (0.000%)\ntps = 1234.500000 (without initial connection time)\n";
        assert_eq!(rate(said), Some(1234.5));
        assert_eq!(rate("pgbench: error"), None);
    }
}
