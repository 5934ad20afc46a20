//! Why a report's token is not current: a repeat of what was accepted, a lease that is gone, or no such task. A task that was taken back
//! repeats nothing.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;
use windlass_domain::{TaskState, Verb};

use super::cause::Cause;
use super::report::{Complete, Report};
use crate::Error;
use crate::error::Part;
use crate::keys::check_types;
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
    let mut of_other_types = of_other_types(work, lost).await?;
    let explain = |(number, id)| match states.get(id) {
        None => Some(Error::NotFound(Resource::Task)),
        Some(Standing { gone: false, .. }) if repeated.contains(&number) => None,
        // What is refused whatever the state is refused first.
        Some(standing) => {
            of_other_types.remove(&number).or(Some(Error::LeaseLost { task_state: standing.state }))
        }
    };
    Ok((1..).zip(&ids).map(explain).collect())
}

/// The refusals of completions that add tasks of other types than their caller's key is narrowed to, by their numbers from 1.
async fn of_other_types(
    work: &mut Work,
    lost: &[(usize, Cause<'_>)],
) -> Result<HashMap<i64, Error>, sqlx::Error> {
    let narrowed: Vec<(i64, &Complete)> = (1..)
        .zip(lost)
        .filter_map(|(number, (_, cause))| match cause {
            Cause::Reported(Report::Complete(complete)) if complete.types.is_some() => {
                Some((number, complete))
            }
            _ => None,
        })
        .collect();
    let (mut numbers, mut items, mut tasks, mut keys) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (number, complete) in &narrowed {
        for (item, add) in (0..).zip(&complete.add_tasks) {
            numbers.push(*number);
            items.push(item);
            tasks.push(complete.id);
            keys.push(add.job.to_string());
        }
    }
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"SELECT a.number AS "number!", a.item AS "item!", target.type
           FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::text[]) AS a (number, item, task, key)
           CROSS JOIN LATERAL (SELECT job_id FROM tasks WHERE id = a.task OFFSET 0) t
           JOIN jobs own ON own.id = t.job_id
           JOIN jobs target ON target.pipeline_id = own.pipeline_id AND target.key = a.key
           ORDER BY a.number, a.item"#,
        &numbers,
        &items,
        &tasks,
        &keys,
    )
    .fetch_all(work.sql())
    .await?;
    let refused = narrowed.into_iter().filter_map(|(number, complete)| {
        let of_it = rows.iter().filter(|row| row.number == number);
        let parts =
            of_it.map(|row| (Part::Addition(usize::try_from(row.item).unwrap_or(0)), row.r#type.as_str()));
        check_types(complete.types.as_deref(), parts).err().map(|error| (number, error))
    });
    Ok(refused.collect())
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

/// The numbers, from 1, of those that repeat one that was accepted; the sweeper repeats nothing. What was accepted before a retry by hand ran the
/// task again is not repeated: attempts are granted anew above the number that the retry met. A release gives its number back, so the start of the
/// first attempt since tells it.
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
           CROSS JOIN LATERAL (SELECT * FROM tasks WHERE id = r.id OFFSET 0) t
           JOIN jobs j ON j.id = t.job_id
           JOIN job_specs s ON s.job_id = t.job_id
           WHERE a.outcome <> 'late'
             AND NOT windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run)
             AND a.number > t.max_attempts - coalesce(t.own_max_attempts, s.max_attempts)
             AND (a.outcome <> 'released' OR a.started_at >= t.started_at)"#,
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
                 ELSE windlass_task_state(t.state, t.run, windlass_job_state(j.state, j.frozen), j.due, j.again_run, j.all_again_run) END
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
