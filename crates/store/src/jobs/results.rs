//! `GET /v1/pipelines/{id}/jobs/{key}/results`.

use uuid::Uuid;
use windlass_domain::Limits;

use crate::db::{Page, deadline};
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
            let rows = sqlx::query_file!(
                "src/jobs/results.sql",
                job,
                paging.after.unwrap_or(Uuid::nil()),
                since,
                paging.limit + 1,
                Limits::PAGE_BYTES,
            )
            .fetch_all(&mut *connection)
            .await?;
            let fetched = rows.first().map(|row| row.fetched);
            let results = rows.into_iter().map(|row| TaskResult { task_id: row.task_id, result: row.result });
            Ok(Page::of(paging.limit, fetched, results))
        })
        .await
    }
}
