//! A position in a task's history.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// A position in a task's history: when an attempt ended, and its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptCursor {
    pub(super) ended_micros: i64,
    pub(super) token: Uuid,
}

impl fmt::Display for AttemptCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{}", self.ended_micros, self.token.simple())
    }
}

impl FromStr for AttemptCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (ended, token) = text.split_at_checked(16).ok_or(())?;
        Ok(Self {
            ended_micros: i64::from_str_radix(ended, 16).map_err(|_| ())?,
            token: Uuid::try_parse(token).map_err(|_| ())?,
        })
    }
}
