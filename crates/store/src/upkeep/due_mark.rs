//! Where a duty that looks for what is due begins its next look.
//!
//! It begins where its last look found nothing more, less what a transaction that was under way then may still bring in.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

use super::remembered::Remembered;

/// Longer than any transaction may take that writes what falls due.
const MARGIN: TimeDelta = TimeDelta::minutes(1);

/// Where a duty's next look begins; in memory, and each server's own.
#[derive(Debug, Default)]
pub(crate) struct DueMark(Mutex<Remembered<DateTime<Utc>>>);

impl DueMark {
    /// Where to begin: before this nothing is due.
    pub(crate) fn from(&self) -> DateTime<Utc> {
        self.looked_from(Instant::now())
    }

    fn looked_from(&self, time: Instant) -> DateTime<Utc> {
        self.lock().trusted(time).copied().unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// All that was due at `now` from `from` on has been dealt with.
    pub(crate) fn done(&self, from: DateTime<Utc>, now: DateTime<Utc>) {
        self.done_at(Instant::now(), from, now);
    }

    fn done_at(&self, time: Instant, from: DateTime<Utc>, now: DateTime<Utc>) {
        let mut mark = self.lock();
        mark.begin = now - MARGIN;
        if from == DateTime::UNIX_EPOCH {
            mark.looked_from_start(time);
        }
    }

    /// Something due may have been left: begin at the start.
    pub(crate) fn forget(&self) {
        self.lock().begin = DateTime::UNIX_EPOCH;
    }

    fn lock(&self) -> MutexGuard<'_, Remembered<DateTime<Utc>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_look_begins_a_minute_before_the_last_one_that_left_nothing() {
        let (mark, now) = (DueMark::default(), DateTime::UNIX_EPOCH + TimeDelta::hours(9));
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
            (DueMark::default(), Instant::now(), DateTime::UNIX_EPOCH + TimeDelta::hours(9));
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
