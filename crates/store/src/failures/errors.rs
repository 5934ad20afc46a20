//! `GET /v1/jobs/{id}/errors`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::deadline;
use crate::resource::Resource;
use crate::{Error, Store};

/// An error that ended tasks of a job, and how many.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct JobError {
    /// `None`: all errors beyond the first 200.
    pub category: Option<String>,
    pub message: Option<String>,
    pub count: i64,
    pub newest_at: DateTime<Utc>,
    pub task_id: Uuid,
}

impl Store {
    /// The errors that ended tasks of a job, those that ended most first, of equals the newest; at most 201.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn job_errors(&self, job: Uuid) -> Result<Vec<JobError>, Error> {
        if !self.exists(Resource::Job, job).await? {
            return Err(Error::NotFound(Resource::Job));
        }
        let rows = sqlx::query_as!(
            JobError,
            r#"SELECT nullif(category, '') AS category, CASE WHEN category <> '' THEN message END AS message,
                      count, newest_at, task_id
               FROM job_errors WHERE job_id = $1 ORDER BY count DESC, newest_at DESC, category, text"#,
            job,
        );
        Ok(deadline(rows.fetch_all(&self.db.pool)).await?)
    }
}
