//! What a claim of the duty gets to work on.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::schedule::Schedule;

/// What there may be to claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimable {
    /// Schedules whose next time has come.
    pub due: bool,
    /// Runs that wait, and are to be looked at.
    pub waiting: bool,
    /// Webhooks, which are nothing to claim: whoever looks once a second learns of the first one without a look of its own.
    pub webhooks: bool,
}

/// One time of a schedule, which is this server's to work on for 3 s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The schedule's name.
    pub name: String,
    /// Which of the schedules that had this name.
    pub id: Uuid,
    /// A schedule that was changed since has another.
    pub revision: i64,
    /// The time.
    pub due: DateTime<Utc>,
}

/// A schedule whose next time has come.
#[derive(Debug, Clone)]
pub struct DueSchedule {
    /// What is claimed of it.
    pub claim: Claim,
    /// The schedule, without its last run.
    pub schedule: Schedule,
    /// The database's now.
    pub now: DateTime<Utc>,
    /// Whether an earlier pipeline of it, triggered ones aside, has not ended. Not looked for where that would change nothing.
    pub has_open: bool,
    /// Whether a run of it waits.
    pub has_waiting: bool,
}

/// A run that waited for the end of an earlier pipeline, which has come.
#[derive(Debug, Clone)]
pub struct WaitingRun {
    /// Its number.
    pub number: i64,
    /// Its time.
    pub scheduled_at: DateTime<Utc>,
    /// Its schedule, without its last run.
    pub schedule: Schedule,
}
