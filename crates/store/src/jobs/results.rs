//! `GET /v1/pipelines/{id}/jobs/{key}/results`.

use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};
use uuid::Uuid;

use crate::db::Page;
use crate::db::deadline;
use crate::db::{Walk, fetch_page, push_walk, start_page};
use crate::input::Paging;
use crate::resource::Resource;
use crate::view::TaskResult;
use crate::{Error, Store};

impl Store {
    /// The results of a job's succeeded tasks, in the order the tasks were added.
    ///
    /// # Errors
    /// [`Error::NotFound`] of the pipeline or the job, [`Error::Unavailable`].
    pub async fn job_results(
        &self,
        pipeline: Uuid,
        key: &str,
        paging: Paging,
    ) -> Result<Page<TaskResult>, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            let found = sqlx::query!(
                "SELECT j.id AS \"id?\", j.all_again_run AS \"all_again_run?\"
                 FROM pipelines p LEFT JOIN jobs j ON j.pipeline_id = p.id AND j.key = $2
                 WHERE p.id = $1 AND p.deleted_at IS NULL",
                pipeline,
                key,
            )
            .fetch_optional(&mut *connection)
            .await?;
            let found = found.ok_or(Error::NotFound(Resource::Pipeline))?;
            let (job, since) = found.id.zip(found.all_again_run).ok_or(Error::NotFound(Resource::Job))?;
            let mut query = start_page("task_id");
            query.push(
                "SELECT t.id AS task_id, o.result, coalesce(octet_length(o.result), 0)::bigint AS bytes
                     FROM tasks t LEFT JOIN task_outcomes o ON o.task_id = t.id AND o.attempt = t.attempt
                     WHERE t.state = 'succeeded' AND t.run >= ",
            );
            query.push_bind(since);
            push_walk(&mut query, ("t.job_id", "t.id"), job, paging.after, Walk::Up);
            query.push(format_args!(" ORDER BY t.job_id, t.id LIMIT {}", paging.limit + 1));
            Ok(fetch_page(&mut connection, query, "task_id", paging.limit).await?)
        })
        .await
    }
}

impl<'r> FromRow<'r, PgRow> for TaskResult {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self { task_id: row.try_get("task_id")?, result: row.try_get("result")? })
    }
}
