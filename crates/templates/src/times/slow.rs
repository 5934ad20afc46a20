//! The next time of a pattern by plain stepping: days first, then minutes. Slow, and made of nothing that the quick calculation is made of, for
//! tests that compare the two.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

/// Days that are looked through.
const DAYS: usize = 366 * 9;
/// Local days are shifted by less than that.
const SHIFT: TimeDelta = TimeDelta::hours(16);

/// The first time of the pattern after `instant`, if it comes within nine years.
pub(super) fn after(text: &str, zone: Tz, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let fields: Vec<&str> = text.split(' ').collect();
    let today = instant.with_timezone(&zone).date_naive().pred_opt().unwrap();
    let days: Vec<NaiveDate> = today.iter_days().take(DAYS).filter(|day| day_fits(&fields, *day)).collect();
    // A day's times may lie behind those of the next, where clocks go back at midnight.
    days.iter().enumerate().find_map(|(at, day)| {
        let this = of_day(&fields, zone, *day, instant)?;
        let next = days.get(at + 1).and_then(|next| of_day(&fields, zone, *next, instant));
        Some(next.map_or(this, |next| this.min(next)))
    })
}

/// The first time of this day after `instant`.
fn of_day(fields: &[&str], zone: Tz, day: NaiveDate, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let midnight = day.and_time(NaiveTime::MIN).and_utc();
    let begin = midnight - SHIFT;
    // What a gap leaves out comes at its end, which may be a day later.
    let minutes = (0..(24 * 60 * 2) + 2 * 16 * 60).map(|minute| begin + TimeDelta::minutes(minute));
    let shown: Vec<(DateTime<Utc>, NaiveDateTime)> =
        minutes.map(|now| (now, zone.from_utc_datetime(&now.naive_utc()).naive_local())).collect();
    let fits = |local: &NaiveDateTime| {
        is_listed(fields[0], local.minute(), (0, 59), &[]) && is_listed(fields[1], local.hour(), (0, 23), &[])
    };
    let mut times: Vec<DateTime<Utc>> = if fields[1].contains(['*', '/']) {
        shown.iter().filter(|(_, local)| local.date() == day && fits(local)).map(|(now, _)| *now).collect()
    } else {
        let locals = (0..24 * 60).map(|minute| day.and_time(NaiveTime::MIN) + TimeDelta::minutes(minute));
        locals
            .filter(fits)
            .filter_map(|asked| {
                let same = shown.iter().find(|(_, local)| *local == asked);
                same.or_else(|| shown.iter().find(|(_, local)| *local > asked)).map(|(now, _)| *now)
            })
            .collect()
    };
    times.sort_unstable();
    times.into_iter().find(|time| *time > instant)
}

fn day_fits(fields: &[&str], day: NaiveDate) -> bool {
    const MONTHS: [&str; 12] =
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    if !is_listed(fields[3], day.month(), (1, 12), &MONTHS) {
        return false;
    }
    let of_month = fields[2].split(',').any(|member| month_day_fits(member, day));
    let of_week = fields[4].split(',').any(|member| weekday_fits(member, day));
    match (fields[2], fields[4]) {
        ("*", _) => of_week,
        (_, "*") => of_month,
        _ => of_month || of_week,
    }
}

fn month_day_fits(member: &str, day: NaiveDate) -> bool {
    if member == "L" {
        return day.succ_opt().unwrap().month() != day.month();
    }
    let Some(asked) = member.strip_suffix('W') else { return is_listed(member, day.day(), (1, 31), &[]) };
    let asked: u32 = asked.parse().unwrap();
    let is_workday = |day: &NaiveDate| day.weekday().num_days_from_monday() < 5;
    // The days of the month, the nearest to the one asked for first; of two as near, one is no workday's neighbour.
    let mut workdays: Vec<NaiveDate> = (1..=31).filter_map(|number| day.with_day(number)).collect();
    if !workdays.iter().any(|one| one.day() == asked) {
        return false;
    }
    workdays.retain(is_workday);
    workdays.into_iter().min_by_key(|one| one.day().abs_diff(asked)) == Some(day)
}

fn weekday_fits(member: &str, day: NaiveDate) -> bool {
    const DAYS: [&str; 8] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
    let (name, condition) = match (member.split_once('#'), member.strip_suffix('L')) {
        (Some((name, nth)), _) => {
            let nth: u32 = nth.parse().unwrap();
            (
                name,
                (1..=day.day()).filter(|number| (day.day() - number).is_multiple_of(7)).count()
                    == nth as usize,
            )
        }
        (None, Some(name)) => (name, (day + TimeDelta::days(7)).month() != day.month()),
        (None, None) => (member, true),
    };
    let number = day.weekday().num_days_from_sunday();
    condition && (is_listed(name, number, (0, 7), &DAYS) || number == 0 && is_listed(name, 7, (0, 7), &DAYS))
}

/// Whether the value is in a list of numbers, names, ranges and steps.
fn is_listed(text: &str, value: u32, (first, last): (u32, u32), names: &[&str]) -> bool {
    let number = |text: &str| {
        let by_name =
            names.iter().position(|name| *name == text).map(|at| u32::try_from(at).unwrap() + first);
        by_name.unwrap_or_else(|| text.parse().unwrap())
    };
    text.split(',').any(|member| {
        let (range, step) =
            member.split_once('/').map_or((member, 1), |(range, step)| (range, step.parse().unwrap()));
        let (low, high) = match range.split_once('-') {
            _ if range == "*" => (first, last),
            Some((low, high)) => (number(low), number(high)),
            None => (number(range), number(range)),
        };
        (low..=high).step_by(step).any(|listed| listed == value)
    })
}
