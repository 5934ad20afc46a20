//! Pipeline rows: last in the lock order, and the last to learn what happened below.

use std::collections::BTreeMap;

use uuid::Uuid;
use windlass_domain::{PipelineState, PipelineTally, Seal};

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
    tally: PipelineTally,
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
        pipeline.cancelled |= mark.cancelled;
        if mark.cancelled || mark.failed_fast {
            pipeline.seal = pipeline.seal.ended();
        }
        let from = pipeline.state;
        pipeline.state = match pipeline.tally.end(pipeline.seal.is_on(), pipeline.cancelled) {
            Some(end) if !from.has_ended() => end.state(),
            None if from == PipelineState::Pending => PipelineState::Running,
            _ => from,
        };
        if pipeline.state != from {
            let actor = if mark.cancelled { Actor::Caller(work.caller) } else { Actor::Server };
            let event = Event::pipeline(pipeline.id, Some(from.as_str()), pipeline.state.as_str(), actor);
            work.effects.events.push(event.because(mark.reason));
            if pipeline.state.has_ended() {
                work.effects.ended.pipelines.push(EndedPipeline { id: pipeline.id, state: pipeline.state });
            }
        }
    }
    write(work, &pipelines).await
}

/// Ends a pipeline that was just sealed or cancelled, if all its jobs have ended.
pub(crate) async fn end_marked_pipeline(work: &mut Work, id: Uuid) -> Result<(), sqlx::Error> {
    let cancelled = work.effects.pipeline_marks.get(&id).is_some_and(|mark| mark.cancelled);
    let ended = lock(work, &[id])
        .await?
        .iter()
        .any(|pipeline| (pipeline.seal.is_on() || cancelled) && pipeline.tally.open == 0);
    if ended {
        add_tallies(work, &BTreeMap::from([(id, PipelineTally::default())])).await?;
    }
    Ok(())
}

/// Takes reopened jobs back into the pipeline's tally; an ended pipeline is under way again.
pub(crate) async fn reopen_pipeline(
    work: &mut Work,
    id: Uuid,
    delta: PipelineTally,
    reason: Option<String>,
) -> Result<(), sqlx::Error> {
    let Some(mut pipeline) = lock(work, &[id]).await?.pop() else { return Ok(()) };
    pipeline.tally = sum(pipeline.tally, delta);
    if pipeline.state.has_ended() {
        let from = pipeline.state.as_str();
        pipeline.state = PipelineState::Running;
        work.effects.events.push(
            Event::pipeline(id, Some(from), pipeline.state.as_str(), Actor::Caller(work.caller))
                .because(reason),
        );
        sqlx::query!(
            "UPDATE pipelines SET cancelled = false, failed_fast = false, reason = NULL WHERE id = $1",
            id
        )
        .execute(work.sql())
        .await?;
        pipeline.cancelled = false;
        pipeline.seal = pipeline.seal.retried();
    }
    write(work, &[pipeline]).await
}

async fn lock(work: &mut Work, ids: &[Uuid]) -> Result<Vec<LockedPipeline>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT id, state, sealed, sealed_by, cancelled, jobs_open, jobs_succeeded, jobs_failed, jobs_failed_allowed, jobs_cancelled,
                jobs_skipped, jobs_not_taken
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
        tally: PipelineTally {
            open: row.jobs_open,
            succeeded: row.jobs_succeeded,
            failed: row.jobs_failed,
            failed_allowed: row.jobs_failed_allowed,
            cancelled: row.jobs_cancelled,
            skipped: row.jobs_skipped,
            not_taken: row.jobs_not_taken,
        },
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
    let states: Vec<String> = pipelines.iter().map(|pipeline| pipeline.state.as_str().to_owned()).collect();
    let ended: Vec<bool> = pipelines.iter().map(|pipeline| pipeline.state.has_ended()).collect();
    let sealed: Vec<bool> = pipelines.iter().map(|pipeline| pipeline.seal.is_on()).collect();
    let sealed_by: Vec<Option<&str>> = pipelines.iter().map(|pipeline| pipeline.seal.word()).collect();
    let cancelled: Vec<bool> = pipelines.iter().map(|pipeline| pipeline.cancelled).collect();
    let marks: Vec<PipelineMark> =
        ids.iter().map(|id| work.effects.pipeline_marks.get(id).cloned().unwrap_or_default()).collect();
    let failed_fast: Vec<bool> = marks.iter().map(|mark| mark.failed_fast).collect();
    let reasons: Vec<Option<String>> = marks.into_iter().map(|mark| mark.reason).collect();
    let column = |value: fn(&PipelineTally) -> i32| -> Vec<i32> {
        pipelines.iter().map(|p| value(&p.tally)).collect()
    };
    sqlx::query!(
        "UPDATE pipelines p SET
             state = e.state, started_at = coalesce(p.started_at, windlass_now()),
             ended_at = CASE WHEN e.ended THEN coalesce(p.ended_at, windlass_now()) END,
             sealed = e.sealed, sealed_by = e.sealed_by, cancelled = e.cancelled,
             failed_fast = p.failed_fast OR e.failed_fast,
             reason = coalesce(e.reason, p.reason),
             jobs_open = e.open, jobs_succeeded = e.succeeded, jobs_failed = e.failed,
             jobs_failed_allowed = e.failed_allowed, jobs_cancelled = e.jobs_cancelled, jobs_skipped = e.skipped,
             jobs_not_taken = e.not_taken
         FROM unnest(
             $1::uuid[], $2::text[], $3::boolean[], $4::boolean[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[],
             $10::int[], $11::int[], $12::boolean[], $13::boolean[], $14::text[], $15::text[]
         ) AS e (
             id, state, ended, failed_fast, open, succeeded, failed, failed_allowed, jobs_cancelled, skipped, not_taken,
             sealed, cancelled, reason, sealed_by
         )
         WHERE p.id = e.id",
        &ids,
        &states,
        &ended,
        &failed_fast,
        &column(|tally| tally.open),
        &column(|tally| tally.succeeded),
        &column(|tally| tally.failed),
        &column(|tally| tally.failed_allowed),
        &column(|tally| tally.cancelled),
        &column(|tally| tally.skipped),
        &column(|tally| tally.not_taken),
        &sealed,
        &cancelled,
        &reasons as &[Option<String>],
        &sealed_by as &[Option<&str>],
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
