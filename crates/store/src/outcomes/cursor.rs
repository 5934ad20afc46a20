//! Where a list of outcomes goes on.

use std::fmt;
use std::str::FromStr;

/// A position in a list of outcomes: what comes below a number. A list of what is current goes on as of its beginning: what was recorded since
/// neither shows nor replaces anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutcomeCursor {
    pub(super) below: i64,
    /// The last number as the list began; the highest there is where it shows all.
    pub(super) as_of: i64,
}

impl fmt::Display for OutcomeCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}{:016x}", self.below, self.as_of)
    }
}

impl FromStr for OutcomeCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number =
            |digits: Option<&str>| digits.and_then(|digits| i64::from_str_radix(digits, 16).ok()).ok_or(());
        let cursor = Self { below: number(text.get(..16))?, as_of: number(text.get(16..))? };
        // The one form that is written.
        if cursor.below >= 0 && cursor.as_of >= 0 && cursor.to_string() == text {
            Ok(cursor)
        } else {
            Err(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_back_in_its_one_form() {
        for cursor in [OutcomeCursor { below: 0, as_of: 0 }, OutcomeCursor { below: 17, as_of: i64::MAX }] {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        let right = OutcomeCursor { below: 10, as_of: 11 }.to_string();
        let bad =
            ["", "0", &right[1..], &format!("{right}0"), &right.to_uppercase(), &format!("+{}", &right[1..])];
        for bad in
            bad.into_iter().chain(["é000000000000000000000000000000", "ffffffffffffffff0000000000000000"])
        {
            assert_eq!(bad.parse::<OutcomeCursor>(), Err(()), "{bad}");
        }
    }
}
