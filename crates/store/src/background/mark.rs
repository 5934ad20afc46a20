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
pub(crate) struct Mark(Mutex<Option<Place>>);

#[derive(Debug, Clone, Copy)]
struct Place {
    at: DateTime<Utc>,
    /// When a look last began at the start.
    whole: Instant,
}

impl Mark {
    /// Where to begin: before this nothing is due.
    pub(crate) fn from(&self) -> DateTime<Utc> {
        let place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        place.filter(|place| place.whole.elapsed() < TRUST).map_or(DateTime::UNIX_EPOCH, |place| place.at)
    }

    /// All that was due at `now` from `from` on has been dealt with.
    pub(crate) fn done(&self, from: DateTime<Utc>, now: DateTime<Utc>) {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = match *place {
            Some(before) if from > DateTime::UNIX_EPOCH => before.whole,
            _ => Instant::now(),
        };
        *place = Some(Place { at: now - MARGIN, whole });
    }

    /// Something due may have been left: begin at the start.
    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
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
}
