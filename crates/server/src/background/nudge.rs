//! The slow poll: lets one parked poll of each set of types look, which finds what another server made ready.
//!
//! A poll that finds something wakes the next one, so a backlog is taken at full speed; one look per set of types and
//! tick is all that a thousand idle workers cost.

use std::time::Duration;

use super::Ticked;
use crate::parked::Parked;

/// How long another server's task waits for a parked worker of this one at the most.
pub(super) const EVERY: Duration = Duration::from_millis(500);

/// One nudge.
pub(super) fn tick(parked: &Parked) -> Ticked {
    parked.nudge();
    Ticked::default()
}
