//! The deadline of a pipeline, as somebody sets it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::Error;
use crate::work::{Interrupt, Work};

/// Refuses a deadline that is not ahead of now, by the database's clock.
pub(in crate::pipelines) async fn check_ahead(
    work: &mut Work,
    deadline: Option<DateTime<Utc>>,
) -> Result<(), Interrupt> {
    match deadline {
        Some(deadline) if deadline <= work.now().await? => Err(Error::DeadlineNotAhead.into()),
        _ => Ok(()),
    }
}

/// Sets or clears the deadline of a pipeline whose row this transaction holds.
pub(super) async fn write_deadline(
    work: &mut Work,
    id: Uuid,
    deadline: Option<DateTime<Utc>>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE pipelines SET deadline_at = $2 WHERE id = $1", id, deadline)
        .execute(work.sql())
        .await?;
    Ok(())
}
