//! Running tasks over all jobs, those that have run for longest first.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::read::read_in_order;
use crate::db::deadline;
use crate::view::Task;
use crate::{Error, Store};

/// A place among the running tasks: when one was leased, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunningSince {
    /// When it was leased.
    pub at: DateTime<Utc>,
    /// Which task.
    pub task_id: Uuid,
}

/// A page of running tasks.
#[derive(Debug, Clone)]
pub struct RunningTasks {
    /// The tasks, the longest first.
    pub tasks: Vec<Task>,
    /// Behind which one the next page begins; `None`: there is none.
    pub next: Option<RunningSince>,
}

impl Store {
    /// Up to `limit` tasks that run, of this type and of this worker unless those are `None`, behind `after`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn running_tasks(
        &self,
        (type_name, worker_id): (Option<&str>, Option<&str>),
        after: Option<RunningSince>,
        limit: i64,
    ) -> Result<RunningTasks, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            let found = sqlx::query_file!(
                "src/tasks/longest.sql",
                type_name as _,
                after.map_or(DateTime::UNIX_EPOCH, |after| after.at),
                after.map_or(Uuid::nil(), |after| after.task_id),
                limit + 1,
                worker_id as _,
            )
            .fetch_all(&mut *connection)
            .await?;
            let most = usize::try_from(limit).unwrap_or(usize::MAX);
            let ids: Vec<Uuid> = found.iter().take(most).map(|lease| lease.task_id).collect();
            let (tasks, cut) = read_in_order(&mut connection, &ids, limit).await?;
            // One that has gone since is not shown, and does not end the walk.
            let last = if cut {
                tasks.last().map(|task| task.id)
            } else {
                ids.last().copied().filter(|_| found.len() > most)
            };
            let next = last.and_then(|last| found.iter().find(|lease| lease.task_id == last));
            let next = next.map(|lease| RunningSince { at: lease.started_at, task_id: lease.task_id });
            Ok(RunningTasks { tasks, next })
        })
        .await
    }
}
