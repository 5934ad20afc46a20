//! Reads of stages: `GET /jobnik/v1/stages`, `/stages/{stageId}`, `/stages/{stageId}/summary` and `/jobs/{jobId}/stages`.

use std::collections::HashMap;

use uuid::Uuid;
use windlass_domain::{JobnikStageStanding, JobnikStageStatus};

use super::rows::{JobnikList, LIST_BYTES, MOST_READ, READ_ROWS, Room, bytes, portions};
use super::tasks::read_tasks_of;
use super::view::{JobnikStage, JobnikSummary};
use crate::db::{Session, deadline};
use crate::input::Trace;
use crate::jobs::job_state;
use crate::{Error, Store};

/// Which stages a list shows.
#[derive(Debug, Clone, Default)]
pub struct JobnikStageFilter {
    /// Of this job.
    pub job_id: Option<Uuid>,
    /// Of this type.
    pub type_name: Option<String>,
    /// In this status.
    pub status: Option<JobnikStageStatus>,
    /// With their tasks.
    pub with_tasks: bool,
}

impl Store {
    /// Stages, oldest first, those of a job in their order.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list_jobnik_stages(
        &self,
        filter: &JobnikStageFilter,
    ) -> Result<JobnikList<JobnikStage>, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            let stages = read_page(&mut connection, filter).await?;
            Ok(fill(&mut connection, stages, filter.with_tasks).await?)
        })
        .await
    }

    /// The stages of a job in their order; `None`: there is no such job.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn jobnik_stages_of_job(
        &self,
        job: Uuid,
        with_tasks: bool,
    ) -> Result<Option<JobnikList<JobnikStage>>, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            if !job_exists(&mut connection, job).await? {
                return Ok(None);
            }
            let filter = JobnikStageFilter { job_id: Some(job), with_tasks, ..JobnikStageFilter::default() };
            let stages = read_page(&mut connection, &filter).await?;
            Ok(Some(fill(&mut connection, stages, with_tasks).await?))
        })
        .await
    }

    /// A stage, with its tasks or without, and whether they are too many; `None`: there is no such one.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn jobnik_stage(
        &self,
        id: Uuid,
        with_tasks: bool,
    ) -> Result<Option<(JobnikStage, bool)>, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            let stage = read_stage(&mut connection, id).await?;
            let mut list = fill(&mut connection, stage.into_iter().collect(), with_tasks).await?;
            Ok(list.items.pop().map(|stage| (stage, list.truncated)))
        })
        .await
    }
}

async fn job_exists(connection: &mut Session, id: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM pipelines WHERE id = $1 AND surface = 'jobnik' AND deleted_at IS NULL) AS "exists!""#,
        id,
    )
    .fetch_one(connection)
    .await
}

/// A stage without its tasks, as this connection's transaction sees it.
pub(super) async fn read_stage(
    connection: &mut Session,
    id: Uuid,
) -> Result<Option<JobnikStage>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT j.id, j.pipeline_id, j.key, j.type AS type_name, j.state, j.held IS TRUE AS "held!", j.kept IS TRUE AS "kept!",
                  j.opened_at IS NOT NULL AS "opened!", j.started_at IS NOT NULL AS "started!",
                  j.queued + j.scheduled + j.left_over AS "waiting!", j.running, j.succeeded, j.failed + j.cancelled + j.skipped AS "failed!",
                  coalesce(j.retried, 0) AS "retried!", s.payload, s.metadata, s.traceparent, s.tracestate
           FROM jobs j JOIN job_specs s ON s.job_id = j.id
           WHERE j.id = $1 AND j.surface = 'jobnik' AND (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id)"#,
        id,
    );
    Ok(row.fetch_optional(connection).await?.map(JobnikStage::from))
}

/// The stages of these jobs, each job's in their order, as far as one list goes.
pub(super) async fn read_stages_of(
    connection: &mut Session,
    jobs: &[Uuid],
) -> Result<HashMap<Uuid, Vec<JobnikStage>>, sqlx::Error> {
    let mut ids = Vec::new();
    for some in portions(jobs) {
        ids.extend(stages_of(connection, some).await?);
        if ids.len() >= MOST_READ {
            ids.truncate(MOST_READ);
            break;
        }
    }
    let mut stages: HashMap<Uuid, Vec<JobnikStage>> = HashMap::new();
    for stage in read_these(connection, &ids).await? {
        stages.entry(stage.job_id).or_default().push(stage);
    }
    Ok(stages)
}

async fn stages_of(connection: &mut Session, jobs: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT own.id AS "id!"
           FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (id, place)
           CROSS JOIN LATERAL (
               SELECT id FROM jobs
               WHERE (pipeline_id, id) >= (asked.id, '00000000-0000-0000-0000-000000000000') AND pipeline_id <= asked.id
                 AND surface IS NOT NULL
               ORDER BY pipeline_id, id LIMIT $2
           ) own
           ORDER BY asked.place, own.id LIMIT $2"#,
        jobs,
        READ_ROWS,
    )
    .fetch_all(connection)
    .await
}

/// These stages in the order asked, as far as their texts fit into a list, and one more.
async fn read_these(connection: &mut Session, ids: &[Uuid]) -> Result<Vec<JobnikStage>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id AS "id!", pipeline_id AS "pipeline_id!", key AS "key!", type_name AS "type_name!", state AS "state!", held AS "held!",
                  kept AS "kept!", opened AS "opened!", started AS "started!", waiting AS "waiting!", running AS "running!",
                  succeeded AS "succeeded!", failed AS "failed!", retried AS "retried!", payload, metadata, traceparent, tracestate
           FROM (
               SELECT j.id, j.pipeline_id, j.key, j.type AS type_name, j.state, j.held IS TRUE AS held, j.kept IS TRUE AS kept,
                      j.opened_at IS NOT NULL AS opened, j.started_at IS NOT NULL AS started,
                      j.queued + j.scheduled + j.left_over AS waiting, j.running, j.succeeded, j.failed + j.cancelled + j.skipped AS failed,
                      coalesce(j.retried, 0) AS retried, s.payload, s.metadata, s.traceparent, s.tracestate,
                      coalesce(sum(coalesce(octet_length(s.payload), 0) + coalesce(octet_length(s.metadata), 0)) OVER (
                          ORDER BY asked.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                      ), 0) AS bytes_before, asked.place
               FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (id, place)
               CROSS JOIN LATERAL (SELECT * FROM jobs WHERE id = asked.id OFFSET 0) j
               CROSS JOIN LATERAL (SELECT * FROM job_specs WHERE job_id = asked.id OFFSET 0) s
           ) page
           WHERE bytes_before <= $2
           ORDER BY place"#,
        ids,
        LIST_BYTES,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(JobnikStage::from).collect())
}

async fn read_page(
    connection: &mut Session,
    filter: &JobnikStageFilter,
) -> Result<Vec<JobnikStage>, sqlx::Error> {
    // All variants take these, in this order; the file's name has to be a literal.
    macro_rules! statement {
        ($file:literal) => {
            sqlx::query_file_as!(
                Row,
                $file,
                filter.job_id as Option<Uuid>,
                filter.type_name.as_deref() as Option<&str>,
                filter.status.map(JobnikStageStatus::as_str) as Option<&str>,
                READ_ROWS,
                LIST_BYTES,
            )
            .fetch_all(connection)
            .await?
        };
    }
    let rows = match (filter.job_id, &filter.type_name) {
        (Some(_), _) => statement!("src/jobnik/stages_of_job.sql"),
        (None, Some(_)) => statement!("src/jobnik/stages_of_type.sql"),
        (None, None) => statement!("src/jobnik/stages.sql"),
    };
    Ok(rows.into_iter().map(JobnikStage::from).collect())
}

/// As many of these as fit into a list, each with all its tasks; a first one alone with those that fit.
async fn fill(
    connection: &mut Session,
    stages: Vec<JobnikStage>,
    with_tasks: bool,
) -> Result<JobnikList<JobnikStage>, sqlx::Error> {
    let mut room = Room::new();
    let size = |stage: &JobnikStage| bytes([&stage.data, &stage.user_metadata]);
    if !with_tasks {
        let items = room.take(stages, size);
        return Ok(JobnikList { items, truncated: room.truncated });
    }
    let ids: Vec<Uuid> = stages.iter().map(|stage| stage.id).collect();
    let mut tasks = read_tasks_of(connection, &ids).await?;
    let (mut items, all) = (Vec::new(), stages.len());
    for mut stage in stages {
        if !room.take_one(size(&stage)) {
            break;
        }
        let own = tasks.remove(&stage.id).unwrap_or_default();
        stage.tasks = Some(room.take(own, |task| bytes([&task.data, &task.user_metadata])));
        items.push(stage);
        if room.truncated {
            break;
        }
    }
    let truncated = room.truncated || items.len() < all;
    Ok(JobnikList { items, truncated })
}

struct Row {
    id: Uuid,
    pipeline_id: Uuid,
    key: String,
    type_name: String,
    state: String,
    held: bool,
    kept: bool,
    opened: bool,
    started: bool,
    waiting: i32,
    running: i32,
    succeeded: i32,
    failed: i32,
    retried: i32,
    payload: Option<String>,
    metadata: Option<String>,
    traceparent: Option<String>,
    tracestate: Option<String>,
}

impl From<Row> for JobnikStage {
    fn from(row: Row) -> Self {
        let standing = JobnikStageStanding {
            state: job_state(&row.state),
            held: row.held,
            kept: row.kept,
            opened: row.opened,
            started: row.started,
        };
        // A server of before this surface does not count what is retried.
        let retried = row.retried.min(row.waiting);
        Self {
            id: row.id,
            job_id: row.pipeline_id,
            order: row.key.parse().expect("a stage's key is its order"),
            summary: JobnikSummary {
                pending: i64::from(row.waiting) - i64::from(retried),
                in_progress: row.running.into(),
                completed: row.succeeded.into(),
                failed: row.failed.into(),
                retried: retried.into(),
            },
            status: JobnikStageStatus::of(standing),
            type_name: row.type_name,
            trace: Trace { traceparent: row.traceparent, tracestate: row.tracestate },
            data: row.payload,
            user_metadata: row.metadata,
            tasks: None,
        }
    }
}
