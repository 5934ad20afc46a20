//! `GET /v1/jobs` and `GET /v1/jobs/{id}`.
//!
//! A list walks the index of the first of pipeline, type and state that is asked for, as lists of pipelines do. A single read counts running
//! tasks' own progress in; lists count ended tasks only.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{JobCounts, JobState, Join, Limits};

use super::locked::job_state;
use crate::db::{Page, Session, deadline};
use crate::input::{JobFilter, Paging};
use crate::outcomes::read_counts;
use crate::resource::Resource;
use crate::rollup::condition;
use crate::view::{Counts, Job};
use crate::{Error, Store};

impl Store {
    /// A job.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn job(&self, id: Uuid) -> Result<Job, Error> {
        deadline(async { read_job(&mut *self.db.pool.acquire().await?, id).await }).await
    }

    /// Jobs, the newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list_jobs(&self, filter: &JobFilter, paging: Paging) -> Result<Page<Job>, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            let rows = read_page(&mut connection, filter, paging).await?;
            let fetched = rows.first().map(|row| row.fetched);
            let mut page = Page::of(paging.limit, fetched, rows.into_iter().map(Job::from));
            count_outcomes_of(&mut connection, &mut page.items).await?;
            Ok(page)
        })
        .await
    }
}

/// One more row than the page holds at the most, so that it shows whether another follows.
async fn read_page(
    connection: &mut Session,
    filter: &JobFilter,
    paging: Paging,
) -> Result<Vec<Row>, sqlx::Error> {
    macro_rules! page {
        ($file:literal) => {
            sqlx::query_file_as!(
                Row,
                $file,
                paging.after.unwrap_or(Uuid::max()),
                filter.pipeline_id as _,
                filter.type_name.as_deref() as _,
                filter.state.map(|state| state.as_str()) as _,
                paging.limit + 1,
                Limits::PAGE_BYTES,
            )
            .fetch_all(connection)
            .await
        };
    }
    if filter.pipeline_id.is_some() {
        page!("src/jobs/page_by_pipeline.sql")
    } else if filter.type_name.is_some() {
        page!("src/jobs/page_by_type.sql")
    } else if filter.state.is_some() {
        page!("src/jobs/page_by_state.sql")
    } else {
        page!("src/jobs/page.sql")
    }
}

/// One job, as this connection's transaction sees it.
pub(crate) async fn read_job(connection: &mut Session, id: Uuid) -> Result<Job, Error> {
    let row = sqlx::query_file_as!(Row, "src/jobs/read.sql", id).fetch_optional(&mut *connection).await?;
    let mut job = row.map(Job::from).ok_or(Error::NotFound(Resource::Job))?;
    count_outcomes_of(connection, std::slice::from_mut(&mut job)).await?;
    Ok(job)
}

/// Shows the jobs' counts of outcomes.
async fn count_outcomes_of(connection: &mut Session, jobs: &mut [Job]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = jobs.iter().map(|job| job.id).collect();
    let mut counts = read_counts(connection, &ids).await?;
    for job in jobs {
        job.outcomes = counts.remove(&job.id).unwrap_or_default();
    }
    Ok(())
}

/// A pipeline's jobs in the order of the request, without payload and metadata.
pub(crate) async fn read_jobs_of(connection: &mut Session, pipeline: Uuid) -> Result<Vec<Job>, Error> {
    let jobs = sqlx::query_file_as!(Row, "src/jobs/read_of_pipeline.sql", pipeline);
    let mut jobs: Vec<Job> = jobs.fetch_all(&mut *connection).await?.into_iter().map(Job::from).collect();
    count_outcomes_of(connection, &mut jobs).await?;
    Ok(jobs)
}

/// These jobs, those of deleted pipelines among them, in no order, without payload and metadata.
pub(crate) async fn read_jobs_these(connection: &mut Session, ids: &[Uuid]) -> Result<Vec<Job>, sqlx::Error> {
    let jobs = sqlx::query_file_as!(Row, "src/jobs/read_these.sql", ids);
    let mut jobs: Vec<Job> = jobs.fetch_all(&mut *connection).await?.into_iter().map(Job::from).collect();
    count_outcomes_of(connection, &mut jobs).await?;
    Ok(jobs)
}

struct Row {
    id: Uuid,
    pipeline_id: Uuid,
    key: String,
    type_name: String,
    state: String,
    paused: bool,
    held: bool,
    /// Its pipeline's end has ended it: what had not ended shares that.
    kept: bool,
    sealed: bool,
    reason: Option<String>,
    payload: Option<String>,
    metadata: Option<String>,
    max_attempts: i32,
    initial_delay_seconds: f64,
    factor: f64,
    max_delay_seconds: f64,
    jitter: f64,
    non_retryable: Vec<String>,
    lease_seconds: f64,
    timeout_seconds: Option<f64>,
    max_failed_tasks: i32,
    fail_fast: bool,
    allow_failure: bool,
    join_any: bool,
    run_at: Option<DateTime<Utc>>,
    due: bool,
    queued: i32,
    scheduled: i32,
    running: i32,
    succeeded: i32,
    failed: i32,
    cancelled: i32,
    skipped: i32,
    created_at: DateTime<Utc>,
    opened_at: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    parents: Vec<String>,
    conditions: Vec<String>,
    running_share: f64,
    /// Rows of the page before it was cut.
    fetched: i64,
}

impl From<Row> for Job {
    fn from(row: Row) -> Self {
        let state = job_state(&row.state);
        let counts = row.counts(state);
        let conditions = row.conditions.iter().map(|word| condition(word));
        Self {
            id: row.id,
            pipeline_id: row.pipeline_id,
            key: row.key,
            type_name: row.type_name,
            state,
            paused: row.paused,
            held: row.held,
            sealed: row.sealed,
            depends_on: row.parents.into_iter().zip(conditions).collect(),
            join: if row.join_any { Join::Any } else { Join::All },
            reason: row.reason,
            payload: row.payload,
            metadata: row.metadata,
            max_attempts: row.max_attempts,
            initial_delay_seconds: row.initial_delay_seconds,
            factor: row.factor,
            max_delay_seconds: row.max_delay_seconds,
            jitter: row.jitter,
            non_retryable: row.non_retryable,
            lease_seconds: row.lease_seconds,
            timeout_seconds: row.timeout_seconds,
            max_failed_tasks: row.max_failed_tasks,
            fail_fast: row.fail_fast,
            allow_failure: row.allow_failure,
            run_at: row.run_at,
            percent: percent(state, &counts, row.running_share),
            counts,
            outcomes: Vec::new(),
            created_at: row.created_at,
            opened_at: row.opened_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
        }
    }
}

impl Row {
    /// Effective counts: what is stale is queued; what waits under a pending job is pending, and under one whose `run_at` is ahead scheduled.
    fn counts(&self, state: JobState) -> Counts {
        let stored = JobCounts {
            queued: self.queued.into(),
            scheduled: self.scheduled.into(),
            running: self.running.into(),
            succeeded: self.succeeded.into(),
            failed: self.failed.into(),
            cancelled: self.cancelled.into(),
            skipped: self.skipped.into(),
        };
        let shown = if self.kept { stored.share_end_of(state) } else { stored };
        let JobCounts { queued, scheduled, running, succeeded, failed, cancelled, skipped } = shown;
        let mut counts = Counts { running, succeeded, failed, cancelled, skipped, ..Counts::default() };
        match (state, self.due) {
            (JobState::Pending, _) => counts.pending = queued + scheduled,
            (_, false) => counts.scheduled = queued + scheduled,
            (_, true) => (counts.queued, counts.scheduled) = (queued, scheduled),
        }
        let Counts { pending, scheduled, queued, running, succeeded, failed, cancelled, skipped, .. } =
            counts;
        counts.total = pending + scheduled + queued + running + succeeded + failed + cancelled + skipped;
        counts
    }
}

/// How far a job is, 0 to 100: the share of ended tasks, and of the running ones as much as their own progress says.
#[expect(clippy::cast_precision_loss, reason = "a share for people; counts stay far below 2^53")]
pub(super) fn percent(state: JobState, counts: &Counts, running_share: f64) -> f64 {
    if state.has_ended() {
        return 100.0;
    }
    if counts.total == 0 {
        return 0.0;
    }
    let ended = counts.succeeded + counts.failed + counts.cancelled + counts.skipped;
    100.0 * (ended as f64 + running_share) / counts.total as f64
}
