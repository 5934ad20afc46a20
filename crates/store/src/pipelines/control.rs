//! The control row of a pipeline: first in the lock order.

use uuid::Uuid;

use crate::Error;
use crate::error::Resource;
use crate::transaction::{Interrupt, Work};

/// Takes the pipeline's control row, so that no other verb changes its structure until the end of this transaction.
pub(crate) async fn lock_control(work: &mut Work, id: Uuid) -> Result<(), Interrupt> {
    let found = sqlx::query_scalar!("SELECT 1 FROM pipeline_controls WHERE pipeline_id = $1 FOR UPDATE", id)
        .fetch_optional(work.sql())
        .await?;
    // Looked up after the lock: whoever held it may have deleted the pipeline.
    let lives = sqlx::query_scalar!("SELECT 1 FROM pipelines WHERE id = $1 AND deleted_at IS NULL", id)
        .fetch_optional(work.sql())
        .await?;
    match (found, lives) {
        (Some(_), Some(_)) => Ok(()),
        _ => Err(Error::NotFound(Resource::Pipeline).into()),
    }
}
