//! Which days fit: day of month, month and day of week together.

use chrono::{Datelike, Days as Length, Months, NaiveDate, Weekday};

use super::field::{DAYS, MONTHS, WEEKDAYS, number};

/// The days of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Days {
    months: u64,
    /// `None`: exactly `*`.
    of_month: Option<OfMonth>,
    of_week: Option<OfWeek>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct OfMonth {
    numbers: u64,
    /// `L`.
    last: bool,
    /// `15W`: the weekday nearest to each of these, in the same month.
    nearest: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct OfWeek {
    /// 0 is Sunday, and so is 7.
    any: u64,
    /// `5L`.
    last: u64,
    /// `5#2` is bit 5 of number 1.
    nth: [u64; 5],
}

impl Days {
    /// Reads the three fields.
    pub(super) fn parse(of_month: &str, month: &str, of_week: &str) -> Result<Self, String> {
        let members = month.split(',').map(|member| MONTHS.member(member));
        Ok(Self {
            months: members.sum_bits()?,
            of_month: if of_month == "*" { None } else { Some(OfMonth::parse(of_month)?) },
            of_week: if of_week == "*" { None } else { Some(OfWeek::parse(of_week)?) },
        })
    }

    /// Whether this day fits. Where both day fields say something, either will do.
    pub(super) fn fits(&self, day: NaiveDate) -> bool {
        let of_month = |field: &OfMonth| field.fits(day);
        let of_week = |field: &OfWeek| field.fits(day);
        self.has_month(day)
            && match (&self.of_month, &self.of_week) {
                (None, None) => true,
                (Some(field), None) => of_month(field),
                (None, Some(field)) => of_week(field),
                (Some(first), Some(second)) => of_month(first) || of_week(second),
            }
    }

    /// Whether the day's month fits.
    pub(super) fn has_month(&self, day: NaiveDate) -> bool {
        self.months & 1 << day.month() != 0
    }
}

impl OfMonth {
    fn parse(text: &str) -> Result<Self, String> {
        let mut field = Self::default();
        for member in text.split(',') {
            if member.eq_ignore_ascii_case("L") {
                field.last = true;
            } else if let Some(day) = member.strip_suffix(['W', 'w']) {
                field.nearest |= 1 << DAYS.value(day)?;
            } else {
                field.numbers |= DAYS.member(member)?;
            }
        }
        Ok(field)
    }

    fn fits(&self, day: NaiveDate) -> bool {
        self.numbers & 1 << day.day() != 0
            || self.last && day.day() == last_day(day)
            || self.nearest != 0 && self.is_nearest(day)
    }

    /// Whether it is the weekday nearest to one of the days asked for.
    fn is_nearest(&self, day: NaiveDate) -> bool {
        let last = last_day(day);
        (1..=last)
            .filter(|asked| self.nearest & 1 << asked != 0)
            .any(|asked| nearest_weekday(day, asked, last) == day.day())
    }
}

/// The weekday nearest to the day `asked` of the month of `day`, within that month.
fn nearest_weekday(day: NaiveDate, asked: u32, last: u32) -> u32 {
    match day.with_day(asked).map(|day| day.weekday()) {
        Some(Weekday::Sat) if asked == 1 => 3,
        Some(Weekday::Sat) => asked - 1,
        Some(Weekday::Sun) if asked == last => asked - 2,
        Some(Weekday::Sun) => asked + 1,
        _ => asked,
    }
}

/// The number of the last day of this day's month.
fn last_day(day: NaiveDate) -> u32 {
    let first = day.with_day(1).and_then(|first| first.checked_add_months(Months::new(1)));
    first.and_then(|next| next.checked_sub_days(Length::new(1))).map_or(31, |last| last.day())
}

impl OfWeek {
    fn parse(text: &str) -> Result<Self, String> {
        let mut field = Self::default();
        for member in text.split(',') {
            if let Some((day, nth)) = member.split_once('#') {
                let wrong = || WEEKDAYS.wrong(member, "the number after # is 1 to 5");
                let nth = number(nth).filter(|nth| (1..=5).contains(nth)).ok_or_else(wrong)?;
                field.nth[nth as usize - 1] |= day_bits(WEEKDAYS.value(day)?);
            } else if let Some(day) = member.strip_suffix(['L', 'l']) {
                field.last |= day_bits(WEEKDAYS.value(day)?);
            } else {
                field.any |= WEEKDAYS.member(member)?;
            }
        }
        // Both numbers of Sunday are one day.
        field.any |= field.any >> 7;
        Ok(field)
    }

    fn fits(&self, day: NaiveDate) -> bool {
        let bit = 1 << day.weekday().num_days_from_sunday();
        let nth = (day.day() as usize - 1) / 7;
        self.any & bit != 0
            || self.nth[nth] & bit != 0
            || self.last & bit != 0 && day.day() + 7 > last_day(day)
    }
}

fn day_bits(value: u32) -> u64 {
    1 << (value % 7)
}

/// Bits of a list's members.
pub(super) trait SumBits {
    /// All of them, or the first that cannot be read.
    fn sum_bits(self) -> Result<u64, String>;
}

impl<I: Iterator<Item = Result<u64, String>>> SumBits for I {
    fn sum_bits(mut self) -> Result<u64, String> {
        self.try_fold(0, |bits, member| Ok(bits | member?))
    }
}
