//! The times of one schedule.

use chrono::{DateTime, TimeDelta, Utc};

use super::jitter::delay;
use super::pattern::Pattern;
use super::zone::Zone;

/// What makes the times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rhythm {
    /// A pattern of local times.
    Pattern(Pattern, Zone),
    /// So many seconds apart, 1 at the least.
    Every(u32),
}

/// The times of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// What makes them.
    pub rhythm: Rhythm,
    /// When the schedule was made, or its times were last changed: without `starts_at` the grid of a rhythm begins so many seconds later.
    pub counted_from: DateTime<Utc>,
    /// None before that; a rhythm's grid has it.
    pub starts_at: Option<DateTime<Utc>>,
    /// None then or later.
    pub ends_at: Option<DateTime<Utc>>,
}

impl Times {
    /// The first time after `instant`; `None` where there is none.
    pub fn after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // One that is exactly when it starts is a time.
        let before_start =
            self.starts_at.and_then(|start| start.checked_sub_signed(TimeDelta::nanoseconds(1)));
        let instant = before_start.map_or(instant, |start| start.max(instant));
        let next = match &self.rhythm {
            Rhythm::Pattern(pattern, zone) => zone.after(pattern, instant),
            Rhythm::Every(seconds) => self.on_grid(*seconds, instant),
        };
        next.filter(|next| self.ends_at.is_none_or(|end| *next < end))
    }

    /// The first times after `instant`, `most` at the most.
    pub fn following(&self, instant: DateTime<Utc>, most: usize) -> Vec<DateTime<Utc>> {
        std::iter::successors(self.after(instant), |time| self.after(*time)).take(most).collect()
    }

    /// How much later than its `time` the run of the schedule `name` starts: at most `jitter_seconds`, and no later than the time that follows, since
    /// runs start in their order: behind one with a long delay the next ones would be late.
    pub fn delay(&self, name: &str, time: DateTime<Utc>, jitter_seconds: u32) -> TimeDelta {
        if jitter_seconds == 0 {
            return TimeDelta::zero();
        }
        let distance = self.after(time).and_then(|next| u32::try_from((next - time).num_seconds()).ok());
        delay(name, time, distance.map_or(jitter_seconds, |distance| jitter_seconds.min(distance)))
    }

    fn on_grid(&self, seconds: u32, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let every = TimeDelta::seconds(i64::from(seconds.max(1)));
        let first = self.starts_at.or_else(|| self.counted_from.checked_add_signed(every))?;
        if instant < first {
            return Some(first);
        }
        let passed = (instant - first).num_seconds() / every.num_seconds() + 1;
        first.checked_add_signed(TimeDelta::seconds(passed.checked_mul(every.num_seconds())?))
    }
}
