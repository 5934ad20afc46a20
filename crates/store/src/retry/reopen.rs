//! Writes what comes back: task rows, then job rows.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;
use windlass_domain::{JobCounts, JobState, PipelineTally, Reason};

use super::{Plan, Tasks};
use crate::audit::{Actor, Event};
use crate::rollup::{Ending, LockedJob, untally};
use crate::transaction::{Interrupt, Work};

/// What came to wait in one job.
#[derive(Default, Clone, Copy)]
struct Back {
    queued: i64,
    scheduled: i64,
    lowest: Option<i64>,
}

/// Brings the planned jobs back; returns what that changes of the pipeline's tally, and the jobs that end again at once (joins).
pub(super) async fn reopen(
    work: &mut Work,
    plan: &Plan,
    seeds: &HashSet<Uuid>,
    tasks: Tasks,
    reason: Option<&Reason>,
) -> Result<(PipelineTally, Vec<Ending>), Interrupt> {
    sqlx::query!(
        "UPDATE jobs j SET unmet = e.unmet FROM unnest($1::uuid[], $2::int[]) AS e (id, unmet) WHERE j.id = e.id",
        &plan.pending.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
        &plan.pending.iter().map(|(_, unmet)| *unmet).collect::<Vec<_>>(),
    )
    .execute(work.sql())
    .await?;
    let mut tally = PipelineTally::default();
    restate(work, plan, &mut tally).await?;
    let mut endings = Vec::new();
    for (id, (job, unmet)) in &plan.back {
        let tasks = if seeds.contains(id) { tasks } else { Tasks::Unsuccessful };
        let back = reopen_tasks(work, job, tasks).await?;
        let open = reopened(work, job, *unmet, tasks, back).await?;
        write_job(work, &open, back).await?;
        work.count_job(job, &open);
        if job.state.has_ended() {
            untally(&mut tally, job);
        }
        let event =
            Event::job(job.pipeline_id, *id, Some(job.state.as_str()), open.state.as_str(), Actor::Client);
        work.events.push(event.because(reason.map(Reason::to_string)));
        if open.counts.open() == 0
            && let Some(end) = open.end()
        {
            endings.push(Ending::decided(open, end));
        }
    }
    Ok((tally, endings))
}

/// What stays skipped is so for another cause now, which may be a better one for its pipeline.
async fn restate(work: &mut Work, plan: &Plan, tally: &mut PipelineTally) -> Result<(), sqlx::Error> {
    let skips = || plan.restated.values().map(|(_, skip)| skip);
    sqlx::query!(
        "UPDATE jobs j SET reason = e.reason, not_taken = e.not_taken
         FROM unnest($1::uuid[], $2::text[], $3::boolean[]) AS e (id, reason, not_taken) WHERE j.id = e.id",
        &plan.restated.keys().copied().collect::<Vec<_>>(),
        &skips().map(|skip| skip.reason.clone()).collect::<Vec<_>>(),
        &skips().map(|skip| skip.not_taken).collect::<Vec<_>>(),
    )
    .execute(work.sql())
    .await?;
    for (job, skip) in plan.restated.values() {
        let moved = i32::from(skip.not_taken) - i32::from(job.not_taken);
        tally.not_taken += moved;
        tally.skipped -= moved;
    }
    Ok(())
}

/// Puts tasks back in line, in the order they were added, with the policy's attempts granted anew. Only one that never started still waits
/// for its `run_at`: a delay of an earlier attempt is over.
async fn reopen_tasks(work: &mut Work, job: &LockedJob, tasks: Tasks) -> Result<Back, sqlx::Error> {
    if let Tasks::Only(_) = tasks {
        settle_all(work, job.id).await?;
    }
    let only = if let Tasks::Only(task) = tasks { Some(task) } else { None };
    let row = sqlx::query!(
        "WITH back AS MATERIALIZED (
             SELECT t.id FROM tasks t
             WHERE t.job_id = $1 AND (t.id = $2 OR $2 IS NULL AND ($3 OR t.state <> 'succeeded'))
             ORDER BY t.id
         ),
         forgotten AS (
             DELETE FROM task_progress g USING back WHERE g.task_id = back.id
         ),
         written AS (
             UPDATE tasks t SET
                 state = CASE WHEN t.started_at IS NULL AND t.run_at > windlass_now() THEN 'scheduled' ELSE 'queued' END,
                 run_at = CASE WHEN t.started_at IS NULL THEN t.run_at END,
                 position = nextval('task_positions'),
                 max_attempts = t.attempt + s.max_attempts,
                 started_at = NULL,
                 ended_at = NULL
             FROM back, job_specs s
             WHERE t.id = back.id AND s.job_id = t.job_id
             RETURNING t.state, t.position
         )
         SELECT count(*) FILTER (WHERE state = 'queued') AS \"queued!\",
                count(*) FILTER (WHERE state = 'scheduled') AS \"scheduled!\",
                min(position) FILTER (WHERE state = 'queued') AS lowest
         FROM written",
        job.id,
        only,
        tasks == Tasks::All,
    )
    .fetch_one(work.sql())
    .await?;
    Ok(Back { queued: row.queued, scheduled: row.scheduled, lowest: row.lowest })
}

/// One task comes back and its job's left-overs do not: they get their effective state first.
async fn settle_all(work: &mut Work, job: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE tasks t SET state = windlass_task_state(t.state, j.state, j.due), ended_at = j.ended_at
         FROM jobs j
         WHERE t.job_id = $1 AND j.id = $1 AND j.ended_at IS NOT NULL AND t.state IN ('queued', 'scheduled', 'running')",
        job,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

async fn reopened(
    work: &mut Work,
    job: &LockedJob,
    unmet: i32,
    tasks: Tasks,
    back: Back,
) -> Result<LockedJob, sqlx::Error> {
    let state = if unmet > 0 { JobState::Pending } else { JobState::Queued };
    let counts = match tasks {
        Tasks::All => JobCounts { queued: back.queued, scheduled: back.scheduled, ..JobCounts::default() },
        Tasks::Unsuccessful => JobCounts {
            queued: back.queued,
            scheduled: back.scheduled,
            succeeded: job.counts.succeeded,
            ..JobCounts::default()
        },
        Tasks::Only(_) => counts_of(work, job.id).await?,
    };
    Ok(LockedJob { state, unmet, run: job.run + 1, not_taken: false, by_hand: false, counts, ..job.clone() })
}

async fn counts_of(work: &mut Work, job: Uuid) -> Result<JobCounts, sqlx::Error> {
    let rows =
        sqlx::query!("SELECT state, count(*) AS \"count!\" FROM tasks WHERE job_id = $1 GROUP BY state", job)
            .fetch_all(work.sql())
            .await?;
    let counts: BTreeMap<String, i64> = rows.into_iter().map(|row| (row.state, row.count)).collect();
    let of = |state: &str| counts.get(state).copied().unwrap_or(0);
    Ok(JobCounts {
        queued: of("queued"),
        scheduled: of("scheduled"),
        running: of("running"),
        succeeded: of("succeeded"),
        failed: of("failed"),
        cancelled: of("cancelled"),
        skipped: of("skipped"),
    })
}

/// Every waiting task of the job has just drawn its place, so the mark may rise to below the lowest.
async fn write_job(work: &mut Work, job: &LockedJob, back: Back) -> Result<(), sqlx::Error> {
    let number = |count: i64| i32::try_from(count).expect("tasks of a job stay below 2^31");
    sqlx::query!(
        "UPDATE jobs SET
             state = $2, unmet = $3, run = $4, not_taken = false, by_hand = false, reason = NULL,
             queued = $5, scheduled = $6, running = $7, succeeded = $8, failed = $9, cancelled = $10, skipped = $11,
             head = coalesce($12::bigint - 1, head), added = added + 1, settled_to = NULL,
             opened_at = CASE WHEN $2 = 'queued' THEN windlass_now() END,
             opened_position = CASE WHEN $2 = 'queued' THEN nextval('job_positions') END,
             started_at = NULL, ended_at = NULL
         WHERE id = $1",
        job.id,
        job.state.as_str(),
        job.unmet,
        job.run,
        number(job.counts.queued),
        number(job.counts.scheduled),
        number(job.counts.running),
        number(job.counts.succeeded),
        number(job.counts.failed),
        number(job.counts.cancelled),
        number(job.counts.skipped),
        back.lowest,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
