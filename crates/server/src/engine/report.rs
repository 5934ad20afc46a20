//! Reports, heartbeats and progress, each kind in batches of its own.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use windlass_store::{self as store, Heartbeat, Progress, Report, Store, Task};

use super::alternation::Alternation;
use super::batcher::{Batcher, only};
use super::error::Error;

/// Rows that the reports of one call may add in the common batch: tasks and outcomes; and lines of log.
const ADDED_TOGETHER: usize = 100;

/// Runs the reports of all callers of a server.
pub(crate) struct Reports {
    /// Of completions, failures and releases together: they write the same rows.
    ends: Batcher<Report, Task>,
    /// Of calls that add many rows: each in a transaction of its own, so that no other report waits for its rows.
    large: Batcher<Report, Task>,
    heartbeats: Batcher<Heartbeat, DateTime<Utc>>,
    progress: Batcher<Progress, DateTime<Utc>>,
}

impl Reports {
    /// Starts the batchers; must be called within a runtime.
    pub(super) fn start(store: &Store, alternation: &Arc<Alternation>) -> Self {
        let (reporting, adding, extending, progressing) =
            (store.clone(), store.clone(), store.clone(), store.clone());
        Self {
            ends: Batcher::new("report", Some(alternation.reports()), Report::bytes, move |batch| {
                let store = reporting.clone();
                Box::pin(async move { store.report(&batch).await })
            }),
            large: Batcher::of_large("large_report", Report::bytes, move |batch| {
                let store = adding.clone();
                Box::pin(async move { store.report(&batch).await })
            }),
            heartbeats: Batcher::new("heartbeat", None, Heartbeat::bytes, move |batch| {
                let store = extending.clone();
                Box::pin(async move { store.heartbeat(&batch).await })
            }),
            progress: Batcher::new("progress", None, Progress::bytes, move |batch| {
                let store = progressing.clone();
                Box::pin(async move { store.progress(&batch).await })
            }),
        }
    }

    /// Completes, fails or releases a task; answers the task as it then is.
    ///
    /// # Errors
    /// What the store refused; [`Error::Overloaded`] when too many wait for the database, [`Error::Unavailable`] when it is away.
    pub(crate) async fn report(&self, report: Report) -> Result<Task, Error> {
        Ok(only(self.report_all(vec![report]).await?)?)
    }

    /// As [`report`](Self::report), for many; each is judged on its own, and answered in the order asked.
    ///
    /// # Errors
    /// When the batch as a whole could not be done.
    pub(crate) async fn report_all(
        &self,
        reports: Vec<Report>,
    ) -> Result<Vec<Result<Task, store::Error>>, Error> {
        let added: usize = reports.iter().map(|report| report.added_tasks() + report.outcomes().len()).sum();
        let lines: usize = reports.iter().map(|report| report.lines().len()).sum();
        if added > ADDED_TOGETHER || lines > ADDED_TOGETHER {
            return self.large.submit(reports).await;
        }
        self.ends.submit(reports).await
    }

    /// Extends a lease; answers when it now ends.
    ///
    /// # Errors
    /// As for [`report`](Self::report).
    pub(crate) async fn heartbeat(&self, heartbeat: Heartbeat) -> Result<DateTime<Utc>, Error> {
        Ok(only(self.heartbeats.submit(vec![heartbeat]).await?)?)
    }

    /// As [`heartbeat`](Self::heartbeat), for many; each is judged on its own, and answered in the order asked.
    ///
    /// # Errors
    /// When the batch as a whole could not be done.
    pub(crate) async fn heartbeat_all(
        &self,
        heartbeats: Vec<Heartbeat>,
    ) -> Result<Vec<Result<DateTime<Utc>, store::Error>>, Error> {
        self.heartbeats.submit(heartbeats).await
    }

    /// Writes a task's progress and extends its lease; answers when it now ends.
    ///
    /// # Errors
    /// As for [`report`](Self::report).
    pub(crate) async fn progress(&self, progress: Progress) -> Result<DateTime<Utc>, Error> {
        Ok(only(self.progress.submit(vec![progress]).await?)?)
    }
}
