//! Rows of schedules and of their runs.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{Missed, Overlap, Priority, RunOutcome};

use super::schedule::{Schedule, ScheduleRun};

/// A row of `read.template.sql`.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) id: Uuid,
    pub(super) description: Option<String>,
    pub(super) cron: Option<String>,
    pub(super) every_seconds: Option<i32>,
    pub(super) timezone: String,
    pub(super) template: String,
    pub(super) template_version: Option<i32>,
    pub(super) parameters: String,
    pub(super) priority: Option<i16>,
    pub(super) metadata: Option<String>,
    pub(super) overlap: String,
    pub(super) missed: String,
    pub(super) jitter_seconds: i32,
    pub(super) starts_at: Option<DateTime<Utc>>,
    pub(super) ends_at: Option<DateTime<Utc>>,
    pub(super) paused: bool,
    pub(super) reason: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) counted_from: DateTime<Utc>,
    pub(super) next_run_at: Option<DateTime<Utc>>,
    pub(super) run_number: Option<i64>,
    pub(super) run_scheduled_at: Option<DateTime<Utc>>,
    pub(super) run_started_at: Option<DateTime<Utc>>,
    pub(super) run_outcome: Option<String>,
    pub(super) run_pipeline_id: Option<Uuid>,
    pub(super) run_detail: Option<String>,
    /// Rows of the page before it was cut.
    pub(super) fetched: i64,
}

/// A row of a list of runs.
pub(super) struct RunRow {
    pub(super) number: i64,
    pub(super) scheduled_at: DateTime<Utc>,
    pub(super) started_at: Option<DateTime<Utc>>,
    pub(super) outcome: String,
    pub(super) pipeline_id: Option<Uuid>,
    pub(super) detail: Option<String>,
}

impl From<RunRow> for ScheduleRun {
    fn from(row: RunRow) -> Self {
        Self {
            number: row.number,
            scheduled_at: row.scheduled_at,
            started_at: row.started_at,
            outcome: RunOutcome::parse(&row.outcome).expect("a CHECK holds outcomes to the known words"),
            pipeline_id: row.pipeline_id,
            detail: row.detail,
        }
    }
}

impl Row {
    fn last_run(&mut self) -> Option<ScheduleRun> {
        let row = RunRow {
            number: self.run_number?,
            scheduled_at: self.run_scheduled_at?,
            started_at: self.run_started_at,
            outcome: self.run_outcome.take()?,
            pipeline_id: self.run_pipeline_id,
            detail: self.run_detail.take(),
        };
        Some(row.into())
    }
}

impl From<Row> for Schedule {
    fn from(mut row: Row) -> Self {
        let last_run = row.last_run();
        Self {
            last_run,
            name: row.name,
            id: row.id,
            description: row.description,
            cron: row.cron,
            every_seconds: row.every_seconds,
            timezone: row.timezone,
            template: row.template,
            template_version: row.template_version,
            parameters: row.parameters,
            priority: row
                .priority
                .map(|rank| Priority::from_rank(rank).expect("a CHECK holds priorities to the known ranks")),
            metadata: row.metadata,
            overlap: Overlap::parse(&row.overlap).expect("a CHECK holds overlaps to the known words"),
            missed: Missed::parse(&row.missed).expect("a CHECK holds what is missed to the known words"),
            jitter_seconds: row.jitter_seconds,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            paused: row.paused,
            reason: row.reason,
            created_at: row.created_at,
            updated_at: row.updated_at,
            counted_from: row.counted_from,
            next_run_at: row.next_run_at,
        }
    }
}
