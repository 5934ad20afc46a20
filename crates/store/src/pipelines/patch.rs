//! `PATCH /v1/pipelines/{id}`: priority and metadata, in every state.

use uuid::Uuid;
use windlass_domain::{Json, Priority};

use super::control::{Standing, lock_control, look_at, read_both};
use crate::jobs::lock_open_jobs;
use crate::view::{Job, Pipeline};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// Merges a patch into the stored metadata (`None`: the empty object), or says why the outcome is refused.
pub type Merge<'a> = &'a (dyn Fn(Option<&str>) -> Result<Option<Json>, String> + Send + Sync);

impl Store {
    /// Changes a pipeline's priority, which counts from the next dequeue on, and its metadata.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::MetadataRefused`], [`Error::Unavailable`].
    pub async fn patch_pipeline(
        &self,
        id: Uuid,
        priority: Option<Priority>,
        merge: Option<Merge<'_>>,
    ) -> Result<(Pipeline, Vec<Job>), Error> {
        transact!(self, work => patch(&mut work, id, priority, merge).await).await
    }
}

async fn patch(
    work: &mut Work,
    id: Uuid,
    priority: Option<Priority>,
    merge: Option<Merge<'_>>,
) -> Result<(Pipeline, Vec<Job>), Interrupt> {
    let changes = |now: &Standing| priority.filter(|asked| asked.rank() != now.priority);
    if merge.is_none() && changes(&look_at(work, id).await?).is_none() {
        return read_both(work, id).await;
    }
    lock_control(work, id).await?;
    if let Some(priority) = changes(&look_at(work, id).await?) {
        lock_open_jobs(work, id).await?;
        sqlx::query!(
            "UPDATE jobs SET priority = $2, returned = returned OR (opened_position IS NOT NULL AND ended_at IS NULL)
             WHERE pipeline_id = $1",
            id,
            priority.rank()
        )
        .execute(work.sql())
        .await?;
        sqlx::query!("UPDATE pipelines SET priority = $2 WHERE id = $1", id, priority.rank())
            .execute(work.sql())
            .await?;
    }
    if let Some(merge) = merge {
        let stored = sqlx::query_scalar!("SELECT metadata FROM pipeline_metadata WHERE pipeline_id = $1", id)
            .fetch_optional(work.sql())
            .await?;
        let merged = merge(stored.as_deref()).map_err(Error::MetadataRefused)?;
        sqlx::query!(
            "INSERT INTO pipeline_metadata (pipeline_id, metadata) VALUES ($1, $2)
             ON CONFLICT (pipeline_id) DO UPDATE SET metadata = excluded.metadata",
            id,
            merged.as_ref().map_or("{}", Json::as_str),
        )
        .execute(work.sql())
        .await?;
    }
    read_both(work, id).await
}
