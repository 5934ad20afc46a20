//! Why a report's token is not current: a repeat of what was accepted, a lease that is gone, or no such task. A task that was taken back
//! repeats nothing.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;
use windlass_domain::{TaskState, Verb};

use super::cause::Cause;
use crate::Error;
use crate::resource::Resource;
use crate::tasks::task_state;
use crate::work::Work;

/// For each report that holds no current lease: `None` if it repeats one that was accepted, else its refusal.
pub(super) async fn explain(
    work: &mut Work,
    lost: &[(usize, Cause<'_>)],
) -> Result<Vec<Option<Error>>, sqlx::Error> {
    if lost.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = lost.iter().map(|(_, cause)| cause.task()).collect();
    let repeated = repeats(work, &ids, lost).await?;
    let states = standings(work, &ids).await?;
    let explain = |(number, id)| match states.get(id) {
        None => Some(Error::NotFound(Resource::Task)),
        Some(Standing { gone: false, .. }) if repeated.contains(&number) => None,
        Some(standing) => Some(Error::LeaseLost { task_state: standing.state }),
    };
    Ok((1..).zip(&ids).map(explain).collect())
}

/// The refusals of heartbeats whose token is not current, in order.
pub(crate) async fn why_lost(work: &mut Work, ids: &[Uuid]) -> Result<Vec<Error>, sqlx::Error> {
    let states = standings(work, ids).await?;
    let why = |id| match states.get(id) {
        None => Error::NotFound(Resource::Task),
        Some(standing) => Error::LeaseLost { task_state: standing.state },
    };
    Ok(ids.iter().map(why).collect())
}

/// The numbers, from 1, of those that repeat one that was accepted; the sweeper repeats nothing.
async fn repeats(
    work: &mut Work,
    ids: &[Uuid],
    lost: &[(usize, Cause<'_>)],
) -> Result<HashSet<i64>, sqlx::Error> {
    let tokens: Vec<Uuid> = lost.iter().map(|(_, cause)| cause.token()).collect();
    let verbs: Vec<Option<&str>> = lost.iter().map(|(_, cause)| cause.verb().map(Verb::as_str)).collect();
    let numbers = sqlx::query_scalar!(
        r#"SELECT r.number AS "number!"
           FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY AS r (id, token, verb, number)
           JOIN attempts a ON a.task_id = r.id AND a.token = r.token AND a.verb = r.verb
           WHERE a.outcome <> 'late'"#,
        ids,
        &tokens,
        &verbs as &[Option<&str>],
    )
    .fetch_all(work.sql())
    .await?;
    Ok(numbers.into_iter().collect())
}

/// What a report meets of its task.
struct Standing {
    state: TaskState,
    /// It was taken back: cancelled for whoever held it, and none of its reports counts any more.
    gone: bool,
}

async fn standings(work: &mut Work, ids: &[Uuid]) -> Result<HashMap<Uuid, Standing>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT t.id, (
             SELECT CASE WHEN windlass_is_gone(t.origin, j.origins) THEN 'gone'
                 ELSE windlass_task_state(t.state, t.run, j.state, j.due, j.again_run, j.all_again_run) END
             FROM jobs j JOIN pipelines p ON p.id = j.pipeline_id
             WHERE j.id = t.job_id AND p.deleted_at IS NULL
         ) AS state
         FROM tasks t WHERE t.id = ANY($1)",
        ids,
    )
    .fetch_all(work.sql())
    .await?;
    let standing = |state: &str| match state {
        "gone" => Standing { state: TaskState::Cancelled, gone: true },
        state => Standing { state: task_state(state), gone: false },
    };
    Ok(rows.into_iter().filter_map(|row| Some((row.id, standing(&row.state?)))).collect())
}
