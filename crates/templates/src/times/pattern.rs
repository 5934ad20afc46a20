//! A pattern of times.

use super::days::Days;

/// A pattern of times: minute, hour, day of month, month, day of week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Bits of the minutes that fit.
    pub(super) minutes: u64,
    /// Bits of the hours that fit.
    pub(super) hours: u64,
    pub(super) days: Days,
    /// The hour field holds a `*` or a step: it follows real time over clock changes.
    pub(super) follows_real_time: bool,
}
