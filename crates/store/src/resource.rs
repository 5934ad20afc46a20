//! Whether a resource exists, for requests that are refused for another reason only if it does.

use uuid::Uuid;

use crate::db::deadline;
use crate::error::Resource;
use crate::{Error, Store};

impl Store {
    /// Whether there is such a pipeline, job or task, deleted ones excluded. Queues have names, not ids: never.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn exists(&self, resource: Resource, id: Uuid) -> Result<bool, Error> {
        let of = |resource: Resource| match resource {
            Resource::Pipeline => "pipeline",
            Resource::Job => "job",
            Resource::Task => "task",
            Resource::Queue => "queue",
        };
        let found = sqlx::query_scalar!(
            r#"SELECT EXISTS (
                 SELECT FROM pipelines p
                 WHERE p.deleted_at IS NULL AND p.id = CASE $2
                     WHEN 'pipeline' THEN $1
                     WHEN 'job' THEN (SELECT pipeline_id FROM jobs WHERE id = $1)
                     WHEN 'task' THEN (SELECT j.pipeline_id FROM tasks t JOIN jobs j ON j.id = t.job_id WHERE t.id = $1)
                 END
             ) AS "found!""#,
            id,
            of(resource),
        );
        Ok(deadline(found.fetch_one(&self.db.pool)).await?)
    }
}
