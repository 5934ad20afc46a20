//! `GET /v1/jobs` and `GET /v1/jobs/{id}`.

use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder, Row};
use uuid::Uuid;
use windlass_domain::JobState;

use super::locked::job_state;
use crate::db::Page;
use crate::db::deadline;
use crate::db::{Walk, fetch_page, push_walk, start_page};
use crate::input::{JobFilter, Paging};
use crate::resource::Resource;
use crate::rollup::condition;
use crate::view::{Counts, Job};
use crate::{Error, Store};

/// Whether the pipeline lives is asked by a sub-select: of a join with `IS NULL` the planner expects next to no rows, and begins there.
/// A single read counts running tasks' own progress in; lists count ended tasks only.
macro_rules! columns {
    ($payload:literal, $running:literal) => {
        concat!(
            "SELECT j.id, j.pipeline_id, j.key, j.type, j.state, j.paused, j.sealed, j.reason, j.max_failed_tasks,
                 j.fail_fast, j.allow_failure, j.run_at, j.due, j.created_at, j.opened_at, j.started_at, j.ended_at,
                 j.queued + j.left_over AS queued, j.scheduled, j.running, j.succeeded, j.failed, j.cancelled, j.skipped, j.ordinal,
                 s.max_attempts, s.initial_delay_seconds, s.factor, s.max_delay_seconds, s.jitter, s.non_retryable,
                 s.lease_seconds, s.timeout_seconds, ",
            $payload,
            ",
                 ARRAY(
                     SELECT parent.key FROM edges e JOIN jobs parent ON parent.id = e.parent_id
                     WHERE e.child_id = j.id ORDER BY e.ordinal
                 ) AS parents,
                 ARRAY(SELECT e.condition FROM edges e WHERE e.child_id = j.id ORDER BY e.ordinal) AS conditions, ",
            $running,
            " AS running_share
             FROM jobs j
             JOIN job_specs s ON s.job_id = j.id
             WHERE (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id)"
        )
    };
}

const ONE: &str = columns!("s.payload, s.metadata", "windlass_running_share(j.id, j.running)");
const WITHIN: &str =
    columns!("NULL::text AS payload, NULL::text AS metadata", "windlass_running_share(j.id, j.running)");
const MANY: &str = columns!(
    "s.payload, s.metadata, (coalesce(octet_length(s.payload), 0) + coalesce(octet_length(s.metadata), 0))::bigint AS bytes",
    "0.0::float8"
);

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
        let mut query = start_page("id DESC");
        query.push(MANY);
        let order = push_filter(&mut query, filter, paging);
        query.push(format_args!(" ORDER BY {order} LIMIT {}", paging.limit + 1));
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            Ok(fetch_page(&mut connection, query, "id DESC", paging.limit).await?)
        })
        .await
    }
}

/// Appends the filter; returns the order of its index, which leads with the first of pipeline, type and state that is asked for.
fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &JobFilter, paging: Paging) -> &'static str {
    let JobFilter { pipeline_id, type_name, state } = filter;
    match (pipeline_id, type_name, state) {
        (Some(pipeline), type_name, state) => {
            push_walk(query, ("j.pipeline_id", "j.id"), *pipeline, paging.after, Walk::Down);
            if let Some(type_name) = type_name {
                query.push(" AND j.type = ").push_bind(type_name.clone());
            }
            push_state(query, *state);
            "j.pipeline_id DESC, j.id DESC"
        }
        (None, Some(type_name), state) => {
            push_walk(query, ("j.type", "j.id"), type_name.clone(), paging.after, Walk::Down);
            push_state(query, *state);
            "j.type DESC, j.id DESC"
        }
        (None, None, Some(state)) => {
            push_walk(query, ("j.state", "j.id"), state.as_str(), paging.after, Walk::Down);
            "j.state DESC, j.id DESC"
        }
        (None, None, None) => {
            if let Some(after) = paging.after {
                query.push(" AND j.id < ").push_bind(after);
            }
            "j.id DESC"
        }
    }
}

fn push_state(query: &mut QueryBuilder<Postgres>, state: Option<JobState>) {
    if let Some(state) = state {
        query.push(" AND j.state = ").push_bind(state.as_str());
    }
}

/// One job, as this connection's transaction sees it.
pub(crate) async fn read_job(connection: &mut PgConnection, id: Uuid) -> Result<Job, Error> {
    let mut query = QueryBuilder::new(ONE);
    query.push(" AND j.id = ").push_bind(id);
    query.build_query_as().fetch_optional(connection).await?.ok_or(Error::NotFound(Resource::Job))
}

/// A pipeline's jobs in the order of the request, without payload and metadata.
pub(crate) async fn read_jobs_of(connection: &mut PgConnection, pipeline: Uuid) -> Result<Vec<Job>, Error> {
    let mut query = QueryBuilder::new(WITHIN);
    query.push(" AND j.pipeline_id = ").push_bind(pipeline).push(" ORDER BY j.ordinal");
    Ok(query.build_query_as().fetch_all(connection).await?)
}

impl<'r> FromRow<'r, PgRow> for Job {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        let state = job_state(row.try_get("state")?);
        let counts = counts(row, state)?;
        let parents: Vec<String> = row.try_get("parents")?;
        let conditions: Vec<String> = row.try_get("conditions")?;
        let running_share: f64 = row.try_get("running_share")?;
        Ok(Self {
            id: row.try_get("id")?,
            pipeline_id: row.try_get("pipeline_id")?,
            key: row.try_get("key")?,
            type_name: row.try_get("type")?,
            state,
            paused: row.try_get("paused")?,
            sealed: row.try_get("sealed")?,
            depends_on: parents.into_iter().zip(conditions.iter().map(|word| condition(word))).collect(),
            reason: row.try_get("reason")?,
            payload: row.try_get("payload")?,
            metadata: row.try_get("metadata")?,
            max_attempts: row.try_get("max_attempts")?,
            initial_delay_seconds: row.try_get("initial_delay_seconds")?,
            factor: row.try_get("factor")?,
            max_delay_seconds: row.try_get("max_delay_seconds")?,
            jitter: row.try_get("jitter")?,
            non_retryable: row.try_get("non_retryable")?,
            lease_seconds: row.try_get("lease_seconds")?,
            timeout_seconds: row.try_get("timeout_seconds")?,
            max_failed_tasks: row.try_get("max_failed_tasks")?,
            fail_fast: row.try_get("fail_fast")?,
            allow_failure: row.try_get("allow_failure")?,
            run_at: row.try_get("run_at")?,
            percent: percent(state, &counts, running_share),
            counts,
            created_at: row.try_get("created_at")?,
            opened_at: row.try_get("opened_at")?,
            started_at: row.try_get("started_at")?,
            ended_at: row.try_get("ended_at")?,
        })
    }
}

/// Effective counts: what is stale is queued; what waits under a pending job is pending, and under one whose `run_at` is ahead scheduled.
fn counts(row: &PgRow, state: JobState) -> Result<Counts, sqlx::Error> {
    let number = |column: &str| row.try_get::<i32, _>(column).map(i64::from);
    let (queued, scheduled) = (number("queued")?, number("scheduled")?);
    let mut counts = Counts {
        running: number("running")?,
        succeeded: number("succeeded")?,
        failed: number("failed")?,
        cancelled: number("cancelled")?,
        skipped: number("skipped")?,
        ..Counts::default()
    };
    match (state, row.try_get("due")?) {
        (JobState::Pending, _) => counts.pending = queued + scheduled,
        (_, false) => counts.scheduled = queued + scheduled,
        (_, true) => (counts.queued, counts.scheduled) = (queued, scheduled),
    }
    let Counts { pending, scheduled, queued, running, succeeded, failed, cancelled, skipped, .. } = counts;
    counts.total = pending + scheduled + queued + running + succeeded + failed + cancelled + skipped;
    Ok(counts)
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
