//! Walks along outcomes, each by the index of what it is of, newest first.
//!
//! A walk begins by a row comparison, ends by the first column of its index, and asks for that index's order, as those along the audit do
//! (`events/walk.rs`): so no plan takes another index, or sorts. Whether an outcome is the newest of its subject and kind is asked for each
//! one that fits otherwise: one probe of an index by a hash of both, in which newer ones follow it. All this in windows, so that a statement
//! passes a bounded number of rows, however few of them fit.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::cursor::OutcomeCursor;
use super::filter::OutcomeFilter;
use crate::db::Session;

/// A row of a window.
pub(super) struct Row {
    pub(super) number: i64,
    pub(super) at: DateTime<Utc>,
    pub(super) pipeline_id: Uuid,
    pub(super) job_id: Uuid,
    pub(super) task_id: Uuid,
    pub(super) attempt: i32,
    pub(super) type_name: String,
    pub(super) worker_id: String,
    pub(super) subject: String,
    pub(super) kind: String,
    pub(super) disposition: String,
    pub(super) reason: Option<String>,
    pub(super) version: Option<String>,
    pub(super) detail: Option<String>,
    /// It is wanted.
    pub(super) fits: bool,
    /// It is the last of a full window: more may follow.
    pub(super) ends_window: bool,
}

/// What the filter takes of the window of 500 rows below a position, at most `limit` rows; and the last row of a full window, wanted or not.
pub(super) async fn read_window(
    connection: &mut Session,
    filter: &OutcomeFilter,
    from: OutcomeCursor,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    macro_rules! window {
        ($file:literal) => {
            sqlx::query_file_as!(
                Row,
                $file,
                from.below,
                limit,
                filter.kind.as_deref() as _,
                filter.disposition.as_deref() as _,
                filter.subject.as_deref() as _,
                filter.pipeline_id as _,
                filter.job_id as _,
                filter.task_id as _,
                filter.current,
                from.as_of,
            )
            .fetch_all(connection)
            .await
        };
    }
    // Of most subjects there are few outcomes, whatever their pipeline, job or task has.
    if filter.subject.is_some() {
        window!("src/outcomes/window_of_subject.sql")
    } else if filter.task_id.is_some() {
        window!("src/outcomes/window_of_task.sql")
    } else if filter.job_id.is_some() {
        window!("src/outcomes/window_of_job.sql")
    } else {
        window!("src/outcomes/window_of_pipeline.sql")
    }
}
