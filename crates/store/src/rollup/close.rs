//! Closes jobs: their state, their open tasks, their leases.

use std::collections::BTreeMap;

use uuid::Uuid;
use windlass_domain::JobState;

use super::ending::Ending;
use crate::effects::PipelineMark;
use crate::events::{Actor, Event};
use crate::events::{EndedAttempt, EndedJob};
use crate::jobs::LockedJob;
use crate::work::Work;

/// Writes the ends. Task rows are not touched: below an ended job they are read through it, and settled later.
pub(super) async fn close_jobs(work: &mut Work, endings: &[Ending]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = endings.iter().map(|ending| ending.job.id).collect();
    let states: Vec<String> = endings.iter().map(|ending| ending.state.as_str().to_owned()).collect();
    let reasons: Vec<Option<String>> = endings.iter().map(|ending| ending.reason.clone()).collect();
    let not_taken: Vec<bool> = endings.iter().map(|ending| ending.not_taken).collect();
    let by_hand: Vec<bool> = endings
        .iter()
        .map(|ending| {
            matches!(ending.state, JobState::Cancelled | JobState::Skipped)
                && matches!(ending.actor, Actor::Caller(_))
        })
        .collect();
    let sealed_by: Vec<Option<&str>> = endings.iter().map(|ending| ending.job.seal.ended().word()).collect();
    let frozen: Vec<bool> = endings.iter().map(Ending::freezes).collect();
    let kept: Vec<bool> = endings.iter().map(|ending| is_kept(work, ending)).collect();
    let written = sqlx::query!(
        "UPDATE jobs j SET
             state = e.state,
             reason = coalesce(e.reason, j.reason),
             not_taken = e.not_taken,
             by_hand = e.by_hand,
             passed = e.passed,
             sealed = true,
             sealed_by = e.sealed_by,
             ended_at = windlass_now(),
             cancelled = j.cancelled + CASE WHEN e.state = 'skipped' OR e.frozen OR e.kept THEN 0
                 ELSE j.queued + j.scheduled + j.running + j.left_over END,
             skipped = j.skipped + CASE WHEN e.state = 'skipped' AND NOT e.kept
                 THEN j.queued + j.scheduled + j.running + j.left_over ELSE 0 END,
             settled_to = CASE WHEN j.queued + j.scheduled + j.running + j.left_over > 0 AND NOT (e.frozen OR e.kept)
                 THEN '00000000-0000-0000-0000-000000000000'::uuid END,
             queued = CASE WHEN e.frozen OR e.kept THEN j.queued + j.left_over ELSE 0 END,
             scheduled = CASE WHEN e.frozen OR e.kept THEN j.scheduled ELSE 0 END,
             running = CASE WHEN e.frozen OR e.kept THEN j.running ELSE 0 END,
             left_over = 0,
             retried = CASE WHEN e.frozen OR e.kept THEN j.retried WHEN j.retried IS NOT NULL THEN 0 END,
             frozen = nullif(e.frozen, false), kept = nullif(e.kept, false)
         FROM unnest(
                 $1::uuid[], $2::text[], $3::text[], $4::boolean[], $5::boolean[], $6::text[], $7::boolean[], $8::boolean[], $9::boolean[]
             ) AS e (id, state, reason, not_taken, by_hand, sealed_by, passed, frozen, kept)
         WHERE j.id = e.id AND j.ended_at IS NULL",
        &ids,
        &states,
        &reasons as &[Option<String>],
        &not_taken,
        &by_hand,
        &sealed_by as &[Option<&str>],
        &endings.iter().map(|ending| ending.passed).collect::<Vec<_>>(),
        &frozen,
        &kept,
    )
    .execute(work.sql())
    .await?;
    assert_eq!(written.rows_affected(), ids.len() as u64, "a job to close is locked and has not ended");
    end_leases(work, endings.iter().filter(|ending| !ending.freezes()).map(|ending| &ending.job)).await?;
    for ending in endings {
        record(work, ending);
    }
    Ok(())
}

/// Whether a job that freezes is ended by its pipeline: by its cancel, or the failure of a job above. Its tasks then keep their stored states, since they
/// are shown as they were.
fn is_kept(work: &Work, ending: &Ending) -> bool {
    let marks = &work.effects.pipeline_marks;
    let is_cancelled = || marks.get(&ending.job.pipeline_id).is_some_and(PipelineMark::is_cancel);
    ending.job.freezes
        && match ending.state {
            JobState::Cancelled => is_cancelled(),
            JobState::Skipped => ending.actor == Actor::Server,
            _ => false,
        }
}

/// The attempts under way in jobs that this transaction holds end as cancelled; their workers learn it from their next report.
pub(crate) async fn end_leases<'a>(
    work: &mut Work,
    jobs: impl Iterator<Item = &'a LockedJob>,
) -> Result<(), sqlx::Error> {
    let running: BTreeMap<Uuid, &LockedJob> =
        jobs.filter(|job| job.counts.running > 0).map(|job| (job.id, job)).collect();
    if running.is_empty() {
        return Ok(());
    }
    let ended = sqlx::query!(
        // Each by its job and then by its id: with a join or an order, the planner may walk all leases.
        "WITH held AS MATERIALIZED (
             SELECT l.task_id
             FROM (
                 SELECT l.task_id
                 FROM unnest($1::uuid[]) AS job (id)
                 CROSS JOIN LATERAL (SELECT task_id FROM leases WHERE job_id = job.id OFFSET 0) l
                 ORDER BY l.task_id
             ) found
             CROSS JOIN LATERAL (SELECT task_id FROM leases WHERE task_id = found.task_id FOR UPDATE) l
         ),
         ended AS (
             DELETE FROM leases WHERE task_id = ANY(ARRAY(SELECT task_id FROM held))
             RETURNING task_id, job_id, token, attempt, worker_id, started_at
         ),
         attempted AS (
             INSERT INTO attempts (task_id, token, number, outcome, worker_id, started_at, ended_at)
             SELECT task_id, token, attempt, 'cancelled', worker_id, started_at, windlass_now() FROM ended
         )
         SELECT task_id, job_id, token, attempt, worker_id, started_at, windlass_now() AS \"now!\" FROM ended",
        &running.keys().copied().collect::<Vec<_>>(),
    )
    .fetch_all(work.sql())
    .await?;
    let cancelled = ended.into_iter().map(|lease| {
        let (job, times) = (running[&lease.job_id], (lease.started_at, lease.now));
        EndedAttempt::cancelled(job, (lease.task_id, lease.attempt), (lease.token, lease.worker_id), times)
    });
    work.effects.ended.attempts.extend(cancelled);
    Ok(())
}

fn record(work: &mut Work, ending: &Ending) {
    let job = &ending.job;
    let mut after = job.clone();
    after.state = ending.state;
    after.frozen = ending.freezes();
    work.effects.count_job(job, &after);
    let event =
        Event::job(job.pipeline_id, job.id, Some(job.state.as_str()), ending.state.as_str(), ending.actor);
    work.effects.events.push(event.of_type(&job.type_name).because(ending.reason.clone()));
    work.effects.ended.jobs.push(EndedJob {
        id: job.id,
        type_name: job.type_name.clone(),
        state: ending.state,
    });
}
