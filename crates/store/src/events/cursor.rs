//! A position in the audit.

use std::fmt;
use std::str::FromStr;

/// A position in the audit. As text it is opaque and ordered, and of one length until the database is restored from a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventCursor {
    /// Of which history; 0 is the first.
    pub(crate) epoch: u32,
    pub(crate) number: i64,
}

impl EventCursor {
    /// Before every event.
    pub const START: Self = Self { epoch: 0, number: 0 };
}

impl fmt::Display for EventCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Positions of the first history look as they did before there were others, and sort before those: numbers begin with zeros.
        match self.epoch {
            0 => write!(f, "{:016x}", self.number),
            epoch => write!(f, "{epoch:08x}{:016x}", self.number),
        }
    }
}

impl FromStr for EventCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(());
        }
        let (epoch, number) = match text.len() {
            16 => ("0", text),
            24 => text.split_at(8),
            _ => return Err(()),
        };
        let epoch = u32::from_str_radix(epoch, 16).map_err(drop)?;
        let number = i64::from_str_radix(number, 16).map_err(drop)?;
        Ok(Self { epoch, number })
    }
}
