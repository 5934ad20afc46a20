//! `POST /jobnik/v1/jobs`: a pipeline without jobs yet, which is sealed as it is done.

use uuid::Uuid;
use windlass_domain::{CorrelationId, Json, Name, Priority};

use super::jobs::read_job;
use super::view::JobnikJob;
use crate::input::{NewPipeline, Trace};
use crate::pipelines::create;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// A job to create.
#[derive(Debug, Clone)]
pub struct NewJobnikJob {
    /// Its name.
    pub name: Name,
    /// Its priority.
    pub priority: Priority,
    /// An object.
    pub data: Json,
    /// An object; `None` is the empty one.
    pub user_metadata: Option<Json>,
    /// The trace context that it is made with.
    pub trace: Trace,
    /// What ties it to the producer's records.
    pub correlation_id: CorrelationId,
}

impl Store {
    /// Creates a job without stages.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn create_jobnik_job(&self, new: &NewJobnikJob) -> Result<JobnikJob, Error> {
        transact!(self, work => make(&mut work, new).await).await
    }
}

async fn make(work: &mut Work, new: &NewJobnikJob) -> Result<JobnikJob, Interrupt> {
    let pipeline = NewPipeline {
        name: new.name.clone(),
        priority: new.priority,
        correlation_id: new.correlation_id.clone(),
        metadata: new.user_metadata.clone(),
        fail_fast: false,
        paused: false,
        sealed: false,
        deadline_at: None,
        trace: new.trace.clone(),
        schedule: None,
        made_from: None,
        jobs: Vec::new(),
    };
    let id = create(work, &pipeline).await?;
    mark(work, id, &new.data).await?;
    Ok(read_job(work.sql(), id).await?.expect("it was just made"))
}

/// Makes it one of this surface.
async fn mark(work: &mut Work, id: Uuid, data: &Json) -> Result<(), sqlx::Error> {
    let marked = sqlx::query!(
        "WITH kept AS (
             INSERT INTO pipeline_metadata AS m (pipeline_id, metadata, payload) VALUES ($1, '{}', $2)
             ON CONFLICT (pipeline_id) DO UPDATE SET payload = excluded.payload
         )
         UPDATE pipelines SET surface = 'jobnik', seals_on_done = true, percentage = 0, updated_at = created_at WHERE id = $1",
        id,
        data.as_str(),
    )
    .execute(work.sql())
    .await?;
    assert_eq!(marked.rows_affected(), 1, "a pipeline that was just made is there");
    Ok(())
}
