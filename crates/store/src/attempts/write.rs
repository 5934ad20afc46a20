//! Writes what a round has decided: tasks, leases, attempts, outcomes and the jobs' counts, in one statement, which also reads what the
//! answers show.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::decide::{Decided, Decision};
use super::end::Columns;
use super::written::{ShownJob, Written};
use crate::failures::{NewFailure, record_failures};
use crate::view::Task;
use crate::work::{Interrupt, Work};

/// Writes the decisions; returns the tasks as they are then, by id. A task tried again waits behind its job's others; one that is scheduled
/// draws its position when it is due.
pub(super) async fn write(work: &mut Work, decided: &Decided<'_>) -> Result<BTreeMap<Uuid, Task>, Interrupt> {
    let decisions = &decided.decisions;
    if decisions.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = write_rows(work, decisions).await?;
    assert_eq!(rows.len(), decisions.len(), "every decided task is locked and running");
    assert!(rows.iter().all(|row| row.whole), "every decided lease is locked, and every job locked and open");
    record_failures(work.sql(), &failures(decided, &rows)).await?;
    let decisions: BTreeMap<Uuid, &Decision<'_>> =
        decisions.iter().map(|decision| (decision.task.id, decision)).collect();
    let mut tasks = BTreeMap::new();
    for row in rows {
        let Decision { task, end, .. } = decisions[&row.id];
        let job = ShownJob::from(&decided.jobs[&task.job_id]);
        work.effects.ended.attempts.push(row.ended(end, task.lease(), &job));
        tasks.insert(row.id, row.task(end, job));
    }
    Ok(tasks)
}

/// The decisions by which a task has failed, in their order.
fn failures<'a>(decided: &'a Decided<'_>, rows: &[Written]) -> Vec<NewFailure<'a>> {
    let ended: BTreeMap<Uuid, Option<DateTime<Utc>>> =
        rows.iter().map(|row| (row.id, row.ended_at)).collect();
    let failed = decided.decisions.iter().filter_map(|Decision { task, end, .. }| {
        let type_name = decided.jobs[&task.job_id].type_name.as_str();
        end.failure(task.id, task.attempt, (task.job_id, type_name), ended[&task.id])
    });
    failed.collect()
}

async fn write_rows(work: &mut Work, decisions: &[Decision<'_>]) -> Result<Vec<Written>, sqlx::Error> {
    let columns = Columns::of(&decisions.iter().map(|decision| &decision.end));
    sqlx::query_file_as!(
        Written,
        "src/attempts/write.sql",
        &decisions.iter().map(|decision| decision.task.id).collect::<Vec<_>>(),
        &decisions.iter().map(|decision| decision.task.job_id).collect::<Vec<_>>(),
        &columns.states as &[&str],
        &decisions.iter().map(|decision| decision.task.attempt).collect::<Vec<_>>(),
        columns.delays.as_deref() as Option<&[Option<f64>]>,
        &columns.verbs as &[Option<&str>],
        &columns.outcomes as &[&str],
        columns.metrics.as_deref() as Option<&[Option<&str>]>,
        columns.results.as_deref() as Option<&[Option<&str>]>,
        columns.categories.as_deref() as Option<&[Option<&str>]>,
        columns.messages.as_deref() as Option<&[Option<&str>]>,
        columns.details.as_deref() as Option<&[Option<&str>]>,
    )
    .fetch_all(work.sql())
    .await
}
