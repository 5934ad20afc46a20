//! What a look that comes late makes up, and what not.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use super::times::Times;

/// A time whose start lies further in the past is missed.
const LATE: TimeDelta = TimeDelta::seconds(60);
/// Missed times that are made up, at the most.
const MOST: usize = 1_000;

/// What is made up of what was missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MadeUp {
    /// Nothing.
    None,
    /// The newest.
    Newest,
    /// Each, the newest 1,000 at the most.
    All,
}

/// What a look finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// The time is to be run, whether or not it is late.
    Run,
    /// So many times, from the first to the last, are not made up; it goes on with `next`, which may be due as well.
    Missed {
        /// How many; 1 at the least.
        count: u64,
        /// The oldest.
        from: DateTime<Utc>,
        /// The newest.
        to: DateTime<Utc>,
        /// The first that follows; `None` where none does.
        next: Option<DateTime<Utc>>,
    },
}

/// Looks at `due`, the next time of the schedule `name`, whose start has come by `now`.
pub fn look(
    times: &Times,
    (name, jitter_seconds): (&str, u32),
    made_up: MadeUp,
    due: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Look {
    let is_late = |time: &DateTime<Utc>| *time + times.delay(name, *time, jitter_seconds) < now - LATE;
    let kept = match made_up {
        MadeUp::None => 0,
        MadeUp::Newest => 1,
        MadeUp::All => MOST,
    };
    // The newest that are late, one more than are kept, so that the last of those that are not is known.
    let (mut count, mut newest, mut lost_to, mut next) = (0_u64, VecDeque::new(), due, Some(due));
    while let Some(time) = next.filter(is_late) {
        count += 1;
        newest.push_back(time);
        if newest.len() > kept {
            lost_to = newest.pop_front().unwrap_or(time);
        }
        next = times.after(time);
    }
    let lost = count - newest.len() as u64;
    if lost == 0 {
        return Look::Run;
    }
    Look::Missed { count: lost, from: due, to: lost_to, next: newest.front().copied().or(next) }
}

#[cfg(test)]
mod tests {
    use super::super::times::Rhythm;
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn every_ten() -> Times {
        Times { rhythm: Rhythm::Every(10), counted_from: at(0), starts_at: None, ends_at: None }
    }

    fn found(made_up: MadeUp, due: i64, now: i64) -> Look {
        look(&every_ten(), ("a", 0), made_up, at(due), at(now))
    }

    fn missed(count: u64, from: i64, to: i64, next: i64) -> Look {
        Look::Missed { count, from: at(from), to: at(to), next: Some(at(next)) }
    }

    #[test]
    fn up_to_60_seconds_late_is_run_as_usual() {
        for made_up in [MadeUp::None, MadeUp::Newest, MadeUp::All] {
            assert_eq!(found(made_up, 10, 10), Look::Run);
            assert_eq!(found(made_up, 10, 70), Look::Run, "60 s to the letter");
        }
        assert_eq!(found(MadeUp::None, 10, 71), missed(1, 10, 10, 20));
    }

    #[test]
    fn skip_makes_up_none_one_the_newest_all_the_newest_1_000() {
        assert_eq!(found(MadeUp::None, 10, 171), missed(11, 10, 110, 120));
        assert_eq!(found(MadeUp::Newest, 10, 171), missed(10, 10, 100, 110));
        assert_eq!(found(MadeUp::Newest, 110, 171), Look::Run, "what was left of it");
        assert_eq!(found(MadeUp::All, 10, 171), Look::Run);
        assert_eq!(found(MadeUp::All, 10, 10_061), Look::Run, "1,000 are missed");
        assert_eq!(found(MadeUp::All, 10, 10_071), missed(1, 10, 10, 20), "1,001 are");
    }

    #[test]
    fn late_counts_from_the_start_with_its_jitter() {
        let delay = every_ten().delay("a", at(10), 3_600);
        assert!(delay > TimeDelta::seconds(1) && delay <= TimeDelta::seconds(10));
        let look = |now| look(&every_ten(), ("a", 3_600), MadeUp::None, at(10), now);
        assert_eq!(look(at(10) + delay + LATE), Look::Run);
        assert!(matches!(look(at(11) + delay + LATE), Look::Missed { .. }));
    }

    #[test]
    fn after_the_end_nothing_follows() {
        let times = Times { ends_at: Some(at(40)), ..every_ten() };
        let look = look(&times, ("a", 0), MadeUp::None, at(10), at(1_000));
        assert_eq!(look, Look::Missed { count: 3, from: at(10), to: at(30), next: None });
    }
}
