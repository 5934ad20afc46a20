//! `GET /v1/pipelines` and `GET /v1/pipelines/{id}`.

use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder, Row};
use uuid::Uuid;
use windlass_domain::Priority;

use super::by_metadata::find_by_metadata;
use super::state::pipeline_state;
use crate::db::Page;
use crate::db::deadline;
use crate::db::{Walk, fetch_page, push_walk, start_page};
use crate::input::{Paging, PipelineFilter};
use crate::jobs::read_jobs_of;
use crate::resource::Resource;
use crate::view::{Job, Pipeline};
use crate::{Error, Store};

/// The mean over jobs weighted by tasks is the share of all tasks; a single read counts running tasks' own progress in.
macro_rules! columns {
    ($running:literal) => {
        concat!(
            "SELECT p.id, p.name, p.state, p.paused, p.sealed, p.priority, p.correlation_id, m.metadata, p.fail_fast, p.reason,
                 CASE WHEN p.ended_at IS NOT NULL THEN 100.0::float8 ELSE coalesce(share.percent, 0) END AS percent,
                 p.created_at, p.started_at, p.ended_at, p.traceparent, p.tracestate,
                 coalesce(octet_length(m.metadata), 0)::bigint AS bytes
             FROM pipelines p LEFT JOIN pipeline_metadata m ON m.pipeline_id = p.id
             CROSS JOIN LATERAL (
                 SELECT 100.0::float8 * sum(j.succeeded + j.failed + j.cancelled + j.skipped + ",
            $running,
            ")
                     / nullif(sum(j.queued + j.left_over + j.scheduled + j.running + j.succeeded + j.failed + j.cancelled + j.skipped), 0)
                     AS percent
                 FROM jobs j WHERE j.pipeline_id = p.id
             ) share
             WHERE p.deleted_at IS NULL"
        )
    };
}

const ONE: &str = columns!("windlass_running_share(j.id, j.running)");
const MANY: &str = columns!("0");

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

    /// Pipelines, the newest first. By correlation id, name and state along an index; of several the first of these. By metadata along the
    /// index of whatever is rarest.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list_pipelines(
        &self,
        filter: &PipelineFilter,
        paging: Paging,
    ) -> Result<Page<Pipeline>, Error> {
        if !filter.metadata.is_empty() {
            return deadline(async {
                let mut connection = self.db.pool.acquire().await?;
                let (ids, looked_to) = find_by_metadata(&mut connection, filter, paging).await?;
                let page = read_these(&mut connection, ids, paging.limit).await?;
                let resume = looked_to.filter(|_| !page.more);
                Ok(Page { resume, ..page })
            })
            .await;
        }
        let mut query = start_page("id DESC");
        query.push(MANY);
        let order = push_index(&mut query, filter, paging);
        push_filter(&mut query, filter);
        query.push(format_args!(" ORDER BY {order} LIMIT {}", paging.limit + 1));
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            Ok(fetch_page(&mut connection, query, "id DESC", paging.limit).await?)
        })
        .await
    }
}

/// Appends the walk along the index of the sharpest filter; returns its order.
fn push_index(query: &mut QueryBuilder<Postgres>, filter: &PipelineFilter, paging: Paging) -> &'static str {
    if let Some(correlation) = &filter.correlation_id {
        push_walk(query, ("p.correlation_id", "p.id"), correlation.clone(), paging.after, Walk::Down);
        "p.correlation_id DESC, p.id DESC"
    } else if let Some(name) = &filter.name {
        push_walk(query, ("p.name", "p.id"), name.clone(), paging.after, Walk::Down);
        "p.name DESC, p.id DESC"
    } else if let Some(state) = filter.state {
        push_walk(query, ("p.state", "p.id"), state.as_str(), paging.after, Walk::Down);
        "p.state DESC, p.id DESC"
    } else {
        if let Some(after) = paging.after {
            query.push(" AND p.id < ").push_bind(after);
        }
        "p.id DESC"
    }
}

fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &PipelineFilter) {
    if let Some(state) = filter.state {
        query.push(" AND p.state = ").push_bind(state.as_str());
    }
    if let Some(name) = &filter.name {
        query.push(" AND p.name = ").push_bind(name.clone());
    }
    if let Some(priority) = filter.priority {
        query.push(" AND p.priority = ").push_bind(priority.rank());
    }
    if let Some(correlation) = &filter.correlation_id {
        query.push(" AND p.correlation_id = ").push_bind(correlation.clone());
    }
    if let Some(after) = filter.created_after {
        query.push(" AND p.created_at >= ").push_bind(after);
    }
    if let Some(before) = filter.created_before {
        query.push(" AND p.created_at < ").push_bind(before);
    }
}

/// A page of these pipelines, one more than the page holds at the most, the newest first.
async fn read_these(
    connection: &mut PgConnection,
    ids: Vec<Uuid>,
    limit: i64,
) -> Result<Page<Pipeline>, sqlx::Error> {
    let mut query = start_page("id DESC");
    query.push(MANY).push(" AND p.id = ANY(").push_bind(ids).push(") ORDER BY p.id DESC");
    fetch_page(connection, query, "id DESC", limit).await
}

/// One pipeline, as this connection's transaction sees it.
pub(crate) async fn read_pipeline(connection: &mut PgConnection, id: Uuid) -> Result<Pipeline, Error> {
    let mut query = QueryBuilder::new(ONE);
    query.push(" AND p.id = ").push_bind(id);
    query.build_query_as().fetch_optional(connection).await?.ok_or(Error::NotFound(Resource::Pipeline))
}

impl<'r> FromRow<'r, PgRow> for Pipeline {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            state: pipeline_state(row.try_get("state")?),
            paused: row.try_get("paused")?,
            sealed: row.try_get("sealed")?,
            priority: Priority::from_rank(row.try_get("priority")?)
                .expect("a CHECK holds priorities to the known ranks"),
            correlation_id: row.try_get("correlation_id")?,
            metadata: row.try_get("metadata")?,
            fail_fast: row.try_get("fail_fast")?,
            reason: row.try_get("reason")?,
            percent: row.try_get("percent")?,
            created_at: row.try_get("created_at")?,
            started_at: row.try_get("started_at")?,
            ended_at: row.try_get("ended_at")?,
            traceparent: row.try_get("traceparent")?,
            tracestate: row.try_get("tracestate")?,
        })
    }
}
