//! What expressions see as `run`.

use minijinja::Value;

/// The run that a rendering is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The template's name.
    pub name: String,
    /// The template's version, 1 or more.
    pub version: i32,
    /// When it was asked for, RFC 3339 in UTC.
    pub created_at: String,
    /// The schedule that it is of.
    pub schedule: Option<ScheduledRun>,
}

/// A schedule's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledRun {
    /// The schedule's name.
    pub schedule: String,
    /// The time, RFC 3339 in UTC.
    pub scheduled_at: String,
    /// The same in the schedule's zone, RFC 3339.
    pub scheduled_local: String,
    /// The zone, an IANA name.
    pub timezone: String,
}

impl Run {
    pub(crate) fn value(&self) -> Value {
        let of = |part: fn(&ScheduledRun) -> &String| Value::from(self.schedule.as_ref().map(part).cloned());
        Value::from_pairs([
            ("name", Value::from(self.name.clone())),
            ("version", Value::from(self.version)),
            ("created_at", Value::from(self.created_at.clone())),
            ("scheduled_at", of(|run| &run.scheduled_at)),
            ("scheduled_local", of(|run| &run.scheduled_local)),
            ("timezone", of(|run| &run.timezone)),
            ("schedule", of(|run| &run.schedule)),
        ])
    }
}
