//! Schedules: pipelines that time makes from templates.
//!
//! A schedule has its next time in its row. Whoever finds that it has come *claims* it: moves `look_at` a little ahead, in a statement of its own,
//! so that others pass over it. Then the template is rendered, outside of any transaction, and the run, its pipeline and the next time are
//! written in one, which locks the row and goes on only if the row still has the time and the revision that were claimed. So nothing waits for a
//! rendering, one that is slow or whose server dies is taken over, and no time comes twice; the unique keys of `schedule_runs` prove it.
//!
//! What is due takes turns: a claim takes those that have waited longest, one time of each, and one that is behind queues up again behind all others.
//!
//! What it deliberately does not do: know patterns, zones or templates. When a schedule comes next is asked of the caller ([`NextTime`]).
//! How it fails: a claim whose work fails runs out after 3 s, and is made again.

mod claim;
mod claims;
mod delete;
mod earlier;
mod hold_waiting;
mod list_runs;
mod pause;
mod put;
mod read;
mod record;
mod row;
mod schedule;
mod start;
mod start_together;
mod trigger;

pub use claim::{Claim, Claimable, DueSchedule, WaitingRun};
pub use record::Unmade;
pub use schedule::{NextTime, RunDetail, Schedule, ScheduleDefinition, ScheduleRun, ScheduledTime};
pub use start_together::RunStart;
