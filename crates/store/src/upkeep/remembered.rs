//! Where a look begins that would otherwise pass all that was dealt with before.
//!
//! What has been dealt with leaves dead entries at the head of its index. While somebody holds an old snapshot, vacuum cannot remove them, and
//! every look passes them all (637,000: 50 ms). So a look begins where earlier ones found nothing more. Once a minute it begins at the
//! start all the same: what is remembered only saves work, and is never what the truth depends on.

use std::time::{Duration, Instant};

/// How long what is remembered is believed.
const TRUST: Duration = Duration::from_mins(1);

/// Where looks begin, and when one last began at the start.
#[derive(Debug, Default)]
pub(super) struct Remembered<T> {
    pub(super) begin: T,
    from_start: Option<Instant>,
}

impl<T> Remembered<T> {
    /// Where to begin; `None`: at the start.
    pub(super) fn trusted(&self, now: Instant) -> Option<&T> {
        self.from_start.filter(|last| now.duration_since(*last) < TRUST).map(|_| &self.begin)
    }

    /// A look that began at the start has succeeded.
    pub(super) fn looked_from_start(&mut self, now: Instant) {
        self.from_start = Some(now);
    }
}
