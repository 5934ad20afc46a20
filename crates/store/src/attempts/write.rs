//! Writes what a round has decided: tasks, leases, attempts, outcomes, then the jobs' counts.

use std::collections::BTreeMap;

use uuid::Uuid;
use windlass_domain::{JobCounts, Outcome};

use super::decide::{Decided, Decision};
use crate::transaction::{Interrupt, Work};

pub(super) async fn write(work: &mut Work, decided: &Decided) -> Result<(), Interrupt> {
    if decided.decisions.is_empty() {
        return Ok(());
    }
    let lowest = write_tasks(work, &decided.decisions).await?;
    write_attempts(work, &decided.decisions).await?;
    write_outcomes(work, &decided.decisions).await?;
    write_jobs(work, &decided.moved, &lowest).await?;
    Ok(())
}

/// Writes the tasks' states; returns the lowest place in line drawn in each job. A task tried again stands behind its job's others; one that
/// is scheduled draws its place when it is due.
async fn write_tasks(work: &mut Work, decisions: &[Decision]) -> Result<BTreeMap<Uuid, i64>, sqlx::Error> {
    let ids: Vec<Uuid> = decisions.iter().map(|decision| decision.task.id).collect();
    let states: Vec<String> = decisions.iter().map(|decision| decision.state.as_str().to_owned()).collect();
    let attempts: Vec<i32> = decisions
        .iter()
        .map(|decision| decision.task.attempt - i32::from(decision.outcome == Outcome::Released))
        .collect();
    let delays: Vec<Option<f64>> = decisions.iter().map(|decision| decision.delay_seconds).collect();
    let rows = sqlx::query!(
        "WITH written AS (
             UPDATE tasks t SET
                 state = e.state,
                 attempt = e.attempt,
                 position = CASE WHEN e.state = 'queued' THEN nextval('task_positions') ELSE t.position END,
                 run_at = coalesce(windlass_now() + e.delay * interval '1 second', t.run_at),
                 ended_at = CASE WHEN e.state IN ('succeeded', 'failed') THEN windlass_now() END
             FROM unnest($1::uuid[], $2::text[], $3::int[], $4::float8[]) AS e (id, state, attempt, delay)
             WHERE t.id = e.id AND t.state = 'running'
             RETURNING t.job_id, CASE WHEN t.state = 'queued' THEN t.position END AS position
         )
         SELECT job_id AS \"job_id!\", min(position) AS lowest, count(*) AS \"written!\" FROM written GROUP BY job_id",
        &ids,
        &states,
        &attempts,
        &delays as &[Option<f64>],
    )
    .fetch_all(work.sql())
    .await?;
    let written: i64 = rows.iter().map(|row| row.written).sum();
    assert_eq!(usize::try_from(written), Ok(decisions.len()), "every decided task is locked and running");
    Ok(rows.into_iter().filter_map(|row| row.lowest.map(|lowest| (row.job_id, lowest))).collect())
}

async fn write_attempts(work: &mut Work, decisions: &[Decision]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = decisions.iter().map(|decision| decision.task.id).collect();
    let verbs: Vec<Option<String>> =
        decisions.iter().map(|decision| decision.verb.map(|verb| verb.as_str().to_owned())).collect();
    let outcomes: Vec<String> =
        decisions.iter().map(|decision| decision.outcome.as_str().to_owned()).collect();
    let metrics: Vec<Option<String>> = decisions.iter().map(|decision| decision.metrics.clone()).collect();
    let written = sqlx::query!(
        "WITH ended AS (
             DELETE FROM leases l USING unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS e (id, verb, outcome, metrics)
             WHERE l.task_id = e.id
             RETURNING l.task_id, l.token, l.attempt, l.worker_id, l.started_at, e.verb, e.outcome, e.metrics
         )
         INSERT INTO attempts (task_id, token, number, verb, outcome, worker_id, started_at, ended_at, metrics)
         SELECT task_id, token, attempt, verb, outcome, worker_id, started_at, windlass_now(), metrics FROM ended",
        &ids,
        &verbs as &[Option<String>],
        &outcomes,
        &metrics as &[Option<String>],
    )
    .execute(work.sql())
    .await?;
    assert_eq!(written.rows_affected(), ids.len() as u64, "every decided lease is locked");
    Ok(())
}

async fn write_outcomes(work: &mut Work, decisions: &[Decision]) -> Result<(), sqlx::Error> {
    let left: Vec<&Decision> =
        decisions.iter().filter(|decision| decision.result.is_some() || decision.error.is_some()).collect();
    if left.is_empty() {
        return Ok(());
    }
    let text = |value: fn(&Decision) -> Option<String>| -> Vec<Option<String>> {
        left.iter().map(|decision| value(decision)).collect()
    };
    sqlx::query!(
        "INSERT INTO task_outcomes (task_id, attempt, result, category, message, detail)
         SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[])",
        &left.iter().map(|decision| decision.task.id).collect::<Vec<_>>(),
        &left.iter().map(|decision| decision.task.attempt).collect::<Vec<_>>(),
        &text(|decision| decision.result.clone()) as &[Option<String>],
        &text(|decision| decision.error.as_ref().map(|error| error.0.clone())) as &[Option<String>],
        &text(|decision| decision.error.as_ref().map(|error| error.1.clone())) as &[Option<String>],
        &text(|decision| decision.error.as_ref().and_then(|error| error.2.clone())) as &[Option<String>],
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

/// The counters by delta, summed per job first: within one statement a row is written at most once.
async fn write_jobs(
    work: &mut Work,
    moved: &BTreeMap<Uuid, JobCounts>,
    lowest: &BTreeMap<Uuid, i64>,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = moved.keys().copied().collect();
    let column = |value: fn(&JobCounts) -> i64| -> Vec<i64> { moved.values().map(value).collect() };
    let lowest: Vec<Option<i64>> = ids.iter().map(|id| lowest.get(id).copied()).collect();
    let written = sqlx::query!(
        "UPDATE jobs j SET
             queued = j.queued + e.queued,
             scheduled = j.scheduled + e.scheduled,
             running = j.running + e.running,
             succeeded = j.succeeded + e.succeeded,
             failed = j.failed + e.failed,
             head = least(j.head, e.lowest - 1),
             added = j.added + CASE WHEN e.lowest IS NULL THEN 0 ELSE 1 END
         FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
             AS e (id, queued, scheduled, running, succeeded, failed, lowest)
         WHERE j.id = e.id AND j.ended_at IS NULL",
        &ids,
        &column(|counts| counts.queued),
        &column(|counts| counts.scheduled),
        &column(|counts| counts.running),
        &column(|counts| counts.succeeded),
        &column(|counts| counts.failed),
        &lowest as &[Option<i64>],
    )
    .execute(work.sql())
    .await?;
    assert_eq!(written.rows_affected(), ids.len() as u64, "every job of a decided task is locked and open");
    Ok(())
}
