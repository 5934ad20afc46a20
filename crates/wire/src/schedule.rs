//! Schedules: pipelines that time makes from templates.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{FieldError, Json, Priority};

/// What becomes of a run while an earlier pipeline of the schedule, triggered ones aside, has not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// It is recorded as `skipped`.
    #[default]
    Skip,
    /// It is made all the same.
    Allow,
    /// It is made, after the earlier ones are cancelled with clean-up.
    Cancel,
    /// It is recorded as `waiting`, and made when the earlier one has ended. One waits at the most; later ones are `skipped`.
    Wait,
}

/// What is made up of times that came while no server was up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// Nothing.
    Skip,
    /// The newest.
    #[default]
    One,
    /// Each, the newest 1,000 at the most, oldest first.
    All,
}

/// What became of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// A pipeline was made.
    Created,
    /// It waits for the end of an earlier pipeline.
    Waiting,
    /// An earlier pipeline had not ended.
    Skipped,
    /// It came while no server was up, and is not made up.
    Missed,
    /// Its rendering or its creation failed.
    Failed,
    /// A person had it made.
    Triggered,
}

/// The template of a schedule.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScheduledTemplate {
    /// Its name.
    pub name: String,
    /// Which of its versions; null: the newest at each run.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub version: Option<u32>,
    /// What it is rendered with.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
    pub parameters: Json,
}

/// The template that a schedule is to use.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewScheduledTemplate {
    /// Its name.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9._-]{1,100}$"))]
    pub name: String,
    /// Which of its versions; null, the default: the newest at each run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 2_147_483_647))]
    pub version: Option<u32>,
    /// What it is rendered with, up to 256 KiB, default `{}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<BTreeMap<String, Json>>))]
    pub parameters: Option<Json>,
}

/// A schedule to make or to change: what is left out has its default, not what it was.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PutSchedule {
    /// For people, up to 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 1000))]
    pub description: Option<String>,
    /// When it runs, by local time: minute, hour, day of month, month, day of week, or `@hourly` `@daily` `@weekly` `@monthly`
    /// `@yearly`. Either this or `every_seconds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 500, examples("0 3 * * *")))]
    pub cron: Option<String>,
    /// So many seconds apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 10, maximum = 2_678_400))]
    pub every_seconds: Option<u32>,
    /// An IANA name, default `UTC`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, examples("Europe/Berlin")))]
    pub timezone: Option<String>,
    /// What it makes pipelines from.
    pub template: NewScheduledTemplate,
    /// Of its pipelines; null, the default: what the template says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Merged over the template's, up to 256 KiB; null, the default: what the template says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<BTreeMap<String, Json>>))]
    pub metadata: Option<Json>,
    /// While an earlier pipeline has not ended, default `skip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub overlap: Option<Overlap>,
    /// Of times that came while no server was up, default `one`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub missed: Option<Missed>,
    /// Delays the start of each run by a part of it that depends on name and time alone, default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, minimum = 0, maximum = 3600))]
    pub jitter_seconds: Option<u32>,
    /// No run before that, default null; the grid of `every_seconds` has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<DateTime<Utc>>,
    /// No run then or later, default null; ahead of now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether nothing of it comes due; null, the default, keeps what is, and is false for a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
}

/// A schedule.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// For people.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub description: Option<String>,
    /// A pattern of local times; null where `every_seconds` is set.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub cron: Option<String>,
    /// So many seconds apart; null where `cron` is set.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub every_seconds: Option<u32>,
    /// An IANA name.
    pub timezone: String,
    /// What it makes pipelines from.
    pub template: ScheduledTemplate,
    /// Of its pipelines; null: what the template says.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub priority: Option<Priority>,
    /// Merged over the template's; null: what the template says.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<BTreeMap<String, Json>>))]
    pub metadata: Option<Json>,
    /// While an earlier pipeline has not ended.
    pub overlap: Overlap,
    /// Of times that came while no server was up.
    pub missed: Missed,
    /// The longest delay of a start.
    pub jitter_seconds: u32,
    /// No run before that.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub starts_at: Option<DateTime<Utc>>,
    /// No run then or later.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether nothing of it comes due.
    pub paused: bool,
    /// Why it is paused, where somebody said so; null while it is not.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub reason: Option<String>,
    /// Its next time, without jitter; null while it is paused, or where there is none.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub next_run_at: Option<DateTime<Utc>>,
    /// Its next five times, or fewer, without jitter.
    pub upcoming: Vec<DateTime<Utc>>,
    /// The run recorded last; null: none was.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub last_run: Option<ScheduleRun>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What became of one time of a schedule.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScheduleRun {
    /// The time; of several that were missed the newest.
    pub scheduled_at: DateTime<Utc>,
    /// When it was made, or was found that it is not made; null of one that waits or was missed.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub started_at: Option<DateTime<Utc>>,
    /// What became of it.
    pub outcome: RunOutcome,
    /// The pipeline; null where none was made.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub pipeline_id: Option<Uuid>,
    /// Of one that failed `code`, `detail` and `errors` as a create would have answered; of what was missed `missed`, `from` and `to`; else null.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub detail: Option<ScheduleRunDetail>,
}

/// What there is to say of a run that was not made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum ScheduleRunDetail {
    /// It failed.
    Failed {
        /// As of a problem.
        code: String,
        /// As of a problem.
        detail: String,
        /// As of a problem; none where no value is to blame.
        errors: Vec<FieldError>,
    },
    /// It was missed, perhaps with others.
    Missed {
        /// How many times were.
        missed: u64,
        /// The oldest.
        from: DateTime<Utc>,
        /// The newest.
        to: DateTime<Utc>,
    },
}

/// A run by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TriggerSchedule {
    /// What the expressions see as its time, not ahead of now; null, the default: now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<DateTime<Utc>>,
}
