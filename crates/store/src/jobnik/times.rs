//! Times as Jobnik's lists compare them: in whole milliseconds, both ends included.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// Which times of creation a list shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct MillisRange {
    /// In this millisecond or later.
    pub from: Option<DateTime<Utc>>,
    /// In this millisecond or earlier.
    pub to: Option<DateTime<Utc>>,
}

impl MillisRange {
    /// The first time that it has.
    pub(super) fn first(&self) -> Option<DateTime<Utc>> {
        self.from.map(millisecond)
    }

    /// The first time behind it.
    pub(super) fn behind(&self) -> Option<DateTime<Utc>> {
        Some(
            millisecond(self.to?)
                .checked_add_signed(TimeDelta::milliseconds(1))
                .unwrap_or(DateTime::<Utc>::MAX_UTC),
        )
    }
}

/// The beginning of its millisecond.
fn millisecond(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_whole_milliseconds() {
        let at = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
        let range = MillisRange { from: at("2026-11-22T20:00:00.1239Z"), to: at("2026-11-22T20:00:00.123Z") };
        assert_eq!(range.first(), at("2026-11-22T20:00:00.123Z"));
        assert_eq!(range.behind(), at("2026-11-22T20:00:00.124Z"));
        assert_eq!(MillisRange::default().behind(), None);
    }
}
