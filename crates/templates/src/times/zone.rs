//! From local times to instants, over clock changes.
//!
//! A pattern whose hour field holds a `*` or a step follows real time: every instant whose local time fits is one of its times. Every other is of
//! fixed times: each local time that fits is one time, whatever the clocks do. One that a gap leaves out is the first moment after the gap; one
//! that comes twice is the first.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, SecondsFormat, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::pattern::Pattern;
use super::wall;

/// No zone changes its clocks twice within this time.
const BETWEEN_CHANGES: TimeDelta = TimeDelta::hours(6);
/// No local time is further from UTC.
const FURTHEST: TimeDelta = TimeDelta::hours(26);
/// After so long local times are later than before, whatever the clocks did meanwhile: longer than any two zones are apart.
const APART: TimeDelta = TimeDelta::hours(72);
/// Local times that are passed because they lie before the instant asked for; more than a repeated day has.
const MOST_PASSED: usize = 2_000;
/// Clock changes that are passed while a time is looked for; more than in 400 years.
const MOST_CHANGES: usize = 2_000;

/// A time zone, by its IANA name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    /// UTC.
    pub const UTC: Self = Self(Tz::UTC);

    /// The zone of this name, such as `Europe/Berlin`.
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    /// The first time of the pattern after this instant. `None`: there is none, as far as the calendar goes.
    pub(super) fn after(self, pattern: &Pattern, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if pattern.follows_real_time { self.real(pattern, instant) } else { self.fixed(pattern, instant) }
    }

    /// Instants go up with local times, so the first local time that leads beyond the instant is the one.
    fn fixed(self, pattern: &Pattern, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut local = self.local(instant);
        for _ in 0..MOST_PASSED {
            local = wall::after(pattern, local)?;
            let time = self.instant(local)?;
            if time > instant {
                return Some(time);
            }
        }
        None
    }

    /// The instant of a fixed local time.
    fn instant(self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        match self.0.from_local_datetime(&local) {
            MappedLocalTime::Single(time) => Some(time.with_timezone(&Utc)),
            MappedLocalTime::Ambiguous(one, other) => Some(one.min(other).with_timezone(&Utc)),
            MappedLocalTime::None => {
                let (before, behind) =
                    (local.checked_sub_signed(FURTHEST)?, local.checked_add_signed(FURTHEST)?);
                first(before.and_utc(), behind.and_utc(), |now| self.local(now) > local)
            }
        }
    }

    /// From one clock change to the next, local times go as real time does. Of a time that is far only the days about both ends are looked through for
    /// changes: between them local times lie behind the last one that does not fit and before the next one that does, wherever the clocks go.
    fn real(self, pattern: &Pattern, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (mut from, mut local) = (instant, wall::after(pattern, self.local(instant))?);
        for _ in 0..MOST_CHANGES {
            let (near, far) = (from.checked_add_signed(APART)?, local.and_utc().checked_sub_signed(APART)?);
            if near < far && self.change(from, near).is_none() {
                from = far;
            }
            let time = from.checked_add_signed(local - self.local(from))?;
            let Some(change) = self.change(from, time) else { return Some(time) };
            (from, local) = (change, wall::at_or_after(pattern, self.local(change))?);
        }
        None
    }

    /// The first clock change after `from`, up to `to`.
    fn change(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut begin = from;
        while begin < to {
            let end = to.min(begin.checked_add_signed(BETWEEN_CHANGES)?);
            let before = self.offset(begin);
            if self.offset(end) != before {
                return first(begin, end, |now| self.offset(now) != before);
            }
            begin = end;
        }
        None
    }

    fn local(self, instant: DateTime<Utc>) -> NaiveDateTime {
        instant.with_timezone(&self.0).naive_local()
    }

    fn offset(self, instant: DateTime<Utc>) -> i32 {
        self.0.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc()
    }
}

/// The first instant after `from`, up to `to`, of which it is true, to the second; it is true of all that follow.
fn first(
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    is: impl Fn(DateTime<Utc>) -> bool,
) -> Option<DateTime<Utc>> {
    let (mut no, mut yes) = (from.timestamp(), to.timestamp());
    // Fractions of a second are before or behind, never a change.
    if !is(DateTime::from_timestamp(yes, 0)?) {
        yes += 1;
    }
    while yes - no > 1 {
        let middle = no + (yes - no) / 2;
        if is(DateTime::from_timestamp(middle, 0)?) { yes = middle } else { no = middle }
    }
    DateTime::from_timestamp(yes, 0)
}

/// The instant in the zone's local time, RFC 3339: to the second, or with as many digits as it has.
pub fn local_text(instant: DateTime<Utc>, zone: Zone) -> String {
    instant.with_timezone(&zone.0).to_rfc3339_opts(SecondsFormat::AutoSi, false)
}
