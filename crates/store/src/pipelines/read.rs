//! `GET /v1/pipelines` and `GET /v1/pipelines/{id}`.
//!
//! A list by one thing that has an index walks along it. It begins by a row comparison, ends by the first column of its index, and asks for that
//! index's order: of an equality the planner may as well walk along all ids until it meets enough that fit. Any other list is one of `by_walk.rs`.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{Limits, Priority};

use super::by_walk::find_by_walk;
use super::state::pipeline_state;
use crate::db::{Page, Session, deadline};
use crate::input::{Paging, PipelineFilter};
use crate::jobs::read_jobs_of;
use crate::resource::Resource;
use crate::view::{Job, Pipeline};
use crate::{Error, Store};

impl Store {
    /// A pipeline with all its jobs, in the order of the request.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn pipeline(&self, id: Uuid) -> Result<(Pipeline, Vec<Job>), Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            Ok((read_pipeline(&mut connection, id).await?, read_jobs_of(&mut connection, id).await?))
        })
        .await
    }

    /// Pipelines, the newest first: all, or by one correlation id, name or state along its index. By anything else, and by several of these, along the
    /// index of whatever is rarest; then the page may be short where few pipelines fit among many, and `resume` says where the next one begins.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list_pipelines(
        &self,
        filter: &PipelineFilter,
        paging: Paging,
    ) -> Result<Page<Pipeline>, Error> {
        let Some(by) = by_one_index(filter) else { return self.list_by_walk(filter, paging).await };
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            let rows = read_page(&mut connection, by, paging).await?;
            let fetched = rows.first().map(|row| row.fetched);
            Ok(Page::of(paging.limit, fetched, rows.into_iter().map(Pipeline::from)))
        })
        .await
    }

    async fn list_by_walk(&self, filter: &PipelineFilter, paging: Paging) -> Result<Page<Pipeline>, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            let (ids, looked_to) = find_by_walk(&mut connection, filter, paging, self.looks_for).await?;
            let page = read_these(&mut connection, &ids, paging.limit).await?;
            let resume = looked_to.filter(|_| !page.more);
            Ok(Page { resume, ..page })
        })
        .await
    }
}

/// One index, and which of its entries.
enum By<'a> {
    Id,
    State(&'a str),
    Name(&'a str),
    Correlation(&'a str),
}

/// The index that alone says which pipelines fit, if one does.
fn by_one_index(filter: &PipelineFilter) -> Option<By<'_>> {
    let PipelineFilter { state, name, correlation_id, .. } = filter;
    let others = PipelineFilter { state: None, name: None, correlation_id: None, ..filter.clone() };
    if others != PipelineFilter::default() {
        return None;
    }
    match (state, name, correlation_id) {
        (None, None, None) => Some(By::Id),
        (Some(state), None, None) => Some(By::State(state.as_str())),
        (None, Some(name), None) => Some(By::Name(name)),
        (None, None, Some(correlation_id)) => Some(By::Correlation(correlation_id)),
        _ => None,
    }
}

/// One more row than the page holds at the most, so that it shows whether another follows.
async fn read_page(connection: &mut Session, by: By<'_>, paging: Paging) -> Result<Vec<Row>, sqlx::Error> {
    macro_rules! page {
        ($file:literal $(, $key:expr)?) => {
            sqlx::query_file_as!(
                Row,
                $file,
                paging.after.unwrap_or(Uuid::max()),
                paging.limit + 1,
                Limits::PAGE_BYTES,
                $($key,)?
            )
            .fetch_all(connection)
            .await
        };
    }
    match by {
        By::Id => page!("src/pipelines/page.sql"),
        By::State(state) => page!("src/pipelines/page_by_state.sql", state),
        By::Name(name) => page!("src/pipelines/page_by_name.sql", name),
        By::Correlation(id) => page!("src/pipelines/page_by_correlation.sql", id),
    }
}

/// A page of these pipelines, one more than the page holds at the most, the newest first.
async fn read_these(
    connection: &mut Session,
    ids: &[Uuid],
    limit: i64,
) -> Result<Page<Pipeline>, sqlx::Error> {
    let rows = sqlx::query_file_as!(Row, "src/pipelines/read_these.sql", ids, Limits::PAGE_BYTES);
    let rows = rows.fetch_all(connection).await?;
    let fetched = rows.first().map(|row| row.fetched);
    Ok(Page::of(limit, fetched, rows.into_iter().map(Pipeline::from)))
}

/// These pipelines, deleted ones among them, in no order, as many as fit a page.
pub(crate) async fn read_pipelines_these(
    connection: &mut Session,
    ids: &[Uuid],
) -> Result<Vec<Pipeline>, sqlx::Error> {
    Ok(read_these(connection, ids, i64::MAX).await?.items)
}

/// One pipeline, as this connection's transaction sees it.
pub(crate) async fn read_pipeline(connection: &mut Session, id: Uuid) -> Result<Pipeline, Error> {
    let row = sqlx::query_file_as!(Row, "src/pipelines/read.sql", id).fetch_optional(connection).await?;
    row.map(Pipeline::from).ok_or(Error::NotFound(Resource::Pipeline))
}

struct Row {
    id: Uuid,
    name: String,
    state: String,
    paused: bool,
    sealed: bool,
    cancelling: bool,
    priority: i16,
    correlation_id: String,
    metadata: Option<String>,
    fail_fast: bool,
    reason: Option<String>,
    percent: f64,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    deadline_at: Option<DateTime<Utc>>,
    traceparent: Option<String>,
    tracestate: Option<String>,
    schedule: Option<String>,
    template: Option<String>,
    template_version: Option<i32>,
    parameters: Option<String>,
    /// Rows of the page before it was cut.
    fetched: i64,
}

impl From<Row> for Pipeline {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            state: pipeline_state(&row.state),
            paused: row.paused,
            sealed: row.sealed,
            cancelling: row.cancelling,
            priority: Priority::from_rank(row.priority).expect("a CHECK holds priorities to the known ranks"),
            correlation_id: row.correlation_id,
            metadata: row.metadata,
            fail_fast: row.fail_fast,
            reason: row.reason,
            percent: row.percent,
            created_at: row.created_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
            deadline_at: row.deadline_at,
            traceparent: row.traceparent,
            tracestate: row.tracestate,
            schedule: row.schedule,
            template: row.template.zip(row.template_version),
            parameters: row.parameters,
        }
    }
}
