//! `PATCH /jobnik/v1/jobs/{jobId}/priority`, in every state.

use uuid::Uuid;
use windlass_domain::Priority;

use super::refusal::JobnikRefusal;
use crate::db::deadline;
use crate::pipelines::PipelineChange;
use crate::{Error, Store};

impl Store {
    /// Changes a job's priority, from the next dequeue on; whether it was another one.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn set_jobnik_job_priority(
        &self,
        id: Uuid,
        priority: Priority,
    ) -> Result<Result<bool, JobnikRefusal>, Error> {
        let now = sqlx::query_scalar!(
            "SELECT priority FROM pipelines WHERE id = $1 AND surface = 'jobnik' AND deleted_at IS NULL",
            id,
        );
        let Some(now) = deadline(now.fetch_optional(&self.db.pool)).await? else {
            return Ok(Err(JobnikRefusal::NoJob));
        };
        if now == priority.rank() {
            return Ok(Ok(false));
        }
        let change = PipelineChange { priority: Some(priority), ..PipelineChange::default() };
        match self.patch_pipeline(id, change).await {
            Err(Error::NotFound(_)) => Ok(Err(JobnikRefusal::NoJob)),
            changed => changed.map(|_| Ok(true)),
        }
    }
}
