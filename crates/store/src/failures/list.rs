//! Failed tasks over all jobs, the newest failure first.
//!
//! Windows of the list of failures, as in `tasks/windows.rs`: what runs again since, was taken back or belongs to a deleted pipeline is passed over. A page
//! may thus be short, and the next one goes on where this one looked last.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::{Session, deadline};
use crate::tasks::read_in_order;
use crate::view::Task;
use crate::{Error, Store};

/// Failures in the first window: in most lists a page is found there.
const FIRST: i64 = 1_000;
/// Failures in a window at the most.
const LARGEST: i64 = 20_000;

/// Which failed tasks.
#[derive(Debug, Clone, Default)]
pub struct FailureFilter {
    /// Of this type.
    pub type_name: Option<String>,
    /// Ended by an error of this category.
    pub category: Option<String>,
    /// Created at this instant or later.
    pub created_after: Option<DateTime<Utc>>,
    /// Held by this worker when it failed; its attempts have to be kept still.
    pub worker_id: Option<String>,
}

/// A page of failed tasks.
#[derive(Debug, Clone)]
pub struct FailedTasks {
    /// The tasks, the newest failure first.
    pub tasks: Vec<Task>,
    /// The number of the failure behind which the next page begins; `None`: there is none.
    pub next: Option<i64>,
}

/// Failures that fit, the newest first, and how far was looked where older ones have not been looked at.
struct Found {
    fitting: Vec<(Uuid, i64)>,
    looked_to: Option<i64>,
}

impl Store {
    /// Up to `limit` tasks that have failed and do not run again, those whose failure comes before the number `before`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn failed_tasks(
        &self,
        filter: &FailureFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<FailedTasks, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            let found = find(&mut connection, filter, before, limit, self.looks_for).await?;
            let ids: Vec<Uuid> = found.fitting.iter().map(|(id, _)| *id).collect();
            let (tasks, more) = read_in_order(&mut connection, &ids, limit).await?;
            let shown = tasks.last().and_then(|last| found.fitting.iter().find(|(id, _)| *id == last.id));
            // Of what was found for the page, tasks may have gone before they were read.
            let beyond = usize::try_from(limit).ok().and_then(|limit| found.fitting.get(limit));
            let next = match (shown.filter(|_| more), beyond) {
                (Some((_, number)), _) => Some(*number),
                (None, Some((_, number))) => Some(number + 1),
                (None, None) => found.looked_to,
            };
            Ok(FailedTasks { tasks, next })
        })
        .await
    }
}

async fn find(
    connection: &mut Session,
    filter: &FailureFilter,
    before: Option<i64>,
    limit: i64,
    looks_for: Duration,
) -> Result<Found, sqlx::Error> {
    let begun = Instant::now();
    let mut found = Found { fitting: Vec::new(), looked_to: before };
    let mut size = FIRST;
    loop {
        let missing = limit + 1 - i64::try_from(found.fitting.len()).unwrap_or(i64::MAX);
        let (fitting, last) = look(connection, filter, found.looked_to, (size, missing)).await?;
        found.fitting.extend(fitting);
        found.looked_to = last;
        let full = i64::try_from(found.fitting.len()).is_ok_and(|fitting| fitting > limit);
        if full || last.is_none() || begun.elapsed() > looks_for {
            return Ok(found);
        }
        size = LARGEST.min(size * 5);
    }
}

/// The failures of one window that fit, `most` of them at the most, and its last one where older ones may fit.
async fn look(
    connection: &mut Session,
    filter: &FailureFilter,
    before: Option<i64>,
    (size, most): (i64, i64),
) -> Result<(Vec<(Uuid, i64)>, Option<i64>), sqlx::Error> {
    macro_rules! look {
        ($file:literal) => {{
            let window = sqlx::query_file!(
                $file,
                before.unwrap_or(i64::MAX),
                size,
                filter.type_name.as_deref() as _,
                filter.category.as_deref() as _,
                filter.created_after as _,
                most,
                filter.worker_id.as_deref() as _,
            );
            let window = window.fetch_one(connection).await?;
            Ok((window.tasks.into_iter().zip(window.numbers).collect(), window.last))
        }};
    }
    if filter.type_name.is_some() {
        look!("src/failures/window_of_type.sql")
    } else {
        look!("src/failures/window.sql")
    }
}
