//! `POST /jobnik/v1/jobs/{jobId}/stage`: the next job of a pipeline, behind the one before.

use std::time::Duration;

use uuid::Uuid;
use windlass_domain::{JobKey, Join, Json, Limits, RetryPolicy, Sealing, TypeName, When};

use super::refusal::JobnikRefusal;
use super::stages::read_stage;
use super::view::JobnikStage;
use crate::error::Refusal;
use crate::input::{Dependency, NewJob, NewStage, Trace};
use crate::pipelines::{add_jobs, lock_control, pipeline_state};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// A stage to add.
#[derive(Debug, Clone)]
pub struct NewJobnikStage {
    /// What workers ask for.
    pub type_name: TypeName,
    /// An object.
    pub data: Json,
    /// An object; `None` is the empty one.
    pub user_metadata: Option<Json>,
    /// Whether it waits to be let go.
    pub held: bool,
    /// The trace context that it is made with.
    pub trace: Trace,
    /// How long a lease of its tasks lasts where a native dequeue does not say otherwise.
    pub lease: Duration,
}

impl Store {
    /// Adds a stage behind all others of its job: orders have no gap, however many are added at once.
    ///
    /// # Errors
    /// [`Error::TypesNotAllowed`], [`Error::Unavailable`].
    pub async fn add_jobnik_stage(
        &self,
        job: Uuid,
        new: &NewJobnikStage,
    ) -> Result<Result<JobnikStage, JobnikRefusal>, Error> {
        let added = transact!(self, work => add(&mut work, job, new).await).await;
        match added {
            Err(Error::NotFound(_)) => Ok(Err(JobnikRefusal::NoJob)),
            Err(Error::PipelineSealed) => Ok(Err(JobnikRefusal::JobHasEnded)),
            added => added,
        }
    }
}

async fn add(
    work: &mut Work,
    job: Uuid,
    new: &NewJobnikStage,
) -> Result<Result<JobnikStage, JobnikRefusal>, Interrupt> {
    lock_control(work, job).await?;
    let found = sqlx::query!(
        r#"SELECT state, surface,
                  (SELECT count(*) FROM jobs j WHERE j.pipeline_id = p.id AND j.surface IS NOT NULL) AS "stages!"
           FROM pipelines p WHERE id = $1"#,
        job,
    )
    .fetch_one(work.sql())
    .await?;
    if found.surface.is_none() {
        return Ok(Err(JobnikRefusal::NoJob));
    }
    if pipeline_state(&found.state).has_ended() {
        return Ok(Err(JobnikRefusal::JobHasEnded));
    }
    let limits =
        Limits { jobs_per_pipeline: usize::MAX, edges_per_pipeline: usize::MAX, ..Limits::default() };
    let added = match add_jobs(work, job, &[of(new, found.stages)], &limits).await {
        // Somebody has added a job of that name by the other surface.
        Err(Interrupt::Failed(Error::Refused(refusals))) if is_key_taken(&refusals) => {
            return Ok(Err(JobnikRefusal::JobHasEnded));
        }
        added => added?,
    };
    let id = added.first().expect("one was added").id;
    Ok(Ok(read_stage(work.sql(), id).await?.expect("it was just made")))
}

fn is_key_taken(refusals: &[Refusal]) -> bool {
    refusals.iter().any(|refusal| matches!(refusal, Refusal::DuplicateKey { .. }))
}

fn key(order: i64) -> JobKey {
    JobKey::parse(order.to_string()).expect("a number is a key")
}

/// The job of a stage, with so many before it.
fn of(new: &NewJobnikStage, before: i64) -> NewJob {
    let parent = (before > 0).then(|| Dependency { job: key(before), when: When::Succeeded });
    NewJob {
        key: key(before + 1),
        type_name: new.type_name.clone(),
        payload: Some(new.data.clone()),
        metadata: new.user_metadata.clone(),
        depends_on: parent.into_iter().collect(),
        join: Join::All,
        sealed: Sealing::OnLease,
        retry: RetryPolicy {
            max_attempts: 1,
            initial_delay: Duration::ZERO,
            factor: 1.0,
            max_delay: Duration::ZERO,
            jitter: 0.0,
            non_retryable: Vec::new(),
        },
        lease: new.lease,
        timeout: None,
        max_failed_tasks: 0,
        fail_fast: true,
        allow_failure: false,
        paused: false,
        run_at: None,
        tasks: None,
        stage: Some(NewStage { held: new.held, trace: new.trace.clone() }),
    }
}
