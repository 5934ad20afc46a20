//! Lists of tasks that no index serves: windows over all tasks, or over those of a job, from the newest on.
//!
//! An index for each such filter would cost every change of a task's state. Instead the list looks at windows that grow, and stops when the
//! page is full or its time is over: then the page is shorter, and the next one goes on where this one looked last. So an answer takes little more than
//! that time, however many tasks are stored and however few of them fit.

use std::time::{Duration, Instant};

use uuid::Uuid;
use windlass_domain::TaskState;

use crate::db::Session;
use crate::input::{Paging, TaskFilter};

/// Tasks in the first window: in most lists a page is found there.
const FIRST: i64 = 1_000;
/// Tasks in a window at the most: about 100 ms, a tenth of it in a job.
const LARGEST: i64 = 20_000;

/// What windows found.
pub(super) struct Found {
    /// Tasks that fit, the newest first, one more than the page holds at the most.
    pub(super) ids: Vec<Uuid>,
    /// The last task looked at, where older ones have not been looked at.
    pub(super) looked_to: Option<Uuid>,
}

pub(super) async fn find(
    connection: &mut Session,
    filter: &TaskFilter,
    paging: Paging,
    looks_for: Duration,
) -> Result<Found, sqlx::Error> {
    let begun = Instant::now();
    let mut found = Found { ids: Vec::new(), looked_to: paging.after };
    let mut size = FIRST;
    loop {
        let missing = paging.limit + 1 - i64::try_from(found.ids.len()).unwrap_or(i64::MAX);
        let window = Paging { after: found.looked_to, limit: missing };
        let (ids, last) = look(connection, filter, window, size).await?;
        found.ids.extend(ids);
        found.looked_to = last;
        let full = i64::try_from(found.ids.len()).is_ok_and(|ids| ids > paging.limit);
        if full || last.is_none() || begun.elapsed() > looks_for {
            return Ok(found);
        }
        size = LARGEST.min(size * 5);
    }
}

/// The tasks of one window that fit, and its last one where it is full.
async fn look(
    connection: &mut Session,
    filter: &TaskFilter,
    paging: Paging,
    size: i64,
) -> Result<(Vec<Uuid>, Option<Uuid>), sqlx::Error> {
    macro_rules! look {
        ($file:literal $(, $of_job:expr)*) => {{
            let window = sqlx::query_file!(
                $file,
                filter.state.map(TaskState::as_str) as _,
                paging.after.unwrap_or(Uuid::max()),
                size,
                filter.type_name.as_deref() as _,
                paging.limit,
                $($of_job,)*
            );
            let window = window.fetch_one(connection).await?;
            Ok((window.ids, window.last))
        }};
    }
    if let Some(job) = filter.job_id {
        return look!("src/tasks/window_of_job.sql", job, filter.pipeline_id as _);
    }
    look!("src/tasks/window.sql")
}
