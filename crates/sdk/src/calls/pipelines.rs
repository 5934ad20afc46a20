//! `/v1/pipelines`.

use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt};
use reqwest::Method;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use windlass_wire::{
    AddJobs, AddedJobs, CancelPipeline, JobInPipeline, Json, NewJob, NewPipeline, Page, PatchPipeline,
    Pipeline, Reason, ResultItem, RetryPipeline, RetryScope,
};

use super::Cursor;
use crate::pages::walk;
use crate::resilience::Safety;
use crate::{Client, Error, Job, PipelineFilter};

impl Client {
    /// Creates a pipeline with its jobs, edges and tasks.
    ///
    /// # Errors
    /// Refusals of the body (`validation_failed`, `dependency_cycle`, `unknown_dependency`,
    /// `duplicate_key`), and what any call can fail with.
    pub async fn create_pipeline(&self, pipeline: &NewPipeline) -> Result<Pipeline, Error> {
        let call = self.post(&["v1", "pipelines"]).idempotency_key(self.idempotency_key.as_deref());
        self.fetch(call.json(pipeline)?).await
    }

    /// The same, with a body as it was written, which the server alone judges.
    ///
    /// # Errors
    /// As [`Client::create_pipeline`].
    pub async fn create_pipeline_from(&self, body: &Json) -> Result<Pipeline, Error> {
        let call = self.post(&["v1", "pipelines"]).idempotency_key(self.idempotency_key.as_deref());
        self.fetch(call.json(body)?).await
    }

    /// One page of pipelines, newest first, without their jobs.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn list_pipelines(
        &self,
        filter: &PipelineFilter,
        cursor: Option<&str>,
    ) -> Result<Page<Pipeline>, Error> {
        self.fetch(self.get(&["v1", "pipelines"]).query(filter).query(&Cursor { cursor })).await
    }

    /// All pipelines, newest first, without their jobs.
    pub fn pipelines(&self, filter: PipelineFilter) -> impl Stream<Item = Result<Pipeline, Error>> + use<> {
        let client = self.clone();
        walk(move |cursor| {
            let (client, filter) = (client.clone(), filter.clone());
            async move { client.list_pipelines(&filter, cursor.as_deref()).await }
        })
    }

    /// A pipeline with all its jobs.
    ///
    /// # Errors
    /// `pipeline_not_found`, and what any call can fail with.
    pub async fn get_pipeline(&self, id: Uuid) -> Result<Pipeline, Error> {
        self.fetch(self.get(&["v1", "pipelines", &id.to_string()])).await
    }

    /// Changes priority or metadata, in every state, or the deadline of a pipeline that has not ended.
    ///
    /// # Errors
    /// `illegal_transition`, `pipeline_not_found`, and what any call can fail with.
    pub async fn patch_pipeline(&self, id: Uuid, patch: &PatchPipeline) -> Result<Pipeline, Error> {
        let call = self.call(Method::PATCH, &["v1", "pipelines", &id.to_string()], Safety::Unsafe);
        self.fetch(call.json(patch)?).await
    }

    /// Deletes a pipeline that has ended, with its jobs, tasks and attempts.
    ///
    /// # Errors
    /// `not_terminal`, `pipeline_not_found` (also for one deleted before), and what any call can fail with.
    pub async fn delete_pipeline(&self, id: Uuid) -> Result<(), Error> {
        let call = self.call(Method::DELETE, &["v1", "pipelines", &id.to_string()], Safety::Unsafe);
        self.send(call).await.map(drop)
    }

    /// Adds jobs to an unsealed pipeline, with edges to old and new ones.
    ///
    /// # Errors
    /// `pipeline_sealed`, those of [`Client::create_pipeline`], and what any call can fail with.
    pub async fn add_jobs(&self, id: Uuid, jobs: Vec<NewJob>) -> Result<Vec<JobInPipeline>, Error> {
        let call = self.post(&["v1", "pipelines", &id.to_string(), "jobs"]);
        let call = call.idempotency_key(self.idempotency_key.as_deref()).json(&AddJobs { jobs })?;
        self.fetch::<AddedJobs>(call).await.map(|added| added.jobs)
    }

    /// Says that no more jobs will come.
    ///
    /// # Errors
    /// `illegal_transition`, `pipeline_not_found`, and what any call can fail with.
    pub async fn seal_pipeline(&self, id: Uuid, reason: Option<&str>) -> Result<Pipeline, Error> {
        self.pipeline_verb(id, "seal", reason).await
    }

    /// Ends a pipeline at once; what runs of it is cancelled.
    ///
    /// # Errors
    /// `illegal_transition`, `pipeline_not_found`, and what any call can fail with.
    pub async fn cancel_pipeline(&self, id: Uuid, reason: Option<&str>) -> Result<Pipeline, Error> {
        self.cancel(id, None, reason).await
    }

    /// Cancels a pipeline, but for jobs with a `failed`, `finished` or `always` edge and what hangs below them: it ends when they have.
    ///
    /// # Errors
    /// As [`Client::cancel_pipeline`].
    pub async fn clean_up_pipeline(&self, id: Uuid, reason: Option<&str>) -> Result<Pipeline, Error> {
        self.cancel(id, Some(true), reason).await
    }

    /// Stops handing out tasks of a pipeline; what runs goes on.
    ///
    /// # Errors
    /// `illegal_transition`, `pipeline_not_found`, and what any call can fail with.
    pub async fn pause_pipeline(&self, id: Uuid, reason: Option<&str>) -> Result<Pipeline, Error> {
        self.pipeline_verb(id, "pause", reason).await
    }

    /// Ends a pause.
    ///
    /// # Errors
    /// `illegal_transition`, `pipeline_not_found`, and what any call can fail with.
    pub async fn resume_pipeline(&self, id: Uuid, reason: Option<&str>) -> Result<Pipeline, Error> {
        self.pipeline_verb(id, "resume", reason).await
    }

    /// Runs again what of an ended pipeline is in `scope`. Its deadline is from then on `deadline_at`, or none.
    ///
    /// # Errors
    /// `illegal_transition` where nothing would run again, `pipeline_not_found`, and what any call can
    /// fail with.
    pub async fn retry_pipeline(
        &self,
        id: Uuid,
        scope: RetryScope,
        reason: Option<&str>,
        deadline_at: Option<DateTime<Utc>>,
    ) -> Result<Pipeline, Error> {
        let body = RetryPipeline { scope: Some(scope), deadline_at, reason: reason.map(str::to_owned) };
        self.fetch(self.post(&["v1", "pipelines", &id.to_string(), "retry"]).json(&body)?).await
    }

    /// One page of the results of the job's succeeded tasks, in the order in which the tasks were added.
    ///
    /// # Errors
    /// `pipeline_not_found`, `job_not_found`, and what any call can fail with.
    pub async fn list_results(
        &self,
        id: Uuid,
        key: &str,
        limit: Option<u32>,
        cursor: Option<&str>,
    ) -> Result<Page<ResultItem>, Error> {
        #[derive(serde::Serialize)]
        struct Limit {
            limit: Option<u32>,
        }
        let call = self.get(&["v1", "pipelines", &id.to_string(), "jobs", key, "results"]);
        self.fetch(call.query(&Limit { limit }).query(&Cursor { cursor })).await
    }

    /// All results of the job's succeeded tasks, in the order in which the tasks were added.
    pub fn results(&self, id: Uuid, key: &str) -> impl Stream<Item = Result<ResultItem, Error>> + use<> {
        /// The most that the server returns.
        const LIMIT: Option<u32> = Some(500);
        let (client, key) = (self.clone(), key.to_owned());
        walk(move |cursor| {
            let (client, key) = (client.clone(), key.clone());
            async move { client.list_results(id, &key, LIMIT, cursor.as_deref()).await }
        })
    }

    /// [`Client::results`], read as `R`.
    pub fn results_as<R: DeserializeOwned>(
        &self,
        id: Uuid,
        key: &str,
    ) -> impl Stream<Item = Result<R, Error>> + use<R> {
        let call = format!("results of {key}");
        self.results(id, key).map(move |item| {
            item?.result.parse().map_err(|source| Error::Decode { call: call.clone(), source })
        })
    }

    /// [`Client::results`] of a job of type `J`.
    pub fn results_of<J: Job>(
        &self,
        _: J,
        id: Uuid,
        key: &str,
    ) -> impl Stream<Item = Result<J::Result, Error>> + use<J> {
        self.results_as(id, key)
    }

    async fn cancel(
        &self,
        id: Uuid,
        clean_up: Option<bool>,
        reason: Option<&str>,
    ) -> Result<Pipeline, Error> {
        let body = CancelPipeline { clean_up, reason: reason.map(str::to_owned) };
        self.fetch(self.post(&["v1", "pipelines", &id.to_string(), "cancel"]).json(&body)?).await
    }

    async fn pipeline_verb(&self, id: Uuid, verb: &str, reason: Option<&str>) -> Result<Pipeline, Error> {
        let body = Reason { reason: reason.map(str::to_owned) };
        self.fetch(self.post(&["v1", "pipelines", &id.to_string(), verb]).json(&body)?).await
    }
}
