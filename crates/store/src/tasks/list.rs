//! Which tasks a list shows: the ids of a page, by the index that fits the filter.
//!
//! | filter | index |
//! |---|---|
//! | job or pipeline | `tasks_line`, once for each live origin of each job; for failed ones `tasks_failed_job` |
//! | job and a state that has no index | windows of `tasks_line` from the newest on (`windows.rs`) |
//! | a type with at most 1,000 jobs | the same, over the jobs by `jobs_type` |
//! | any other | windows of `tasks_pkey` from the newest on (`windows.rs`) |
//!
//! The shapes leave the planner no other choice, also while it has no statistics yet. Of one job or pipeline, running tasks are found by `leases_job`. Over
//! all jobs running and failed ones have lists of their own, in another order: `longest.rs` and `failures/list.rs`.

use std::time::Duration;

use uuid::Uuid;
use windlass_domain::TaskState;

use super::windows::{self, Found};
use crate::db::Session;
use crate::input::{Paging, TaskFilter};

/// Jobs of a type, of which each is asked for a page.
const FEW_JOBS: i64 = 1_000;

/// The ids of the page, one more than it holds at the most.
pub(super) async fn find(
    connection: &mut Session,
    filter: &TaskFilter,
    paging: Paging,
    looks_for: Duration,
) -> Result<Found, sqlx::Error> {
    let is_indexed = match (filter.job_id, filter.pipeline_id) {
        (Some(_), _) => matches!(filter.state, None | Some(TaskState::Running | TaskState::Failed)),
        (None, Some(_)) => true,
        (None, None) => has_few_jobs(connection, filter).await?,
    };
    if !is_indexed {
        return windows::find(connection, filter, paging, looks_for).await;
    }
    Ok(Found { ids: find_in_jobs(connection, filter, paging).await?, looked_to: None })
}

async fn has_few_jobs(connection: &mut Session, filter: &TaskFilter) -> Result<bool, sqlx::Error> {
    let Some(type_name) = &filter.type_name else { return Ok(false) };
    let jobs = sqlx::query_scalar!(
        "SELECT count(*) AS \"jobs!\" FROM (SELECT FROM jobs WHERE type = $1 LIMIT 1001) few",
        type_name,
    )
    .fetch_one(connection)
    .await?;
    Ok(jobs <= FEW_JOBS)
}

async fn find_in_jobs(
    connection: &mut Session,
    filter: &TaskFilter,
    paging: Paging,
) -> Result<Vec<Uuid>, sqlx::Error> {
    macro_rules! find {
        ($file:literal) => {
            sqlx::query_file_scalar!(
                $file,
                filter.state.map(|state| state.as_str()) as _,
                paging.after.unwrap_or(Uuid::max()),
                filter.job_id as _,
                filter.pipeline_id as _,
                filter.type_name.as_deref() as _,
                paging.limit + 1,
            )
            .fetch_all(connection)
            .await
        };
    }
    match filter.state {
        Some(TaskState::Running) => find!("src/tasks/find_running_in_jobs.sql"),
        Some(TaskState::Failed) => find!("src/tasks/find_failed_in_jobs.sql"),
        _ => find!("src/tasks/find_in_jobs.sql"),
    }
}
