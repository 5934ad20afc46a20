//! A schedule and its runs, as they are asked for and as they are answered.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{Json, Missed, Overlap, Priority, RunOutcome};

/// What a PUT says of a schedule. Its pattern, its zone and its parameters are checked: the caller has done that.
#[derive(Debug, Clone)]
pub struct ScheduleDefinition {
    /// For people.
    pub description: Option<String>,
    /// A pattern of times; either this or the next is set.
    pub cron: Option<String>,
    /// So many seconds apart, 10 to 2,678,400.
    pub every_seconds: Option<i32>,
    /// An IANA name.
    pub timezone: String,
    /// The template's name.
    pub template: String,
    /// Which of its versions; `None`: the newest at each run.
    pub template_version: Option<i32>,
    /// An object.
    pub parameters: Json,
    /// `None`: what the template says.
    pub priority: Option<Priority>,
    /// An object, merged over the template's; `None`: what the template says.
    pub metadata: Option<Json>,
    /// While an earlier pipeline has not ended.
    pub overlap: Overlap,
    /// Of what came while no server was up.
    pub missed: Missed,
    /// 0 to 3,600.
    pub jitter_seconds: i32,
    /// No run before that.
    pub starts_at: Option<DateTime<Utc>>,
    /// No run then or later.
    pub ends_at: Option<DateTime<Utc>>,
    /// `None`: as it is; a new one is not.
    pub paused: Option<bool>,
}

/// A schedule.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct Schedule {
    pub name: String,
    /// One that was deleted and made again is another.
    pub id: Uuid,
    pub description: Option<String>,
    pub cron: Option<String>,
    pub every_seconds: Option<i32>,
    pub timezone: String,
    pub template: String,
    pub template_version: Option<i32>,
    pub parameters: String,
    pub priority: Option<Priority>,
    pub metadata: Option<String>,
    pub overlap: Overlap,
    pub missed: Missed,
    pub jitter_seconds: i32,
    pub starts_at: Option<DateTime<Utc>>,
    pub ends_at: Option<DateTime<Utc>>,
    pub paused: bool,
    pub reason: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// When it was made, or its times were last changed.
    pub counted_from: DateTime<Utc>,
    pub next_run_at: Option<DateTime<Utc>>,
    /// The run recorded last.
    pub last_run: Option<ScheduleRun>,
}

/// What became of one time.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct ScheduleRun {
    /// Where it stands in the list.
    pub number: i64,
    pub scheduled_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub outcome: RunOutcome,
    pub pipeline_id: Option<Uuid>,
    /// JSON.
    pub detail: Option<String>,
}

/// What there is to say of a run that was not made.
#[derive(Debug, Clone)]
pub struct RunDetail {
    /// JSON, as it is shown.
    pub json: String,
    /// In a sentence, for the audit.
    pub text: String,
}

/// A time of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduledTime {
    /// The time.
    pub at: DateTime<Utc>,
    /// When its run starts: at that time, or later by its jitter.
    pub starts_at: DateTime<Utc>,
}

/// The first time of a schedule after an instant; `None` where there is none.
pub type NextTime<'a> = &'a (dyn Fn(&Schedule, DateTime<Utc>) -> Option<ScheduledTime> + Send + Sync);
