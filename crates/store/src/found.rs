//! `GET /v1/ids`: what an id is of, or the ids that begin with a text.
//!
//! A beginning is a range of ids, walked along the primary keys. Of each range and kind a bounded number of rows is looked at, the newest first,
//! whatever became of them: a beginning that thousands share is no answer to anybody.

use uuid::Uuid;

use crate::db::deadline;
use crate::{Error, Store};

/// All ids from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdRange {
    /// The lowest.
    pub first: Uuid,
    /// The highest.
    pub last: Uuid,
}

/// A pipeline, job or task, and what people call it.
#[derive(Debug, Clone)]
pub struct Found {
    /// `pipeline`, `job` or `task`.
    pub entity: String,
    /// Its id.
    pub id: Uuid,
    /// The pipeline, or the one it belongs to.
    pub pipeline_id: Uuid,
    /// That pipeline's name.
    pub name: String,
    /// The job's key, or that of the task's job.
    pub key: Option<String>,
    /// The job's type, or that of the task's job.
    pub type_name: Option<String>,
}

impl Store {
    /// Pipelines, jobs and tasks with ids in these ranges, of each range and kind the 10 newest, looked for among the 1,000 newest rows.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn find_ids(&self, ranges: &[IdRange]) -> Result<Vec<Found>, Error> {
        let first: Vec<Uuid> = ranges.iter().map(|range| range.first).collect();
        let last: Vec<Uuid> = ranges.iter().map(|range| range.last).collect();
        let found = sqlx::query_file_as!(Found, "src/found.sql", &first, &last);
        Ok(deadline(found.fetch_all(&self.db.pool)).await?)
    }
}
