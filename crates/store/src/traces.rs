//! Whose trace jobs and pipelines belong to, for the spans of what has ended. Nobody asks unless traces are exported.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{JobState, PipelineState};

use crate::db::deadline;
use crate::jobs::job_state;
use crate::pipelines::pipeline_state;
use crate::{Error, Store};

/// A job whose pipeline has a trace.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct TracedJob {
    pub id: Uuid,
    /// Raised by each retry by hand.
    pub run: i32,
    pub key: String,
    pub type_name: String,
    pub state: JobState,
    pub reason: Option<String>,
    pub opened_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub pipeline_id: Uuid,
    pub pipeline_name: String,
    pub correlation_id: String,
    pub traceparent: String,
    pub tracestate: Option<String>,
    /// The jobs that it depends on.
    pub parent_ids: Vec<Uuid>,
    /// Their runs.
    pub parent_runs: Vec<i32>,
}

/// A pipeline that has a trace.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct TracedPipeline {
    pub id: Uuid,
    pub name: String,
    pub state: PipelineState,
    pub correlation_id: String,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub traceparent: String,
    pub tracestate: Option<String>,
}

impl Store {
    /// Those of these jobs that belong to a trace.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn traced_jobs(&self, ids: &[Uuid]) -> Result<Vec<TracedJob>, Error> {
        let jobs = sqlx::query!(
            r#"SELECT j.id, j.run, j.key, j.type AS type_name, j.state, j.reason, j.opened_at, j.ended_at, j.pipeline_id,
                      p.name AS pipeline_name, p.correlation_id, p.traceparent AS "traceparent!", p.tracestate,
                      ARRAY(
                          SELECT e.parent_id FROM edges e WHERE e.child_id = j.id ORDER BY e.ordinal
                      ) AS "parent_ids!",
                      ARRAY(
                          SELECT parent.run FROM edges e JOIN jobs parent ON parent.id = e.parent_id
                          WHERE e.child_id = j.id ORDER BY e.ordinal
                      ) AS "parent_runs!"
               FROM jobs j JOIN pipelines p ON p.id = j.pipeline_id
               WHERE j.id = ANY($1) AND p.traceparent IS NOT NULL"#,
            ids,
        );
        let jobs = deadline(jobs.fetch_all(&self.db.pool)).await?;
        let traced = jobs.into_iter().map(|job| TracedJob {
            id: job.id,
            run: job.run,
            key: job.key,
            type_name: job.type_name,
            state: job_state(&job.state),
            reason: job.reason,
            opened_at: job.opened_at,
            ended_at: job.ended_at,
            pipeline_id: job.pipeline_id,
            pipeline_name: job.pipeline_name,
            correlation_id: job.correlation_id,
            traceparent: job.traceparent,
            tracestate: job.tracestate,
            parent_ids: job.parent_ids,
            parent_runs: job.parent_runs,
        });
        Ok(traced.collect())
    }

    /// Those of these pipelines that have a trace.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn traced_pipelines(&self, ids: &[Uuid]) -> Result<Vec<TracedPipeline>, Error> {
        let pipelines = sqlx::query!(
            r#"SELECT id, name, state, correlation_id, created_at, ended_at, traceparent AS "traceparent!", tracestate
               FROM pipelines WHERE id = ANY($1) AND traceparent IS NOT NULL"#,
            ids,
        );
        let pipelines = deadline(pipelines.fetch_all(&self.db.pool)).await?;
        let traced = pipelines.into_iter().map(|pipeline| TracedPipeline {
            id: pipeline.id,
            name: pipeline.name,
            state: pipeline_state(&pipeline.state),
            correlation_id: pipeline.correlation_id,
            created_at: pipeline.created_at,
            ended_at: pipeline.ended_at,
            traceparent: pipeline.traceparent,
            tracestate: pipeline.tracestate,
        });
        Ok(traced.collect())
    }
}
