//! `/v1/jobs`.

use futures_util::Stream;
use uuid::Uuid;
use windlass_wire::{
    AddTasks, AddedTasks, BatchResults, CreateJobResult, CreateJobs, Job, JobError, Json, NewStandaloneJob,
    NewTask, Page, Reason, RetryJob,
};

use super::Cursor;
use crate::pages::walk;
use crate::{Client, Error, JobFilter};

impl Client {
    /// Creates a standalone job, in a pipeline of one.
    ///
    /// # Errors
    /// `validation_failed`, and what any call can fail with.
    pub async fn create_job(&self, job: &NewStandaloneJob) -> Result<Job, Error> {
        let call = self.post(&["v1", "jobs"]).idempotency_key(self.idempotency_key.as_deref());
        self.fetch(call.json(job)?).await
    }

    /// The same, with a body as it was written, which the server alone judges.
    ///
    /// # Errors
    /// As [`Client::create_job`].
    pub async fn create_job_from(&self, body: &Json) -> Result<Job, Error> {
        let call = self.post(&["v1", "jobs"]).idempotency_key(self.idempotency_key.as_deref());
        self.fetch(call.json(body)?).await
    }

    /// Creates up to 1,000 standalone jobs, each in a pipeline of one; answers what became of each in the order of `jobs`. One that is refused does not
    /// fail the others.
    ///
    /// # Errors
    /// `validation_failed` for more than 1,000, and what any call can fail with.
    pub async fn create_jobs(&self, jobs: Vec<NewStandaloneJob>) -> Result<Vec<CreateJobResult>, Error> {
        let call = self.post(&["v1", "jobs", "batch"]).idempotency_key(self.idempotency_key.as_deref());
        let call = call.json(&CreateJobs { jobs })?;
        self.fetch::<BatchResults<CreateJobResult>>(call).await.map(|batch| batch.results)
    }

    /// One page of jobs, newest first.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn list_jobs(&self, filter: &JobFilter, cursor: Option<&str>) -> Result<Page<Job>, Error> {
        self.fetch(self.get(&["v1", "jobs"]).query(filter).query(&Cursor { cursor })).await
    }

    /// All jobs, newest first.
    pub fn jobs(&self, filter: JobFilter) -> impl Stream<Item = Result<Job, Error>> + use<> {
        let client = self.clone();
        walk(move |cursor| {
            let (client, filter) = (client.clone(), filter.clone());
            async move { client.list_jobs(&filter, cursor.as_deref()).await }
        })
    }

    /// A job.
    ///
    /// # Errors
    /// `job_not_found`, and what any call can fail with.
    pub async fn get_job(&self, id: Uuid) -> Result<Job, Error> {
        self.fetch(self.get(&["v1", "jobs", &id.to_string()])).await
    }

    /// The errors that ended tasks of a job for good, those that ended most first; at most 201.
    ///
    /// # Errors
    /// `job_not_found`, and what any call can fail with.
    pub async fn list_job_errors(&self, id: Uuid) -> Result<Page<JobError>, Error> {
        self.fetch(self.get(&["v1", "jobs", &id.to_string(), "errors"])).await
    }

    /// Adds up to 10,000 tasks to an unsealed job; the ids are in the order of `tasks`.
    ///
    /// # Errors
    /// `job_sealed`, `job_not_found`, `validation_failed`, and what any call can fail with.
    pub async fn add_tasks(&self, id: Uuid, tasks: Vec<NewTask>) -> Result<Vec<Uuid>, Error> {
        let call = self.post(&["v1", "jobs", &id.to_string(), "tasks"]);
        let call = call.idempotency_key(self.idempotency_key.as_deref()).json(&AddTasks { tasks })?;
        self.fetch::<AddedTasks>(call).await.map(|added| added.ids)
    }

    /// Says that no more tasks will come.
    ///
    /// # Errors
    /// `illegal_transition`, `job_not_found`, and what any call can fail with.
    pub async fn seal_job(&self, id: Uuid, reason: Option<&str>) -> Result<Job, Error> {
        self.job_verb(id, "seal", reason).await
    }

    /// Ends a job at once; what runs of it is cancelled.
    ///
    /// # Errors
    /// `illegal_transition`, `job_not_found`, and what any call can fail with.
    pub async fn cancel_job(&self, id: Uuid, reason: Option<&str>) -> Result<Job, Error> {
        self.job_verb(id, "cancel", reason).await
    }

    /// Stops handing out tasks of a job; what runs goes on.
    ///
    /// # Errors
    /// `illegal_transition`, `job_not_found`, and what any call can fail with.
    pub async fn pause_job(&self, id: Uuid, reason: Option<&str>) -> Result<Job, Error> {
        self.job_verb(id, "pause", reason).await
    }

    /// Ends a pause.
    ///
    /// # Errors
    /// `illegal_transition`, `job_not_found`, and what any call can fail with.
    pub async fn resume_job(&self, id: Uuid, reason: Option<&str>) -> Result<Job, Error> {
        self.job_verb(id, "resume", reason).await
    }

    /// Skips a job that has not ended, and what depends on its success.
    ///
    /// # Errors
    /// `illegal_transition`, `job_not_found`, and what any call can fail with.
    pub async fn skip_job(&self, id: Uuid, reason: Option<&str>) -> Result<Job, Error> {
        self.job_verb(id, "skip", reason).await
    }

    /// Runs again what of an ended job is in `scope`; reopens its pipeline.
    ///
    /// # Errors
    /// `illegal_transition` where nothing would run again, `job_not_found`, and what any call can fail with.
    pub async fn retry_job(&self, id: Uuid, again: &RetryJob) -> Result<Job, Error> {
        self.fetch(self.post(&["v1", "jobs", &id.to_string(), "retry"]).json(again)?).await
    }

    async fn job_verb(&self, id: Uuid, verb: &str, reason: Option<&str>) -> Result<Job, Error> {
        let body = Reason { reason: reason.map(str::to_owned) };
        self.fetch(self.post(&["v1", "jobs", &id.to_string(), verb]).json(&body)?).await
    }
}
