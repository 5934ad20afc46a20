//! When a schedule runs.

use chrono::{DateTime, TimeDelta, Utc};
use windlass_store::{Schedule, ScheduledTime};
use windlass_templates::{Pattern, Rhythm, Times, Zone};

/// Times that a schedule shows.
const SHOWN: usize = 5;

/// The first time of a schedule after an instant, and when its run starts.
pub(crate) fn next(schedule: &Schedule, instant: DateTime<Utc>) -> Option<ScheduledTime> {
    let times = times(schedule);
    let at = times.after(instant)?;
    Some(ScheduledTime { at, starts_at: at + times.delay(&schedule.name, at, jitter_seconds(schedule)) })
}

/// Its next time and those that follow, five at the most.
pub(crate) fn upcoming(schedule: &Schedule) -> Vec<DateTime<Utc>> {
    let Some(first) = schedule.next_run_at else { return Vec::new() };
    let mut all = vec![first];
    all.extend(times(schedule).following(first, SHOWN - 1));
    all
}

/// How much later than its time a run starts.
pub(super) fn jitter(schedule: &Schedule, at: DateTime<Utc>) -> TimeDelta {
    times(schedule).delay(&schedule.name, at, jitter_seconds(schedule))
}

/// The most that a run is delayed.
pub(super) fn jitter_seconds(schedule: &Schedule) -> u32 {
    u32::try_from(schedule.jitter_seconds).unwrap_or(0)
}

/// Its times.
pub(super) fn times(schedule: &Schedule) -> Times {
    let every = schedule.every_seconds.and_then(|seconds| u32::try_from(seconds).ok());
    let rhythm = match (&schedule.cron, every) {
        (Some(text), _) => {
            let pattern = Pattern::parse(text).expect("patterns are checked before they are stored");
            Rhythm::Pattern(pattern, zone(schedule))
        }
        (None, seconds) => Rhythm::Every(seconds.expect("a schedule has a pattern or a rhythm")),
    };
    Times {
        rhythm,
        counted_from: schedule.counted_from,
        starts_at: schedule.starts_at,
        ends_at: schedule.ends_at,
    }
}

/// Its zone. A later version of the zones may lack one, which then is UTC.
pub(super) fn zone(schedule: &Schedule) -> Zone {
    Zone::parse(&schedule.timezone).unwrap_or(Zone::UTC)
}
