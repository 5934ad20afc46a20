//! Whether a resource exists, for requests that are refused for another reason only if it does.

use uuid::Uuid;

use crate::db::deadline;
use crate::resource::Resource;
use crate::{Error, Store};

impl Store {
    /// Whether there is such a pipeline, job, task or key, deleted ones excluded. Queues, templates and schedules have names, not ids: never.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn exists(&self, resource: Resource, id: Uuid) -> Result<bool, Error> {
        let found = async {
            let mut connection = self.db.pool.acquire().await?;
            match resource {
                Resource::Pipeline => {
                    sqlx::query_scalar!(
                        r#"SELECT EXISTS (SELECT FROM pipelines WHERE id = $1 AND deleted_at IS NULL) AS "found!""#,
                        id
                    )
                    .fetch_one(&mut *connection)
                    .await
                }
                Resource::Job => {
                    sqlx::query_scalar!(
                        r#"SELECT EXISTS (
                             SELECT FROM pipelines
                             WHERE id = (SELECT pipeline_id FROM jobs WHERE id = $1) AND deleted_at IS NULL
                         ) AS "found!""#,
                        id
                    )
                    .fetch_one(&mut *connection)
                    .await
                }
                Resource::Task => {
                    sqlx::query_scalar!(
                        r#"SELECT EXISTS (
                             SELECT FROM pipelines
                             WHERE id = (SELECT j.pipeline_id FROM tasks t JOIN jobs j ON j.id = t.job_id WHERE t.id = $1)
                               AND deleted_at IS NULL
                         ) AS "found!""#,
                        id
                    )
                    .fetch_one(&mut *connection)
                    .await
                }
                Resource::Key => {
                    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM keys WHERE id = $1) AS "found!""#, id)
                        .fetch_one(&mut *connection)
                        .await
                }
                Resource::Queue | Resource::Template | Resource::Schedule => Ok(false),
            }
        };
        Ok(deadline(found).await?)
    }
}
