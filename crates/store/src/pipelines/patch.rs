//! `PATCH /v1/pipelines/{id}`: priority and metadata, in every state; the deadline of one that has not ended.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{Json, Priority};

use super::control::{PipelineStatus, lock_control, lock_state, look_at, read_both};
use super::deadline::{check_ahead, write_deadline};
use crate::events::{Actor, Event};
use crate::jobs::lock_open_jobs;
use crate::view::{Job, Pipeline};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// Merges a patch into the stored metadata (`None`: the empty object), or says why the outcome is refused.
pub type Merge<'a> = &'a (dyn Fn(Option<&str>) -> Result<Option<Json>, String> + Send + Sync);

/// What to change of a pipeline; `None` stays.
#[derive(Clone, Copy, Default)]
pub struct PipelineChange<'a> {
    /// Counts from the next dequeue on.
    pub priority: Option<Priority>,
    /// Of its metadata.
    pub merge: Option<Merge<'a>>,
    /// When it is cancelled with clean-up; `Some(None)`: never.
    pub deadline_at: Option<Option<DateTime<Utc>>>,
}

impl Store {
    /// Changes a pipeline's priority, its metadata, and, unless it has ended, its deadline.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::DeadlineNotAhead`], [`Error::MetadataRefused`], [`Error::IllegalTransition`] for the deadline of one that
    /// has ended, [`Error::Unavailable`].
    pub async fn patch_pipeline(
        &self,
        id: Uuid,
        change: PipelineChange<'_>,
    ) -> Result<(Pipeline, Vec<Job>), Error> {
        transact!(self, work => patch(&mut work, id, &change).await).await
    }
}

async fn patch(
    work: &mut Work,
    id: Uuid,
    change: &PipelineChange<'_>,
) -> Result<(Pipeline, Vec<Job>), Interrupt> {
    let now = look_at(work, id).await?;
    check_ahead(work, change.deadline_at.flatten()).await?;
    if change.does_nothing(&now) {
        return read_both(work, id).await;
    }
    lock_control(work, id).await?;
    let now = look_at(work, id).await?;
    let mut flags = Vec::new();
    if let Some(priority) = change.new_priority(&now) {
        write_priority(work, id, priority).await?;
        flags.push("priority");
    }
    if let Some(merge) = change.merge
        && merge_metadata(work, id, merge).await?
    {
        flags.push("metadata");
    }
    // From here on it neither starts nor ends.
    let state = lock_state(work, id).await?;
    if let Some(deadline) = change.deadline_at {
        if state.has_ended() {
            let detail = "the pipeline has ended".to_owned();
            return Err(Error::IllegalTransition { state: state.as_str(), detail }.into());
        }
        if deadline != now.deadline_at {
            write_deadline(work, id, deadline).await?;
            flags.push("deadline");
        }
    }
    for flag in flags {
        let event = Event::pipeline(id, Some(state.as_str()), state.as_str(), Actor::Caller(work.caller));
        work.effects.events.push(event.flagged(flag));
    }
    read_both(work, id).await
}

impl PipelineChange<'_> {
    fn does_nothing(&self, now: &PipelineStatus) -> bool {
        let same_deadline = |asked| asked == now.deadline_at && !now.state.has_ended();
        self.merge.is_none() && self.deadline_at.is_none_or(same_deadline) && self.new_priority(now).is_none()
    }

    fn new_priority(&self, now: &PipelineStatus) -> Option<Priority> {
        self.priority.filter(|asked| asked.rank() != now.priority)
    }
}

async fn write_priority(work: &mut Work, id: Uuid, priority: Priority) -> Result<(), Interrupt> {
    lock_open_jobs(work, id).await?;
    sqlx::query!(
        "UPDATE jobs SET priority = $2, returned = returned OR (opened_position IS NOT NULL AND ended_at IS NULL)
         WHERE pipeline_id = $1",
        id,
        priority.rank()
    )
    .execute(work.sql())
    .await?;
    sqlx::query!(
        "UPDATE pipelines SET priority = $2, updated_at = CASE WHEN updated_at IS NOT NULL THEN windlass_now() END WHERE id = $1",
        id,
        priority.rank()
    )
        .execute(work.sql())
        .await?;
    Ok(())
}

/// Whether that changed anything.
async fn merge_metadata(work: &mut Work, id: Uuid, merge: Merge<'_>) -> Result<bool, Interrupt> {
    let stored = sqlx::query_scalar!("SELECT metadata FROM pipeline_metadata WHERE pipeline_id = $1", id)
        .fetch_optional(work.sql())
        .await?;
    let merged = merge(stored.as_deref()).map_err(Error::MetadataRefused)?;
    let merged = merged.as_ref().map_or("{}", Json::as_str);
    if merged == stored.as_deref().unwrap_or("{}") {
        return Ok(false);
    }
    sqlx::query!(
        "INSERT INTO pipeline_metadata (pipeline_id, metadata) VALUES ($1, $2)
         ON CONFLICT (pipeline_id) DO UPDATE SET metadata = excluded.metadata",
        id,
        merged,
    )
    .execute(work.sql())
    .await?;
    Ok(true)
}
