//! Tasks that bring ten lines of log with their completion, against the same tasks without.

use crate::backlog::Backlog;
use crate::error::BenchError;
use crate::harness::Harness;
use crate::report::{Goal, Row};
use crate::sample::Sample;
use crate::target::Target;

/// Lines a task.
const LINES: usize = 10;

pub(super) async fn logs(harness: &Harness) -> Result<(), BenchError> {
    let (logging, silent) = (Target::open(harness, 1).await?, Target::open(harness, 1).await?);
    let mut with = Backlog::open(&logging, "hot").await?.with_log_lines(LINES);
    let mut without = Backlog::open(&silent, "hot").await?;
    let clients = harness.scale.clients[0];
    let (mut rates, mut ceiling, mut measured) = (Sample::default(), Sample::default(), Vec::new());
    for round in 1..=harness.scale.few_rounds {
        ceiling.push(without.measure(clients, 1).await?.rate);
        measured.push(with.measure(clients, 1).await?);
        rates.push(measured.last().map_or(0.0, |round| round.rate));
        let (without, with) = (ceiling.last(), rates.last());
        harness.say(&format!(
            "round {round}: without lines {without:.0}, with {LINES} a task {with:.0} a second"
        ));
    }
    let what = format!("dequeue and complete, one a call, {clients} clients, {LINES} lines of log a task");
    harness.report(
        Row::new("log-10", what, rates.median(), "tasks/s")
            .against(ceiling.median(), "without lines".to_owned())
            .ratios(&rates.over(&ceiling), Goal::AtLeast(0.7))
            .cpu(&measured),
    );
    logging.close().await?;
    silent.close().await
}
