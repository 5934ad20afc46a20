//! Writes the job rows of what comes back, and brings the first task rows back.

use std::sync::atomic::Ordering;

use uuid::Uuid;
use windlass_domain::{JobCounts, JobState, PipelineTally, Reason, TaskState};

use super::back::{Back, bring_back, bring_one_back, write_back};
use super::cancelled_by_hand::{forget_cancel, forget_cancels, keep_cancels};
use super::plan::{Plan, Return};
use super::scope::Tasks;
use super::take_back::take_back;
use super::wait_again::wait_again;
use crate::events::{Actor, Event};
use crate::jobs::LockedJob;
use crate::origins::Lost;
use crate::queues::name_types;
use crate::rollup::{Ending, end_leases, untally};
use crate::work::{Interrupt, Work};

/// Rows looked at for each that may be brought back at once: where few among many come back, the settler looks for the rest.
const LOOKS: i64 = 10;
/// What a walk costs, in rows looked at: with a thousand small jobs it is their number that takes time.
const WALK: i64 = 100;

/// Takes back what is lost, and brings the planned jobs back; returns what that changes of the pipeline's tally, and the jobs that end again at once (joins).
pub(super) async fn reopen(
    work: &mut Work,
    plan: &Plan,
    reason: Option<&Reason>,
) -> Result<(PipelineTally, Vec<Ending>), Interrupt> {
    name_types(work, plan.back.values().map(|back| back.job.type_name.as_str())).await?;
    sqlx::query!(
        "UPDATE jobs j SET unmet = e.unmet FROM unnest($1::uuid[], $2::int[]) AS e (id, unmet) WHERE j.id = e.id",
        &plan.pending.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
        &plan.pending.iter().map(|(_, unmet)| *unmet).collect::<Vec<_>>(),
    )
    .execute(work.sql())
    .await?;
    let mut tally = PipelineTally::default();
    restate(work, plan, &mut tally).await?;
    let mut reopened = take_back(work, plan, reason).await?;
    wait_again(work, &plan.waiting, reason).await?;
    end_leases(work, plan.back.values().map(|back| &back.job)).await?;
    forget_whole(work, plan).await?;
    for back in plan.back.values() {
        if back.job.state.has_ended() {
            untally(&mut tally, &back.job);
        }
        let lost = plan.lost.get(&back.job.id).map(|(_, lost)| lost.clone()).unwrap_or_default();
        let open = come_back(work, back, &lost).await?;
        record(work, &back.job, &open, reason);
        reopened.push(open);
    }
    let (mut stale, settled): (Vec<LockedJob>, _) = reopened.into_iter().partition(|job| job.stale > 0);
    let empty = settled.into_iter().filter(|job| job.counts.open() == 0);
    let endings = empty.filter_map(|job| {
        let opens = plan.back.contains_key(&job.id);
        let ending = Ending::decided(job.clone(), job.end()?);
        Some(if opens { ending.at_opening() } else { ending })
    });
    let endings = endings.collect();
    for job in &mut stale {
        if let Some(Return { tasks: Tasks::FailedFast { task, .. }, .. }) = plan.back.get(&job.id) {
            *job = bring_one_back(work, job, *task).await?;
        }
    }
    bring_first_back(work, stale).await?;
    Ok((tally, endings))
}

/// All tasks of these jobs come back, those that were cancelled one by one, too.
async fn forget_whole(work: &mut Work, plan: &Plan) -> Result<(), sqlx::Error> {
    let whole = |back: &&Return| matches!(back.tasks, Tasks::All | Tasks::Unsuccessful);
    let jobs: Vec<Uuid> = plan.back.values().filter(whole).map(|back| back.job.id).collect();
    forget_cancels(work, &jobs).await
}

fn record(work: &mut Work, before: &LockedJob, after: &LockedJob, reason: Option<&Reason>) {
    work.effects.count_job(before, after);
    // One that waits, and repeats what it had done before, goes on waiting.
    if before.state != after.state {
        let (from, to) = (before.state.as_str(), after.state.as_str());
        let event = Event::job(after.pipeline_id, after.id, Some(from), to, Actor::Caller(work.caller));
        work.effects.events.push(event.because(reason.map(Reason::to_string)));
    }
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

/// What a job shows once it has come back without what is lost: its tasks are stale, but for a single one, which is brought back here.
async fn come_back(work: &mut Work, back: &Return, lost: &Lost) -> Result<LockedJob, sqlx::Error> {
    let Return { job, unmet, tasks } = back;
    let (unmet, tasks) = (*unmet, *tasks);
    let state = if unmet > 0 { JobState::Pending } else { JobState::Queued };
    let run = job.run + 1;
    let seal = if lost.seal { job.seal.without_completion(job.state) } else { job.seal }.retried();
    let seal = if unmet > 0 { seal } else { seal.opened() };
    let open = LockedJob { state, unmet, run, not_taken: false, by_hand: false, seal, ..job.clone() };
    let (total, succeeded) = (job.counts.total(), job.counts.succeeded);
    let (open, back) = match tasks {
        Tasks::All => (again(open, total - lost.total, 0), Back::default()),
        Tasks::Unsuccessful => (again(open, total - succeeded, succeeded), Back::default()),
        Tasks::FailedFast { task, kept } => {
            forget_cancel(work, open.id, task).await?;
            let staying = keep_cancels(work, &open, task).await?;
            assert_eq!(staying, kept, "the tasks of a job that comes back are held by its lock");
            let open = again(open, total - succeeded - kept, succeeded);
            (LockedJob { counts: JobCounts { cancelled: kept, ..open.counts }, ..open }, Back::default())
        }
        Tasks::Only { task, state } => {
            forget_cancel(work, open.id, task).await?;
            let back = write_back(work, &open, &[task]).await?;
            (LockedJob { counts: counts_with(job.counts, state, back), ..open }, back)
        }
    };
    write_job(work, &open, tasks, back).await?;
    Ok(open)
}

fn again(job: LockedJob, stale: i64, succeeded: i64) -> LockedJob {
    LockedJob { counts: JobCounts { queued: stale, succeeded, ..JobCounts::default() }, stale, ..job }
}

/// The counts of a settled job of which one task, that had ended like this, came back.
fn counts_with(counts: JobCounts, ended: TaskState, back: Back) -> JobCounts {
    let was = |state: TaskState| i64::from(state == ended);
    JobCounts {
        queued: counts.queued + back.queued,
        scheduled: counts.scheduled + back.scheduled,
        failed: counts.failed - was(TaskState::Failed),
        cancelled: counts.cancelled - was(TaskState::Cancelled),
        skipped: counts.skipped - was(TaskState::Skipped),
        ..counts
    }
}

/// Stale tasks may be stored as waiting: the mark rises above every position drawn so far, and what comes back draws one above it.
async fn write_job(work: &mut Work, job: &LockedJob, tasks: Tasks, back: Back) -> Result<(), sqlx::Error> {
    let number = |count: i64| i32::try_from(count).expect("tasks of a job stay below 2^31");
    sqlx::query!(
        "UPDATE jobs SET
             state = $2, unmet = $3, run = $4, not_taken = false, passed = false, by_hand = false, spared = false, reason = NULL,
             queued = $5, scheduled = $6, running = 0, succeeded = $7, failed = $8, cancelled = $9, skipped = $10,
             left_over = $11::integer,
             again_run = CASE WHEN $12 THEN again_run ELSE $4 END,
             all_again_run = CASE WHEN $13 THEN $4 ELSE all_again_run END,
             head = coalesce($14::bigint - 1, nextval('task_positions')), added = added + 1,
             settled_to = CASE WHEN $11::integer > 0 THEN '00000000-0000-0000-0000-000000000000'::uuid END,
             opened_at = CASE WHEN $2 = 'queued' THEN windlass_now() END,
             opened_position = CASE WHEN $2 = 'queued' THEN nextval('job_positions') END, returned = false,
             started_at = NULL, ended_at = NULL,
             sealed = $15, sealed_by = $16, retried = CASE WHEN retried IS NOT NULL THEN $17::bigint::integer END
         WHERE id = $1",
        job.id,
        job.state.as_str(),
        job.unmet,
        job.run,
        number(job.counts.queued - job.stale),
        number(job.counts.scheduled),
        number(job.counts.succeeded),
        number(job.counts.failed),
        number(job.counts.cancelled),
        number(job.counts.skipped),
        number(job.stale),
        matches!(tasks, Tasks::Only { .. }),
        tasks == Tasks::All,
        back.lowest,
        job.seal.is_on(),
        job.seal.word(),
        back.retried,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

/// Brings back as many rows as a retry may within its own transaction, of jobs that are open before those that are not: workers have something at
/// once, and a small retry is complete.
async fn bring_first_back(work: &mut Work, mut jobs: Vec<LockedJob>) -> Result<(), sqlx::Error> {
    jobs.sort_by_key(|job| (!job.state.is_open(), job.id));
    let mut most = work.memory.back_at_once.load(Ordering::Relaxed);
    let mut looks = most * LOOKS;
    for mut job in jobs {
        while job.stale > 0 {
            if most <= 0 || looks <= 0 {
                return Ok(());
            }
            let walk = bring_back(work, &job, most).await?;
            (most, looks) = (most - walk.brought, looks - walk.looked - WALK);
            if walk.ended {
                break;
            }
            job = walk.job;
        }
    }
    Ok(())
}
