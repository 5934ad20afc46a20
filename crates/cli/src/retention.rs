//! How long history is kept, as people write it: `30d`, `12h`, `90m`, `3600s`, or a number of days.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A length of time of a minute to a hundred years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Retention(Duration);

impl Retention {
    /// Shorter than this is a mistake: what ended would be gone before anybody looked.
    const LEAST: Duration = Duration::from_mins(1);
    const MOST: Duration = Duration::from_hours(100 * 365 * 24);

    /// The length itself.
    pub(crate) fn length(self) -> Duration {
        self.0
    }
}

impl FromStr for Retention {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let digits = text.trim_end_matches(|last: char| !last.is_ascii_digit());
        let unit = match &text[digits.len()..] {
            "d" | "" => Duration::from_hours(24),
            "h" => Duration::from_hours(1),
            "m" => Duration::from_mins(1),
            "s" => Duration::from_secs(1),
            _ => return Err("must be a whole number with d, h, m or s, such as 30d".to_owned()),
        };
        let number: u32 = digits.parse().map_err(|_| "must be a whole number, such as 30d".to_owned())?;
        let length = unit.saturating_mul(number);
        if !(Self::LEAST..=Self::MOST).contains(&length) {
            return Err("must be a minute to a hundred years".to_owned());
        }
        Ok(Self(length))
    }
}

impl TryFrom<String> for Retention {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Retention> for String {
    fn from(retention: Retention) -> Self {
        retention.to_string()
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let days = 24 * 60 * 60;
        if seconds.is_multiple_of(days) {
            write!(formatter, "{}d", seconds / days)
        } else {
            write!(formatter, "{seconds}s")
        }
    }
}

impl From<Duration> for Retention {
    fn from(length: Duration) -> Self {
        Self(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("30", 2_592_000),
            ("30d", 2_592_000),
            ("12h", 43_200),
            ("90m", 5_400),
            ("3600s", 3_600),
            ("1m", 60),
            (" 1d ", 86_400),
            ("36500d", 3_153_600_000),
        ] {
            let retention: Retention = text.parse().unwrap();
            assert_eq!(retention.length().as_secs(), seconds, "{text}");
            assert_eq!(retention.to_string().parse::<Retention>().unwrap(), retention);
        }
    }

    #[test]
    fn what_is_no_length_or_makes_no_sense_is_refused() {
        for text in
            ["", "d", "-1d", "1.5d", "30 days", "1w", "0", "59s", "36501d", "99999999999d", "1d1h", "é", "1D"]
        {
            assert!(text.parse::<Retention>().is_err(), "{text}");
        }
    }
}
