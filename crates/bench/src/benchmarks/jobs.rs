//! Jobs of one task, each in a pipeline of its own as `POST /v1/jobs` makes it, against as many tasks of one job.
//!
//! What is measured begins and ends a task, a job and a pipeline; on the other side only a task. Creating them is not measured. Each side has a
//! database of its own.

use crate::backlog::Backlog;
use crate::error::BenchError;
use crate::harness::Harness;
use crate::report::{Goal, Row};
use crate::sample::Sample;
use crate::target::Target;

pub(super) async fn jobs(harness: &Harness) -> Result<(), BenchError> {
    let (many, one) = (Target::open(harness, 1).await?, Target::open(harness, 1).await?);
    let mut of_jobs = Backlog::of_single_jobs(&many, "hot");
    let mut of_tasks = Backlog::open(&one, "hot").await?;
    for (clients, max_tasks) in [(harness.scale.clients[0], 1), (harness.scale.batch_clients, 50)] {
        let (mut rates, mut ceiling, mut costs) = (Sample::default(), Sample::default(), Sample::default());
        let mut measured = Vec::new();
        for round in 1..=harness.scale.few_rounds {
            let plain = of_tasks.measure(clients, max_tasks).await?;
            ceiling.push(plain.rate);
            costs.push(plain.shares.postgres / plain.rate * 1_000_000.0);
            measured.push(of_jobs.measure(clients, max_tasks).await?);
            rates.push(measured.last().map_or(0.0, |round| round.rate));
            let (tasks, jobs) = (ceiling.last(), rates.last());
            harness.say(&format!(
                "round {round}: tasks of one job {tasks:.0}, jobs of one task {jobs:.0} a second"
            ));
        }
        let what =
            format!("{max_tasks} a call, {clients} clients, each task in a job and a pipeline of its own");
        harness.report(
            Row::new(&format!("jobs-of-one-task-{max_tasks}"), what, rates.median(), "tasks/s")
                .against(
                    ceiling.median(),
                    format!("tasks of one job, Postgres {:.0} µs each", costs.median()),
                )
                .ratios(&rates.over(&ceiling), Goal::AtLeast(0.8))
                .cpu(&measured),
        );
    }
    many.close().await?;
    one.close().await
}
