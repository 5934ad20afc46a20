//! Low-water marks of duties that look for what is due.
//!
//! What has been dealt with leaves dead entries at the head of its index; while somebody holds an old snapshot, vacuum cannot take them away and
//! every look passes them all (637,000: 50 ms). A duty therefore begins where its last look found nothing more, less what a transaction
//! under way then may still bring in. Once a minute it begins at the start: a mark only saves work, and is never what the truth hangs on.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

/// Longer than any transaction may take that writes what falls due.
const MARGIN: TimeDelta = TimeDelta::minutes(1);
/// How long marks are believed.
const TRUST: Duration = Duration::from_mins(1);

/// Where a duty's next look begins; in memory, and each server's own.
#[derive(Debug, Default)]
pub(crate) struct Mark(Mutex<Place>);

#[derive(Debug, Default)]
struct Place {
    at: DateTime<Utc>,
    /// When a look last began at the start, and left nothing.
    whole: Option<Instant>,
}

impl Mark {
    /// Where to begin: before this nothing is due.
    pub(crate) fn from(&self) -> DateTime<Utc> {
        self.looked_from(Instant::now())
    }

    fn looked_from(&self, time: Instant) -> DateTime<Utc> {
        let place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let trusted = place.whole.is_some_and(|whole| time.duration_since(whole) < TRUST);
        if trusted { place.at } else { DateTime::UNIX_EPOCH }
    }

    /// All that was due at `now` from `from` on has been dealt with.
    pub(crate) fn done(&self, from: DateTime<Utc>, now: DateTime<Utc>) {
        self.done_at(Instant::now(), from, now);
    }

    fn done_at(&self, time: Instant, from: DateTime<Utc>, now: DateTime<Utc>) {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        place.at = now - MARGIN;
        if from == DateTime::UNIX_EPOCH {
            place.whole = Some(time);
        }
    }

    /// Something due may have been left: begin at the start.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).at = DateTime::UNIX_EPOCH;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_begins_a_minute_before_the_last_one_that_left_nothing() {
        let (mark, now) = (Mark::default(), DateTime::UNIX_EPOCH + TimeDelta::hours(9));
        assert_eq!(mark.from(), DateTime::UNIX_EPOCH);
        mark.done(mark.from(), now);
        assert_eq!(mark.from(), now - MARGIN);
        mark.done(mark.from(), now + TimeDelta::minutes(5));
        assert_eq!(mark.from(), now + TimeDelta::minutes(4));
        mark.forget();
        assert_eq!(mark.from(), DateTime::UNIX_EPOCH);
    }

    #[test]
    fn once_a_minute_a_look_begins_at_the_start_however_busy_the_duty_is() {
        let (mark, begun, now) =
            (Mark::default(), Instant::now(), DateTime::UNIX_EPOCH + TimeDelta::hours(9));
        let whole = |second: u64| {
            let time = begun + Duration::from_secs(second);
            let from = mark.looked_from(time);
            mark.forget();
            mark.done_at(time, from, now);
            from == DateTime::UNIX_EPOCH
        };
        let wholes: Vec<u64> = (0..150).filter(|second| whole(*second)).collect();
        assert_eq!(wholes, [0, 60, 120]);
    }
}
