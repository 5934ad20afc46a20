//! Pipeline rows: last in the lock order, and the last to learn what happened below.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{PipelineState, PipelineTally, Seal, percent};

use crate::effects::PipelineMark;
use crate::events::EndedPipeline;
use crate::events::{Actor, Event};
use crate::jobs::stored_seal;
use crate::pipelines::pipeline_state;
use crate::work::Work;

struct LockedPipeline {
    id: Uuid,
    state: PipelineState,
    seal: Seal,
    cancelled: bool,
    failed_fast: bool,
    deadline_at: Option<DateTime<Utc>>,
    tally: PipelineTally,
    /// It is sealed as it is done.
    on_done: bool,
    /// Of its jobs, when one succeeded last, where that is kept.
    percentage: Option<i32>,
}

/// Adds what happened to their jobs to the pipelines; the first ended job starts one, the last ends it.
pub(super) async fn add_tallies(
    work: &mut Work,
    deltas: &BTreeMap<Uuid, PipelineTally>,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = deltas.keys().copied().collect();
    let mut pipelines = lock(work, &ids).await?;
    for pipeline in &mut pipelines {
        pipeline.tally = sum(pipeline.tally, deltas[&pipeline.id]);
        let mark = work.effects.pipeline_marks.get(&pipeline.id).cloned().unwrap_or_default();
        pipeline.cancelled |= mark.is_cancel();
        let is_done = pipeline.on_done && pipeline.tally.is_done();
        if mark.is_cancel() || mark.failed_fast || is_done {
            pipeline.seal = pipeline.seal.ended();
        }
        if deltas[&pipeline.id].succeeded > 0 {
            let (done, jobs) = (pipeline.tally.succeeded.into(), pipeline.tally.jobs().into());
            pipeline.percentage = pipeline.percentage.map(|_| percent(done, jobs));
        }
        let from = pipeline.state;
        pipeline.state = match pipeline.tally.end(pipeline.seal.is_on(), pipeline.cancelled) {
            Some(end) if !from.has_ended() => end.state(),
            None if from == PipelineState::Pending => PipelineState::Running,
            _ => from,
        };
        if pipeline.state != from {
            let actor = mark.cancelled.unwrap_or(Actor::Server);
            let event = Event::pipeline(pipeline.id, Some(from.as_str()), pipeline.state.as_str(), actor);
            // A cancel with clean-up has told its reason in an event of its own.
            work.effects.events.push(event.because(mark.reason.filter(|_| !mark.cleans_up)));
            if pipeline.state.has_ended() {
                work.effects.ended.pipelines.push(EndedPipeline { id: pipeline.id, state: pipeline.state });
            }
        }
    }
    write(work, &pipelines).await
}

/// Ends a pipeline that was just sealed or cancelled, if all its jobs have ended.
pub(crate) async fn end_marked_pipeline(work: &mut Work, id: Uuid) -> Result<(), sqlx::Error> {
    let cancelled = work.effects.pipeline_marks.get(&id).is_some_and(PipelineMark::is_cancel);
    let ended = lock(work, &[id])
        .await?
        .iter()
        .any(|pipeline| (pipeline.seal.is_on() || cancelled) && pipeline.tally.open == 0);
    if ended {
        write_marks(work, id).await?;
    }
    Ok(())
}

/// Writes what this transaction does to a pipeline none of whose jobs it ends.
pub(crate) async fn write_marks(work: &mut Work, id: Uuid) -> Result<(), sqlx::Error> {
    work.write_effects().await?;
    add_tallies(work, &BTreeMap::from([(id, PipelineTally::default())])).await
}

/// Takes reopened jobs back into the pipeline's tally; an ended pipeline is under way again, until this deadline if there is one.
pub(crate) async fn reopen_pipeline(
    work: &mut Work,
    id: Uuid,
    delta: PipelineTally,
    reason: Option<String>,
    deadline: Option<DateTime<Utc>>,
) -> Result<(), sqlx::Error> {
    let Some(mut pipeline) = lock(work, &[id]).await?.pop() else { return Ok(()) };
    pipeline.tally = sum(pipeline.tally, delta);
    let had_ended = pipeline.state.has_ended();
    if had_ended {
        let from = pipeline.state.as_str();
        pipeline.state = PipelineState::Running;
        work.effects.events.push(
            Event::pipeline(id, Some(from), pipeline.state.as_str(), Actor::Caller(work.caller))
                .because(reason),
        );
    }
    if had_ended || pipeline.cancelled {
        take_cancel_back(work, id, had_ended, deadline).await?;
        if deadline != pipeline.deadline_at {
            let state = pipeline.state.as_str();
            let event = Event::pipeline(id, Some(state), state, Actor::Caller(work.caller));
            work.effects.events.push(event.flagged("deadline"));
        }
        pipeline.cancelled = false;
        if had_ended || !pipeline.failed_fast {
            pipeline.seal = pipeline.seal.retried();
        }
    }
    write(work, &[pipeline]).await
}

/// Begins anew, with this deadline or none. What a cancel with clean-up has spared and is still pending takes tasks once it opens, unless it is for
/// `fail_fast` that it is spared. This transaction holds all that is pending.
async fn take_cancel_back(
    work: &mut Work,
    id: Uuid,
    had_ended: bool,
    deadline: Option<DateTime<Utc>>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "WITH begun AS (
             UPDATE pipelines SET
                 cancelled = false, failed_fast = failed_fast AND NOT $2, deadline_at = $3, reason = NULL
             WHERE id = $1
             RETURNING failed_fast
         )
         UPDATE jobs SET spared = false
         WHERE pipeline_id = $1 AND state = 'pending' AND spared AND NOT (SELECT failed_fast FROM begun)",
        id,
        had_ended,
        deadline,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

async fn lock(work: &mut Work, ids: &[Uuid]) -> Result<Vec<LockedPipeline>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT id, state, sealed, sealed_by, cancelled, failed_fast, deadline_at, seals_on_done, percentage, jobs_open, jobs_succeeded, jobs_failed, jobs_failed_allowed,
                jobs_cancelled, jobs_skipped, jobs_not_taken
         FROM pipelines WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
        ids,
    )
    .fetch_all(work.sql())
    .await?;
    let pipelines = rows.into_iter().map(|row| LockedPipeline {
        id: row.id,
        state: pipeline_state(&row.state),
        seal: stored_seal(row.sealed, row.sealed_by.as_deref(), false),
        cancelled: row.cancelled,
        failed_fast: row.failed_fast,
        deadline_at: row.deadline_at,
        tally: PipelineTally {
            open: row.jobs_open,
            succeeded: row.jobs_succeeded,
            failed: row.jobs_failed,
            failed_allowed: row.jobs_failed_allowed,
            cancelled: row.jobs_cancelled,
            skipped: row.jobs_skipped,
            not_taken: row.jobs_not_taken,
        },
        on_done: row.seals_on_done == Some(true),
        percentage: row.percentage,
    });
    Ok(pipelines.collect())
}

fn sum(a: PipelineTally, b: PipelineTally) -> PipelineTally {
    PipelineTally {
        open: a.open + b.open,
        succeeded: a.succeeded + b.succeeded,
        failed: a.failed + b.failed,
        failed_allowed: a.failed_allowed + b.failed_allowed,
        cancelled: a.cancelled + b.cancelled,
        skipped: a.skipped + b.skipped,
        not_taken: a.not_taken + b.not_taken,
    }
}

async fn write(work: &mut Work, pipelines: &[LockedPipeline]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = pipelines.iter().map(|pipeline| pipeline.id).collect();
    let flag = |value: fn(&LockedPipeline) -> bool| -> Vec<bool> { pipelines.iter().map(value).collect() };
    let marks: Vec<PipelineMark> =
        ids.iter().map(|id| work.effects.pipeline_marks.get(id).cloned().unwrap_or_default()).collect();
    let mark = |value: fn(&PipelineMark) -> bool| -> Vec<bool> { marks.iter().map(value).collect() };
    let reasons: Vec<Option<String>> = marks.iter().map(|mark| mark.reason.clone()).collect();
    let column = |value: fn(&PipelineTally) -> i32| -> Vec<i32> {
        pipelines.iter().map(|p| value(&p.tally)).collect()
    };
    sqlx::query!(
        "UPDATE pipelines p SET
             state = e.state, started_at = coalesce(p.started_at, windlass_now()),
             ended_at = CASE WHEN e.ended THEN coalesce(p.ended_at, windlass_now()) END,
             sealed = e.sealed, sealed_by = e.sealed_by, cancelled = e.cancelled,
             paused = p.paused AND NOT e.resumed,
             failed_fast = p.failed_fast OR e.failed_fast,
             reason = coalesce(e.reason, p.reason),
             jobs_open = e.open, jobs_succeeded = e.succeeded, jobs_failed = e.failed,
             jobs_failed_allowed = e.failed_allowed, jobs_cancelled = e.jobs_cancelled, jobs_skipped = e.skipped,
             jobs_not_taken = e.not_taken, percentage = e.percentage,
             updated_at = CASE WHEN p.updated_at IS NOT NULL THEN windlass_now() END
         FROM unnest(
             $1::uuid[], $2::text[], $3::boolean[], $4::boolean[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[],
             $10::int[], $11::int[], $12::boolean[], $13::boolean[], $14::text[], $15::text[], $16::boolean[], $17::int[]
         ) AS e (
             id, state, ended, failed_fast, open, succeeded, failed, failed_allowed, jobs_cancelled, skipped, not_taken,
             sealed, cancelled, reason, sealed_by, resumed, percentage
         )
         WHERE p.id = e.id",
        &ids,
        &pipelines.iter().map(|pipeline| pipeline.state.as_str().to_owned()).collect::<Vec<_>>(),
        &flag(|pipeline| pipeline.state.has_ended()),
        &mark(|mark| mark.failed_fast),
        &column(|tally| tally.open),
        &column(|tally| tally.succeeded),
        &column(|tally| tally.failed),
        &column(|tally| tally.failed_allowed),
        &column(|tally| tally.cancelled),
        &column(|tally| tally.skipped),
        &column(|tally| tally.not_taken),
        &flag(|pipeline| pipeline.seal.is_on()),
        &flag(|pipeline| pipeline.cancelled),
        &reasons as &[Option<String>],
        &pipelines.iter().map(|pipeline| pipeline.seal.word()).collect::<Vec<_>>() as &[Option<&str>],
        &mark(|mark| mark.cleans_up),
        &pipelines.iter().map(|pipeline| pipeline.percentage).collect::<Vec<_>>() as &[Option<i32>],
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
