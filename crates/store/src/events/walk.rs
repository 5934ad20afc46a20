//! Walks along the audit, each by the index of what it is of.
//!
//! A walk begins by a row comparison, ends by the first column of its index, and asks for that index's order. By `pipeline_id = $3 AND number > $1` Postgres
//! may as well take the index by number and pass all events of others, or sort all of the pipeline's: 259 to 900 ms at 2,000,000 events,
//! whatever the statistics are of. So, too, the horizon is no condition of a walk. Of several filters only the narrowest
//! is walked: all events of a task are of one job, all of a job of one pipeline, so that the wider ones take all of its events or none.
//!
//! Entity, state, type, template and schedule have no index: each would cost every event of a dequeue or report an entry more. They are applied to windows of a walk, so a
//! statement passes a bounded number of events, however few are wanted.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::filter::EventFilter;
use super::histories::Histories;
use crate::db::Connections;
use crate::view::Event;

/// What is walked.
pub(super) enum Walk {
    All,
    Pipeline(Uuid),
    Job(Uuid),
    Task(Uuid),
}

/// A row of the audit.
pub(super) struct Row {
    pub(super) number: i64,
    at: DateTime<Utc>,
    entity: String,
    pipeline_id: Uuid,
    job_id: Option<Uuid>,
    task_id: Option<Uuid>,
    from_state: Option<String>,
    to_state: String,
    flag: Option<String>,
    reason: Option<String>,
    attempt: Option<i32>,
    worker_id: Option<String>,
    actor: String,
    correlation_id: Option<String>,
    type_name: Option<String>,
    template: Option<String>,
    /// It is the last of a window, wanted or not.
    pub(super) ends_window: bool,
    caller: Option<String>,
    caller_id: Option<Uuid>,
    caller_name: Option<String>,
    key_id: Option<Uuid>,
    schedule: Option<String>,
    webhook_id: Option<Uuid>,
}

impl Walk {
    /// The shortest walk that passes all that the filter takes.
    pub(super) fn of(filter: &EventFilter) -> Self {
        let task = filter.task_id.map(Self::Task);
        let job = filter.job_id.map(Self::Job);
        task.or(job).or(filter.pipeline_id.map(Self::Pipeline)).unwrap_or(Self::All)
    }

    /// The first rows behind `number`, at most `limit` and 500.
    pub(super) async fn read(
        &self,
        pool: &Connections,
        number: i64,
        limit: i64,
    ) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Self::All => {
                sqlx::query_file_as!(Row, "src/events/page.sql", number, limit).fetch_all(pool).await
            }
            Self::Pipeline(id) => {
                let page = sqlx::query_file_as!(Row, "src/events/page_of_pipeline.sql", number, limit, id);
                page.fetch_all(pool).await
            }
            Self::Job(id) => {
                let page = sqlx::query_file_as!(Row, "src/events/page_of_job.sql", number, limit, id);
                page.fetch_all(pool).await
            }
            Self::Task(id) => {
                let page = sqlx::query_file_as!(Row, "src/events/page_of_task.sql", number, limit, id);
                page.fetch_all(pool).await
            }
        }
    }

    /// What the filter takes of the first window of 500 rows behind `number`, at most `limit` rows, and the window's last row.
    pub(super) async fn read_window(
        &self,
        pool: &Connections,
        number: i64,
        limit: i64,
        filter: &EventFilter,
    ) -> Result<Vec<Row>, sqlx::Error> {
        macro_rules! window {
            ($file:literal $(, $id:ident)?) => {
                sqlx::query_file_as!(
                    Row,
                    $file,
                    number,
                    limit,
                    filter.entity.as_deref(),
                    filter.to.as_deref(),
                    filter.type_name.as_deref(),
                    filter.template.as_deref(),
                    filter.schedule.as_deref(),
                    $($id)?
                )
                .fetch_all(pool)
                .await
            };
        }
        match self {
            Self::All => window!("src/events/window.sql"),
            Self::Pipeline(id) => window!("src/events/window_of_pipeline.sql", id),
            Self::Job(id) => window!("src/events/window_of_job.sql", id),
            Self::Task(id) => window!("src/events/window_of_task.sql", id),
        }
    }
}

impl Row {
    /// The event, in the history that drew its number.
    pub(super) fn event(self, histories: &Histories) -> Event {
        Event {
            id: histories.cursor(self.number),
            at: self.at,
            entity: self.entity,
            pipeline_id: Some(self.pipeline_id).filter(|id| !id.is_nil()),
            job_id: self.job_id,
            task_id: self.task_id,
            from: self.from_state,
            to: self.to_state,
            flag: self.flag,
            reason: self.reason,
            attempt: self.attempt,
            worker_id: self.worker_id,
            actor: self.actor,
            correlation_id: self.correlation_id,
            type_name: self.type_name,
            caller: self.caller,
            caller_id: self.caller_id,
            caller_name: self.caller_name,
            key_id: self.key_id,
            schedule: self.schedule,
            template: self.template,
            webhook_id: self.webhook_id,
        }
    }
}
