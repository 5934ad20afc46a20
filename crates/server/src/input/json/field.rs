//! One value, and every way in which the contract reads values.
//!
//! Each reader answers `None` after noting what is wrong, so that all faults are found at once.

use std::collections::HashSet;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use chrono::{DateTime, Datelike, SubsecRound, TimeDelta, Timelike, Utc};
use serde_json::value::RawValue;
use uuid::Uuid;
use windlass_domain::{Invalid, Json, exact_f64, exact_integer};

use super::findings::{Fault, Findings, Rejection};
use super::length::unescaped_length;
use super::levels;
use super::pointer::Pointer;
use super::text;

/// A value, where it is in the text, and where its faults are noted.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(super) value: &'a RawValue,
    at: &'a Pointer<'a>,
    findings: &'a Findings,
}

impl<'a> Field<'a> {
    pub(super) fn new(value: &'a RawValue, at: &'a Pointer<'a>, findings: &'a Findings) -> Self {
        Self { value, at, findings }
    }

    /// What `read` makes of it, judged on its own: its faults are not its surroundings'.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(crate) fn apart<T>(&self, read: impl FnOnce(Field<'_>) -> Option<T>) -> Result<T, Rejection> {
        let findings = Findings::default();
        let value = read(Field { findings: &findings, ..*self });
        match (findings.into_rejection(), value) {
            (Some(rejection), _) => Err(rejection),
            (None, Some(value)) => Ok(value),
            (None, None) => unreachable!("a reader that answers nothing has noted why"),
        }
    }

    /// Where it is.
    pub(crate) fn at(&self) -> &'a Pointer<'a> {
        self.at
    }

    /// Where its faults are noted.
    pub(crate) fn findings(&self) -> &'a Findings {
        self.findings
    }

    /// Notes that it is wrong.
    pub(crate) fn refuse<T>(&self, detail: impl Display) -> Option<T> {
        self.findings.note(Fault::Value, self.at, detail);
        None
    }

    /// Notes the strings at and below it that cannot be stored, but for those of its field `lines`: lines of log have any characters, and whoever
    /// reads them says what cannot be read.
    pub(crate) fn refuse_flaws(&self) {
        const LINES: &str = "lines";
        match levels::fields(self.value) {
            Some(fields) if fields.iter().any(|(name, _)| name == LINES) => {
                for (name, value) in fields.iter().filter(|(name, _)| name != LINES) {
                    text::flaws(value, &Pointer::Field(self.at, name), self.findings);
                }
            }
            _ => text::flaws(self.value, self.at, self.findings),
        }
    }

    /// An object of free keys, a bounded number of them, each once: each value read by `read` with its key. All are read, so that all faults
    /// are found.
    pub(crate) fn map<T>(
        &self,
        bounds: RangeInclusive<usize>,
        read: impl Fn(&str, Field<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some(fields) = levels::fields(self.value) else { return self.refuse("must be an object") };
        if !bounds.contains(&fields.len()) {
            let (least, most) = bounds.into_inner();
            return self.refuse(format_args!("must have {least} to {most} members, has {}", fields.len()));
        }
        let mut names = HashSet::new();
        let read_all = fields.iter().map(|(name, value)| {
            let at = Pointer::Field(self.at, name);
            let field = Field::new(value, &at, self.findings);
            if names.insert(name) { read(name, field) } else { field.refuse("is given more than once") }
        });
        let all: Vec<Option<T>> = read_all.collect();
        all.into_iter().collect()
    }

    /// Whether it is an object without members.
    pub(crate) fn is_empty_object(&self) -> bool {
        self.value.get() == "{}"
    }

    /// An array with a bounded number of items, each read by `read` with its index. All are read, so that all
    /// faults are found.
    pub(crate) fn each<T>(
        &self,
        bounds: RangeInclusive<usize>,
        mut read: impl FnMut(Field<'_>, usize) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some((items, count)) = levels::items(self.value, *bounds.end()) else {
            return self.refuse("must be an array");
        };
        if !bounds.contains(&count) {
            let (least, most) = bounds.into_inner();
            return self.refuse(format_args!("must have {least} to {most} items, has {count}"));
        }
        let read_all = items.iter().enumerate().map(|(index, value)| {
            let at = Pointer::Item(self.at, index);
            read(Field::new(value, &at, self.findings), index)
        });
        let all: Vec<Option<T>> = read_all.collect();
        all.into_iter().collect()
    }

    /// Whether it is a string, for fields that may be one or something else.
    pub(crate) fn is_string(&self) -> bool {
        self.value.get().starts_with('"')
    }

    /// A string.
    pub(crate) fn string(&self) -> Option<String> {
        if !self.is_string() {
            return self.refuse("must be a string");
        }
        match serde_json::from_str(self.value.get()) {
            Ok(text) => Some(text),
            Err(_) => self.refuse("must not contain half of a surrogate pair"),
        }
    }

    /// A string that `parse` takes.
    pub(crate) fn text<T>(&self, parse: impl FnOnce(String) -> Result<T, Invalid>) -> Option<T> {
        parse(self.string()?).map_err(|invalid| self.refuse::<T>(invalid)).ok()
    }

    /// One of the words that `parse` knows; `words` lists them for people.
    pub(crate) fn word<T>(&self, parse: impl FnOnce(&str) -> Option<T>, words: &str) -> Option<T> {
        match parse(&self.string()?) {
            Some(value) => Some(value),
            None => self.refuse(format_args!("must be one of {words}")),
        }
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self) -> Option<bool> {
        match self.value.get() {
            "true" => Some(true),
            "false" => Some(false),
            _ => self.refuse("must be true or false"),
        }
    }

    /// A whole number within bounds, however it is written (`3`, `3.0`, `3e0`).
    pub(crate) fn integer(&self, (least, most): (i64, i64)) -> Option<i64> {
        let number = self.is_number().then(|| exact_integer(self.value.get())).flatten();
        match number {
            Some(number) if (least..=most).contains(&number) => Some(number),
            _ => self.refuse(format_args!("must be a whole number from {least} to {most}")),
        }
    }

    /// A number within bounds that a double holds exactly.
    pub(crate) fn number(&self, (least, most): (f64, f64)) -> Option<f64> {
        let text = self.value.get();
        if !self.is_number() || !text.parse().is_ok_and(|number: f64| (least..=most).contains(&number)) {
            return self.refuse(within(least, most));
        }
        match exact_f64(text) {
            Some(number) => Some(number),
            None => self.refuse("has more digits than can be kept exactly"),
        }
    }

    /// A length in seconds within bounds, to the microsecond.
    pub(crate) fn seconds(&self, bounds: (f64, f64)) -> Option<Duration> {
        let seconds = self.number(bounds)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bounds are 0 to 30 days"
        )]
        let length = Duration::from_micros((seconds * 1e6).round() as u64);
        #[expect(clippy::float_cmp, reason = "exactly this number or none")]
        if windlass_domain::seconds(length) != seconds {
            return self.refuse("must not be finer than a microsecond");
        }
        Some(length)
    }

    /// An RFC 3339 instant, cut to the microsecond that rows have.
    pub(crate) fn instant(&self) -> Option<DateTime<Utc>> {
        Some(self.exact_instant()?.trunc_subsecs(6))
    }

    /// An RFC 3339 instant that bounds a filter, rounded up to the microsecond as in queries.
    pub(crate) fn bound(&self) -> Option<DateTime<Utc>> {
        Some(rounded_up(self.exact_instant()?))
    }

    fn exact_instant(&self) -> Option<DateTime<Utc>> {
        let instant = DateTime::parse_from_rfc3339(&self.string()?).ok().map(|instant| instant.to_utc());
        match instant {
            Some(instant) if !(0..=9999).contains(&instant.year()) => {
                self.refuse("must be in the years 0 to 9999")
            }
            // A leap second is read as a nanosecond past the last.
            Some(instant) if instant.nanosecond() >= 1_000_000_000 => {
                self.refuse("must not be a leap second")
            }
            Some(instant) => Some(instant),
            None => self.refuse("must be an RFC 3339 time such as 2026-11-22T20:00:00Z"),
        }
    }

    /// A UUID.
    pub(crate) fn uuid(&self) -> Option<Uuid> {
        match Uuid::try_parse(&self.string()?) {
            Ok(id) => Some(id),
            Err(_) => self.refuse("must be a UUID"),
        }
    }

    /// Any JSON of at most `most` bytes, as it came.
    pub(crate) fn json(&self, most: usize) -> Option<Json> {
        let text = self.value.get();
        if text.len() > most {
            let length = unescaped_length(text);
            if length > most {
                return self
                    .refuse(format_args!("must have at most {most} bytes as compact JSON, has {length}"));
            }
        }
        Some(Json::from_checked(text.to_owned()))
    }

    /// An object of at most `most` bytes, as it came.
    pub(crate) fn json_object(&self, most: usize) -> Option<Json> {
        if !self.value.get().starts_with('{') {
            return self.refuse("must be an object");
        }
        self.json(most)
    }

    /// Whether it is null.
    pub(crate) fn is_null(&self) -> bool {
        self.value.get() == "null"
    }

    fn is_number(&self) -> bool {
        self.value.get().starts_with(|first: char| first == '-' || first.is_ascii_digit())
    }
}

/// Rounds up to the microsecond: rows have microseconds, so both `>=` and `<` mean the same.
pub(crate) fn rounded_up(instant: DateTime<Utc>) -> DateTime<Utc> {
    let down = instant.trunc_subsecs(6);
    if down < instant { down + TimeDelta::microseconds(1) } else { down }
}

fn within(least: f64, most: f64) -> String {
    if most >= f64::MAX {
        format!("must be a number, at least {least}")
    } else {
        format!("must be a number from {least} to {most}")
    }
}
