//! Why a report's token is not current: a repeat of what was accepted, a lease that is gone, or no such task.

use std::collections::HashMap;

use uuid::Uuid;
use windlass_domain::{TaskState, Verb};

use super::Report;
use crate::Error;
use crate::error::Resource;
use crate::tasks::task_state;
use crate::transaction::Work;

/// For each report that holds no current lease: `None` if it repeats one that was accepted, else its refusal.
pub(super) async fn explain(
    work: &mut Work,
    lost: &[(usize, Report<'_>)],
) -> Result<Vec<Option<Error>>, sqlx::Error> {
    let Some(verb) = lost.first().map(|(_, report)| report.verb()) else { return Ok(Vec::new()) };
    let ids: Vec<Uuid> = lost.iter().map(|(_, report)| report.task()).collect();
    let tokens: Vec<Uuid> = lost.iter().map(|(_, report)| report.token()).collect();
    let repeated = repeats(work, &ids, &tokens, verb).await?;
    let states = states(work, &ids).await?;
    let explain = |(id, token)| match states.get(&id) {
        None => Some(Error::NotFound(Resource::Task)),
        Some(_) if repeated.contains(&(id, token)) => None,
        Some(state) => Some(Error::LeaseLost { task_state: *state }),
    };
    Ok(ids.into_iter().zip(tokens).map(explain).collect())
}

/// The refusals of heartbeats whose token is not current, in order.
pub(crate) async fn why_lost(work: &mut Work, ids: &[Uuid]) -> Result<Vec<Error>, sqlx::Error> {
    let states = states(work, ids).await?;
    let why = |id| match states.get(id) {
        None => Error::NotFound(Resource::Task),
        Some(state) => Error::LeaseLost { task_state: *state },
    };
    Ok(ids.iter().map(why).collect())
}

async fn repeats(
    work: &mut Work,
    ids: &[Uuid],
    tokens: &[Uuid],
    verb: Option<Verb>,
) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
    let Some(verb) = verb else { return Ok(Vec::new()) };
    let rows = sqlx::query!(
        "SELECT a.task_id, a.token
         FROM unnest($1::uuid[], $2::uuid[]) AS r (id, token)
         JOIN attempts a ON a.task_id = r.id AND a.token = r.token
         WHERE a.verb = $3 AND a.outcome <> 'late'",
        ids,
        tokens,
        verb.as_str(),
    )
    .fetch_all(work.sql())
    .await?;
    Ok(rows.into_iter().map(|row| (row.task_id, row.token)).collect())
}

async fn states(work: &mut Work, ids: &[Uuid]) -> Result<HashMap<Uuid, TaskState>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT t.id, (
             SELECT windlass_task_state(t.state, t.run, j.state, j.due, j.again_run, j.all_again_run)
             FROM jobs j JOIN pipelines p ON p.id = j.pipeline_id
             WHERE j.id = t.job_id AND p.deleted_at IS NULL
         ) AS state
         FROM tasks t WHERE t.id = ANY($1)",
        ids,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.id, task_state(&row.state?)))).collect())
}
