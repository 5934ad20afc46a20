//! Whether a resource exists, for requests that are refused for another reason only if it does.

use std::collections::HashSet;

use uuid::Uuid;

use crate::db::deadline;
use crate::resource::Resource;
use crate::{Error, Store};

impl Store {
    /// Whether there is such a pipeline, job, task, key or webhook, deleted ones excluded. Queues, templates and schedules have
    /// names, not ids, and deliveries are below their webhook: never.
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
                Resource::Webhook => {
                    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM webhooks WHERE id = $1) AS "found!""#, id)
                        .fetch_one(&mut *connection)
                        .await
                }
                Resource::Queue | Resource::Template | Resource::Schedule | Resource::Delivery => Ok(false),
            }
        };
        Ok(deadline(found).await?)
    }

    /// Those of these tasks that exist, as [`Store::exists`] has it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn existing_tasks(&self, ids: &[Uuid]) -> Result<HashSet<Uuid>, Error> {
        // A fence: each is looked up by its id, whatever the planner thinks of the tables.
        let found = sqlx::query_scalar!(
            r#"SELECT asked.id AS "id!" FROM unnest($1::uuid[]) AS asked (id)
               WHERE EXISTS (
                 SELECT FROM pipelines
                 WHERE id = (SELECT j.pipeline_id FROM tasks t JOIN jobs j ON j.id = t.job_id WHERE t.id = asked.id)
                   AND deleted_at IS NULL
                 OFFSET 0
               )"#,
            ids
        );
        Ok(deadline(found.fetch_all(&self.db.pool)).await?.into_iter().collect())
    }
}
