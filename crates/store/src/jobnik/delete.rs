//! `DELETE /jobnik/v1/jobs/{jobId}`, of one that has ended.

use uuid::Uuid;

use super::refusal::JobnikRefusal;
use crate::db::deadline;
use crate::{Error, Store};

impl Store {
    /// Deletes a job that has ended, with its stages and tasks.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn delete_jobnik_job(&self, id: Uuid) -> Result<Result<(), JobnikRefusal>, Error> {
        let surface =
            sqlx::query_scalar!("SELECT surface FROM pipelines WHERE id = $1 AND deleted_at IS NULL", id);
        if deadline(surface.fetch_optional(&self.db.pool)).await?.flatten().is_none() {
            return Ok(Err(JobnikRefusal::NoJob));
        }
        match self.delete_pipeline(id).await {
            Err(Error::NotFound(_)) => Ok(Err(JobnikRefusal::NoJob)),
            Err(Error::NotTerminal) => Ok(Err(JobnikRefusal::JobGoesOn)),
            deleted => deleted.map(Ok),
        }
    }
}
