//! The next local time that fits a pattern, as if there were no clock changes.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::pattern::Pattern;

/// The calendar repeats itself, weekdays included, after 400 years.
const CYCLE: i32 = 400;

/// Whether any day of the calendar fits.
pub(super) fn comes(pattern: &Pattern) -> bool {
    NaiveDate::from_ymd_opt(2_000, 1, 1).is_some_and(|from| fitting_day(pattern, from).is_some())
}

/// The first local time at or after `from` that fits, in whole minutes.
pub(super) fn at_or_after(pattern: &Pattern, from: NaiveDateTime) -> Option<NaiveDateTime> {
    let from = up_to_minute(from)?;
    let today = fitting_day(pattern, from.date())?;
    if today > from.date() {
        return first_of(pattern, today, 0);
    }
    let minute = from.hour() * 60 + from.minute();
    first_of(pattern, today, minute).or_else(|| {
        let next = fitting_day(pattern, today.succ_opt()?)?;
        first_of(pattern, next, 0)
    })
}

/// The first local time after `from` that fits.
pub(super) fn after(pattern: &Pattern, from: NaiveDateTime) -> Option<NaiveDateTime> {
    at_or_after(pattern, from.checked_add_signed(chrono::TimeDelta::nanoseconds(1))?)
}

/// The beginning of the minute, or of the next one where it has begun.
fn up_to_minute(time: NaiveDateTime) -> Option<NaiveDateTime> {
    let begun = time.with_second(0)?.with_nanosecond(0)?;
    if begun == time { Some(time) } else { begun.checked_add_signed(chrono::TimeDelta::minutes(1)) }
}

/// The first time of this day that fits, from this minute on.
fn first_of(pattern: &Pattern, day: NaiveDate, from: u32) -> Option<NaiveDateTime> {
    let begins = |hour: u32| if hour == from / 60 { from % 60 } else { 0 };
    (from / 60..24).filter(|hour| pattern.hours & 1 << hour != 0).find_map(|hour| {
        let left = pattern.minutes >> begins(hour);
        let minute = (left != 0).then(|| left.trailing_zeros() + begins(hour))?;
        Some(day.and_time(NaiveTime::from_hms_opt(hour, minute, 0)?))
    })
}

/// The first day at or after `from` that fits; looks through a whole cycle of the calendar.
fn fitting_day(pattern: &Pattern, from: NaiveDate) -> Option<NaiveDate> {
    let mut day = from;
    while day.year() <= from.year() + CYCLE {
        if !pattern.days.has_month(day) {
            day = next_month(day)?;
        } else if pattern.days.fits(day) {
            return Some(day);
        } else {
            day = day.succ_opt()?;
        }
    }
    None
}

fn next_month(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.checked_add_months(chrono::Months::new(1))
}
