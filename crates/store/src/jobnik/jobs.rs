//! `GET /jobnik/v1/jobs` and `GET /jobnik/v1/jobs/{jobId}`.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{JobnikJobStatus, Priority};

use super::rows::{JobnikList, LIST_BYTES, READ_ROWS, Room, bytes};
use super::stages::read_stages_of;
use super::times::MillisRange;
use super::view::JobnikJob;
use crate::db::{Session, deadline};
use crate::input::Trace;
use crate::pipelines::pipeline_state;
use crate::{Error, Store};

/// Which jobs a list shows.
#[derive(Debug, Clone, Default)]
pub struct JobnikJobFilter {
    /// With this name.
    pub name: Option<String>,
    /// With this priority.
    pub priority: Option<Priority>,
    /// Created then.
    pub created: MillisRange,
    /// With their stages.
    pub with_stages: bool,
}

impl Store {
    /// Jobs, oldest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list_jobnik_jobs(&self, filter: &JobnikJobFilter) -> Result<JobnikList<JobnikJob>, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            let jobs = read_page(&mut connection, filter).await?;
            Ok(fill(&mut connection, jobs, filter.with_stages).await?)
        })
        .await
    }

    /// A job, with its stages or without; `None`: there is no such one. A list of one, since its stages may be too many.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn jobnik_job(&self, id: Uuid, with_stages: bool) -> Result<Option<(JobnikJob, bool)>, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            let job = read_job(&mut connection, id).await?;
            let mut list = fill(&mut connection, job.into_iter().collect(), with_stages).await?;
            Ok(list.items.pop().map(|job| (job, list.truncated)))
        })
        .await
    }
}

/// One job without its stages, as this connection's transaction sees it.
pub(super) async fn read_job(connection: &mut Session, id: Uuid) -> Result<Option<JobnikJob>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT p.id, p.name, p.state, p.paused, p.priority, coalesce(p.percentage, 0) AS "percentage!", p.traceparent, p.tracestate,
                  m.payload AS "payload?", m.metadata AS "metadata?", p.created_at,
                  greatest(p.created_at, p.started_at, p.ended_at, p.updated_at) AS "updated_at!"
           FROM pipelines p LEFT JOIN pipeline_metadata m ON m.pipeline_id = p.id
           WHERE p.id = $1 AND p.surface = 'jobnik' AND p.deleted_at IS NULL"#,
        id,
    );
    Ok(row.fetch_optional(connection).await?.map(JobnikJob::from))
}

async fn read_page(
    connection: &mut Session,
    filter: &JobnikJobFilter,
) -> Result<Vec<JobnikJob>, sqlx::Error> {
    // Both variants take these, in this order; the file's name has to be a literal.
    macro_rules! statement {
        ($file:literal) => {
            sqlx::query_file_as!(
                Row,
                $file,
                filter.name.as_deref() as Option<&str>,
                filter.priority.map(Priority::rank) as Option<i16>,
                filter.created.first() as Option<DateTime<Utc>>,
                filter.created.behind() as Option<DateTime<Utc>>,
                READ_ROWS,
                LIST_BYTES,
            )
            .fetch_all(connection)
            .await?
        };
    }
    let rows = match filter.name {
        None => statement!("src/jobnik/jobs.sql"),
        Some(_) => statement!("src/jobnik/jobs_of_name.sql"),
    };
    Ok(rows.into_iter().map(JobnikJob::from).collect())
}

/// As many of these as fit into a list, each with all its stages; a first one alone with those that fit.
async fn fill(
    connection: &mut Session,
    jobs: Vec<JobnikJob>,
    with_stages: bool,
) -> Result<JobnikList<JobnikJob>, sqlx::Error> {
    let mut own = Room::new();
    let jobs = own.take(jobs, |job| bytes([&job.data, &job.user_metadata]));
    if !with_stages {
        return Ok(JobnikList { items: jobs, truncated: own.truncated });
    }
    let ids: Vec<Uuid> = jobs.iter().map(|job| job.id).collect();
    let mut stages = read_stages_of(connection, &ids).await?;
    let mut room = Room::new();
    let mut items = Vec::with_capacity(jobs.len());
    let all = jobs.len();
    for mut job in jobs {
        let own = stages.remove(&job.id).unwrap_or_default();
        if !room.take_one(bytes([&job.data, &job.user_metadata])) {
            break;
        }
        job.stages = Some(room.take(own, |stage| bytes([&stage.data, &stage.user_metadata])));
        items.push(job);
        if room.truncated {
            break;
        }
    }
    let truncated = own.truncated || room.truncated || items.len() < all;
    Ok(JobnikList { items, truncated })
}

struct Row {
    id: Uuid,
    name: String,
    state: String,
    paused: bool,
    priority: i16,
    percentage: i32,
    traceparent: Option<String>,
    tracestate: Option<String>,
    payload: Option<String>,
    metadata: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Row> for JobnikJob {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            status: JobnikJobStatus::of(pipeline_state(&row.state), row.paused),
            percentage: row.percentage,
            priority: Priority::from_rank(row.priority).expect("a CHECK holds priorities to the known ranks"),
            name: row.name,
            trace: Trace { traceparent: row.traceparent, tracestate: row.tracestate },
            data: row.payload,
            user_metadata: row.metadata,
            created_at: row.created_at,
            updated_at: row.updated_at,
            stages: None,
        }
    }
}
