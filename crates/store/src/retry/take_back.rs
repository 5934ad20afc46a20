//! Takes back what completions had added: the tasks of origins that are gone leave their jobs' lists, counts and walks, and their leases end; seals are
//! taken off.
//!
//! No task row is written. Of jobs that run again as a whole the total of each origin is enough. Of those that stay ended or go on, the tasks that are
//! lost are counted by their states, by a walk over those alone: some 200 ms for a million.

use std::collections::BTreeMap;

use uuid::Uuid;
use windlass_domain::{JobCounts, JobState, Reason};

use super::plan::Plan;
use crate::events::{Actor, EndedAttempt, Event};
use crate::jobs::LockedJob;
use crate::origins::Lost;
use crate::work::{Interrupt, Work};

/// What the jobs that do not run again have become: for each the job as it was, and as it is.
pub(super) async fn take_back(
    work: &mut Work,
    plan: &Plan,
    reason: Option<&Reason>,
) -> Result<Vec<LockedJob>, Interrupt> {
    let mut after = Vec::new();
    for (id, (job, lost)) in plan.lost.iter().filter(|(id, _)| !plan.back.contains_key(id)) {
        let counts = count(work, *id, lost).await?;
        if counts.of("running") > 0 {
            end_leases(work, job, lost).await?;
        }
        let unmet = plan.unmet_again.get(id).copied().unwrap_or_default();
        let left = without(job, &counts, lost.seal, unmet);
        write(work, job, &left, counts.retried).await?;
        work.effects.count_job(job, &left);
        if left.state != job.state {
            let event = Event::job(
                job.pipeline_id,
                *id,
                Some(job.state.as_str()),
                left.state.as_str(),
                Actor::Caller(work.caller),
            );
            work.effects.events.push(event.because(reason.map(Reason::to_string)));
        }
        after.push(left);
    }
    mark_gone(work, plan).await?;
    Ok(after)
}

/// The tasks that a job loses.
struct ByState {
    /// By their stored states where it is open (`stale`: those that wait though their rows say otherwise), else by the states that they show.
    tasks: BTreeMap<String, i64>,
    /// Of those that wait where it is open, how many have failed before.
    retried: i64,
}

impl ByState {
    fn of(&self, state: &str) -> i64 {
        self.tasks.get(state).copied().unwrap_or_default()
    }
}

async fn count(work: &mut Work, job: Uuid, lost: &Lost) -> Result<ByState, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT CASE
                 WHEN j.ended_at IS NOT NULL THEN windlass_task_state(t.state, t.run, windlass_job_state(j.state, j.frozen), j.due, j.again_run, j.all_again_run)
                 WHEN windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run) THEN 'stale'
                 WHEN t.state = 'queued' AND t.position <= j.head THEN 'stale'
                 ELSE t.state
             END AS "state!", count(*) AS "tasks!",
             count(*) FILTER (
                 WHERE j.ended_at IS NULL AND t.attempt > 0 AND t.state IN ('queued', 'scheduled')
                   AND NOT windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run)
             ) AS "retried!"
           FROM jobs j CROSS JOIN LATERAL unnest($2::integer[]) AS gone (origin)
           CROSS JOIN LATERAL (
               SELECT state, run, position, attempt FROM tasks
               WHERE (windlass_line(job_id, origin), id) > (windlass_line($1, gone.origin), '00000000-0000-0000-0000-000000000000')
                 AND (windlass_line(job_id, origin), id) <= (windlass_line($1, gone.origin), 'ffffffff-ffff-ffff-ffff-ffffffffffff')
               OFFSET 0
           ) t
           WHERE j.id = $1 GROUP BY 1"#,
        job,
        &lost.origins,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(ByState {
        retried: rows.iter().map(|row| row.retried).sum(),
        tasks: rows.into_iter().map(|row| (row.state, row.tasks)).collect(),
    })
}

/// A job without the tasks that it loses. If one of them waits, all that stay and wait are stale: the mark rises above every position drawn. One that
/// has opened, has no lease left, and has an edge that is unmet again, waits for that as before.
fn without(job: &LockedJob, lost: &ByState, unseals: bool, unmet: i32) -> LockedJob {
    let counts = JobCounts {
        queued: job.counts.queued - lost.of("queued") - lost.of("stale"),
        scheduled: job.counts.scheduled - lost.of("scheduled"),
        running: job.counts.running - lost.of("running"),
        succeeded: job.counts.succeeded - lost.of("succeeded"),
        failed: job.counts.failed - lost.of("failed"),
        cancelled: job.counts.cancelled - lost.of("cancelled"),
        skipped: job.counts.skipped - lost.of("skipped"),
    };
    let redrawn = lost.of("queued") > 0;
    let stale = if redrawn { counts.queued } else { job.stale - lost.of("stale") };
    let recloses = job.state.is_open() && unmet > 0 && counts.running == 0;
    let (entered, unmet, seal) = if recloses {
        (JobState::Pending, unmet, job.seal.retried())
    } else {
        (job.state, job.unmet, job.seal)
    };
    let seal = if unseals { seal.without_completion(entered) } else { seal };
    let run = job.run + i32::from(redrawn);
    LockedJob { counts, stale, run, state: entered, unmet, seal, ..job.clone() }
}

/// A run of its own for a job whose mark rises: what was inserted for it before this transaction held it draws positions anew.
async fn write(
    work: &mut Work,
    before: &LockedJob,
    after: &LockedJob,
    lost_retried: i64,
) -> Result<(), sqlx::Error> {
    let number = |count: i64| i32::try_from(count).expect("tasks of a job stay below 2^31");
    let written = sqlx::query!(
        "UPDATE jobs SET
             queued = $2, scheduled = $3, running = $4, succeeded = $5, failed = $6, cancelled = $7, skipped = $8, left_over = $9::integer,
             head = CASE WHEN $10 THEN nextval('task_positions') ELSE head END, added = added + 1, run = $11,
             settled_to = CASE
                 WHEN ended_at IS NOT NULL THEN settled_to
                 WHEN $9::integer = 0 THEN NULL
                 WHEN $10 THEN '00000000-0000-0000-0000-000000000000'::uuid
                 ELSE settled_to
             END,
             state = $12, unmet = CASE WHEN $14 THEN $13 ELSE unmet END,
             opened_at = CASE WHEN $14 THEN NULL ELSE opened_at END,
             opened_position = CASE WHEN $14 THEN NULL ELSE opened_position END,
             started_at = CASE WHEN $14 THEN NULL ELSE started_at END,
             returned = returned AND NOT $14,
             sealed = $15, sealed_by = $16, retried = retried - least(retried, $17::bigint::integer)
         WHERE id = $1",
        after.id,
        number(after.counts.queued - after.stale),
        number(after.counts.scheduled),
        number(after.counts.running),
        number(after.counts.succeeded),
        number(after.counts.failed),
        number(after.counts.cancelled),
        number(after.counts.skipped),
        number(after.stale),
        after.run != before.run,
        after.run,
        after.state.as_str(),
        after.unmet,
        after.state != before.state,
        after.seal.is_on(),
        after.seal.word(),
        lost_retried,
    )
    .execute(work.sql())
    .await?;
    assert_eq!(written.rows_affected(), 1, "a job that loses tasks is locked");
    Ok(())
}

/// The attempts under way of what is gone end with it; their workers learn it from their next report.
async fn end_leases(work: &mut Work, job: &LockedJob, lost: &Lost) -> Result<(), sqlx::Error> {
    let ended = sqlx::query!(
        // Each by its job and then by its id, as in rollup/close.rs.
        "WITH held AS MATERIALIZED (
             SELECT l.task_id
             FROM (
                 SELECT l.task_id
                 FROM (SELECT task_id FROM leases WHERE job_id = $1 OFFSET 0) l
                 CROSS JOIN LATERAL (SELECT origin FROM tasks WHERE id = l.task_id OFFSET 0) t
                 WHERE t.origin = ANY($2)
                 ORDER BY l.task_id
             ) found
             CROSS JOIN LATERAL (SELECT task_id FROM leases WHERE task_id = found.task_id FOR UPDATE) l
         ),
         ended AS (
             DELETE FROM leases WHERE task_id = ANY(ARRAY(SELECT task_id FROM held))
             RETURNING task_id, token, attempt, worker_id, started_at
         ),
         attempted AS (
             INSERT INTO attempts (task_id, token, number, outcome, worker_id, started_at, ended_at)
             SELECT task_id, token, attempt, 'cancelled', worker_id, started_at, windlass_now() FROM ended
         )
         SELECT task_id, token, attempt, worker_id, started_at, windlass_now() AS \"now!\" FROM ended",
        job.id,
        &lost.origins,
    )
    .fetch_all(work.sql())
    .await?;
    let cancelled = ended.into_iter().map(|lease| {
        let times = (lease.started_at, lease.now);
        EndedAttempt::cancelled(job, (lease.task_id, lease.attempt), (lease.token, lease.worker_id), times)
    });
    work.effects.ended.attempts.extend(cancelled);
    Ok(())
}

async fn mark_gone(work: &mut Work, plan: &Plan) -> Result<(), sqlx::Error> {
    if plan.lost.is_empty() {
        return Ok(());
    }
    let (mut jobs, mut origins, mut unsealed) = (Vec::new(), Vec::new(), Vec::new());
    for (id, (_, lost)) in &plan.lost {
        unsealed.extend(lost.seal.then_some(*id));
        jobs.extend(std::iter::repeat_n(*id, lost.origins.len()));
        origins.extend(&lost.origins);
    }
    sqlx::query!(
        "WITH unsealed AS (
             DELETE FROM job_seals WHERE job_id = ANY($3)
         ),
         gone AS (
             UPDATE task_origins o SET gone_at = windlass_now(), deleted_to = '00000000-0000-0000-0000-000000000000'
             FROM unnest($1::uuid[], $2::integer[]) AS lost (job_id, origin)
             -- By its key: while the table is empty, a join may walk its index.
             CROSS JOIN LATERAL (
                 SELECT ctid AS address FROM task_origins
                 WHERE job_id = lost.job_id AND origin = lost.origin OFFSET 0
             ) held
             WHERE o.ctid = held.address
             RETURNING o.job_id, o.origin
         )
         UPDATE jobs j SET origins = ARRAY(SELECT origin FROM unnest(j.origins) AS live (origin) WHERE origin <> ALL(lost.origins))
         FROM (SELECT job_id, array_agg(origin) AS origins FROM gone GROUP BY job_id) lost
         WHERE j.id = lost.job_id",
        &jobs,
        &origins,
        &unsealed,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
