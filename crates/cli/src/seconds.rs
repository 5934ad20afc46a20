//! Whole seconds within bounds, as settings say them.

use std::fmt::{self, Display};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// From `LOW` to `HIGH` seconds, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64")]
pub(crate) struct Seconds<const LOW: u64, const HIGH: u64>(u64);

impl<const LOW: u64, const HIGH: u64> Seconds<LOW, HIGH> {
    /// As a length of time.
    pub(crate) fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl<const LOW: u64, const HIGH: u64> TryFrom<u64> for Seconds<LOW, HIGH> {
    type Error = OutOfBounds<LOW, HIGH>;

    fn try_from(seconds: u64) -> Result<Self, Self::Error> {
        if (LOW..=HIGH).contains(&seconds) { Ok(Self(seconds)) } else { Err(OutOfBounds) }
    }
}

impl<const LOW: u64, const HIGH: u64> FromStr for Seconds<LOW, HIGH> {
    type Err = OutOfBounds<LOW, HIGH>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<u64>().map_err(|_| OutOfBounds)?.try_into()
    }
}

/// It is no whole number, or not within the bounds.
#[derive(Debug)]
pub(crate) struct OutOfBounds<const LOW: u64, const HIGH: u64>;

impl<const LOW: u64, const HIGH: u64> Display for OutOfBounds<LOW, HIGH> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "must be a whole number of seconds from {LOW} to {HIGH}")
    }
}

impl<const LOW: u64, const HIGH: u64> std::error::Error for OutOfBounds<LOW, HIGH> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_taken_and_what_is_past_them_is_refused() {
        let read = |text: &str| text.parse::<Seconds<1, 15>>().ok().map(Seconds::duration);
        assert_eq!(read("1"), Some(Duration::from_secs(1)));
        assert_eq!(read("15"), Some(Duration::from_secs(15)));
        for wrong in ["0", "16", "-1", "1.5", "1s", ""] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
