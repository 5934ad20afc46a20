//! Begins to cancel a pipeline that has jobs which clean up.
//!
//! From then on it is sealed and `cancelled` in its row though it has not ended, which is shown as `cancelling`. Its edges decide the rest, and the
//! tally of its jobs ends it as any other; then it is cancelled.

use uuid::Uuid;

use super::cancellation::Cancellation;
use super::control::PipelineStatus;
use super::pause::write_jobs_paused;
use crate::effects::PipelineMark;
use crate::events::Event;
use crate::jobs::LockedJob;
use crate::rollup::{Parted, roll_up, seal_spared, write_marks};
use crate::work::{Interrupt, Work};

/// Cancels the jobs that are not spared, and takes the pipeline's own pause off, so that those that are can run.
pub(super) async fn clean_up(
    work: &mut Work,
    id: Uuid,
    now: &PipelineStatus,
    mut parted: Parted,
    cancel: &Cancellation,
) -> Result<(), Interrupt> {
    record(work, id, now, cancel, "cancelling");
    if now.paused {
        let open: Vec<LockedJob> = parted.cancelled.iter().chain(&parted.spared).cloned().collect();
        write_jobs_paused(work, id, false, &open).await?;
        record(work, id, now, cancel, "resumed");
        for job in parted.cancelled.iter_mut().chain(&mut parted.spared) {
            job.pipeline_paused = false;
        }
    }
    let reason = cancel.reason.clone();
    work.effects
        .pipeline_marks
        .insert(id, PipelineMark { cleans_up: true, reason, ..PipelineMark::default() });
    let mut endings = seal_spared(work, &parted.spared).await?;
    endings.extend(cancel.endings(parted.cancelled));
    if endings.is_empty() {
        return Ok(write_marks(work, id).await?);
    }
    roll_up(work, endings).await
}

fn record(work: &mut Work, id: Uuid, now: &PipelineStatus, cancel: &Cancellation, flag: &'static str) {
    let state = now.state.as_str();
    let event = Event::pipeline(id, Some(state), state, cancel.actor).because(cancel.reason.clone());
    work.effects.events.push(event.flagged(flag));
}
