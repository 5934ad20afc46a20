//! The control row of a pipeline: first in the lock order.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::PipelineState;

use super::read::read_pipeline;
use super::state::pipeline_state;
use crate::Error;
use crate::jobs::read_jobs_of;
use crate::resource::Resource;
use crate::view::{Job, Pipeline};
use crate::work::{Interrupt, Work};

/// Takes the pipeline's control row, so that no other verb changes its structure until the end of this transaction.
pub(crate) async fn lock_control(work: &mut Work, id: Uuid) -> Result<(), Interrupt> {
    let found = sqlx::query_scalar!("SELECT 1 FROM pipeline_controls WHERE pipeline_id = $1 FOR UPDATE", id)
        .fetch_optional(work.sql())
        .await?;
    // Looked up after the lock: its last holder may have deleted the pipeline.
    let lives = sqlx::query_scalar!("SELECT 1 FROM pipelines WHERE id = $1 AND deleted_at IS NULL", id)
        .fetch_optional(work.sql())
        .await?;
    match (found, lives) {
        (Some(_), Some(_)) => Ok(()),
        _ => Err(Error::NotFound(Resource::Pipeline).into()),
    }
}

/// What controls of a pipeline change, as it is committed now.
pub(crate) struct PipelineStatus {
    pub(crate) state: PipelineState,
    pub(crate) paused: bool,
    pub(crate) sealed: bool,
    /// Cancelled with clean-up, and not ended.
    pub(crate) cancelling: bool,
    pub(crate) priority: i16,
    pub(crate) deadline_at: Option<DateTime<Utc>>,
}

/// Looks at a pipeline without a lock. A control that finds what it asks for answers at once: it takes no lock that a dequeue needs,
/// however many ask for it again and again.
pub(crate) async fn look_at(work: &mut Work, id: Uuid) -> Result<PipelineStatus, Interrupt> {
    let row = sqlx::query!(
        "SELECT state, paused, sealed, cancelled, priority, deadline_at
         FROM pipelines WHERE id = $1 AND deleted_at IS NULL",
        id
    )
    .fetch_optional(work.sql())
    .await?
    .ok_or(Error::NotFound(Resource::Pipeline))?;
    let state = pipeline_state(&row.state);
    Ok(PipelineStatus {
        state,
        paused: row.paused,
        sealed: row.sealed,
        cancelling: row.cancelled && !state.has_ended(),
        priority: row.priority,
        deadline_at: row.deadline_at,
    })
}

/// The pipeline's state; the caller holds the control row and every open job, so it stays.
pub(crate) async fn state_of(work: &mut Work, id: Uuid) -> Result<PipelineState, sqlx::Error> {
    let state =
        sqlx::query_scalar!("SELECT state FROM pipelines WHERE id = $1", id).fetch_one(work.sql()).await?;
    Ok(pipeline_state(&state))
}

/// Locks the pipeline's row, the last in the lock order: until this transaction ends it neither starts nor ends.
pub(super) async fn lock_state(work: &mut Work, id: Uuid) -> Result<PipelineState, sqlx::Error> {
    let state = sqlx::query_scalar!("SELECT state FROM pipelines WHERE id = $1 FOR NO KEY UPDATE", id)
        .fetch_one(work.sql())
        .await?;
    Ok(pipeline_state(&state))
}

/// The pipeline and its jobs, as this transaction sees them.
pub(super) async fn read_both(work: &mut Work, id: Uuid) -> Result<(Pipeline, Vec<Job>), Interrupt> {
    Ok((read_pipeline(work.sql(), id).await?, read_jobs_of(work.sql(), id).await?))
}
