//! The log of a task: lines of its workers, for people.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Json, Problem};

/// How grave a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Every step.
    Trace,
    /// What helps to find faults.
    Debug,
    /// What people want to know.
    #[default]
    Info,
    /// What may be wrong.
    Warn,
    /// What is wrong.
    Error,
}

/// A line to write.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LogLine {
    /// Words for people, up to 8 KiB; a longer one is cut and ends with `…`. Control characters but tab and newline are replaced.
    pub message: String,
    /// How grave it is, default `info`.
    #[serde(default, skip_serializing_if = "is_info")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<LogLevel>, nullable = false))]
    pub level: LogLevel,
    /// The worker's own time; default the server's.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::time::micros_or_null"
    )]
    pub at: Option<DateTime<Utc>>,
    /// An object of up to 4 KiB as compact JSON, default `{}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<BTreeMap<String, Json>>))]
    pub fields: Option<Json>,
}

/// Adds lines to a task's log; it does not extend the lease.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WriteLog {
    /// The proof of the lease.
    pub lease_token: Uuid,
    /// The lines, oldest first, 1 to 1,000.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 1000))]
    pub lines: Vec<LogLine>,
}

/// A [`WriteLog`] for one task among many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WriteLogItem {
    /// The task.
    pub id: Uuid,
    /// The proof of the lease.
    pub lease_token: Uuid,
    /// The lines, oldest first, 1 to 1,000.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 1000))]
    pub lines: Vec<LogLine>,
}

/// What became of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Logged {
    /// Lines that were stored.
    pub accepted: u32,
    /// Lines for which the attempt's log had no room.
    pub dropped: u32,
}

/// What became of the lines of one task among many: how many were stored and dropped, or a problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogResult {
    /// The task's id, as it was asked; null when the item had none that could be read.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub id: Option<Uuid>,
    /// Lines that were stored; left out when there is a problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub accepted: Option<u32>,
    /// Lines for which the attempt's log had no room; left out when there is a problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub dropped: Option<u32>,
    /// Why the lines were refused; left out when they were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub problem: Option<Problem>,
}

/// A line of a task's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoggedLine {
    /// Rises within the task.
    pub number: i64,
    /// The number of the attempt that wrote it.
    pub attempt: u32,
    /// When it happened, by the worker's own clock if it said so.
    pub at: DateTime<Utc>,
    /// When the server had it.
    pub received_at: DateTime<Utc>,
    /// How grave it is.
    pub level: LogLevel,
    /// Words for people.
    pub message: String,
    /// An object of the worker's own.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
    pub fields: Json,
}

/// A page of a log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogPage {
    /// The lines, oldest first; none means nothing new yet.
    pub items: Vec<LoggedLine>,
    /// Where to read on, now or later; never null.
    pub next_cursor: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_info(level: &LogLevel) -> bool {
    *level == LogLevel::Info
}
