//! Since when the horizon of snapshots has not moved, as far as this process has seen.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

/// The horizon where it is now, and when it was first seen there.
#[derive(Debug, Default)]
pub(crate) struct SnapshotHorizon(Mutex<Option<(i64, DateTime<Utc>)>>);

impl SnapshotHorizon {
    /// For how many seconds the horizon has not moved.
    pub(super) fn age(&self, xmin: i64, held: bool, now: DateTime<Utc>) -> f64 {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match *seen {
            Some((at, since)) if at == xmin && held => (now - since).as_seconds_f64().max(0.0),
            _ => {
                *seen = held.then_some((xmin, now));
                0.0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_horizon_ages_while_it_is_held_where_it_is() {
        let (horizon, now) = (SnapshotHorizon::default(), DateTime::UNIX_EPOCH);
        let after = |seconds| now + TimeDelta::seconds(seconds);
        let ages = [
            horizon.age(7, true, after(0)),
            horizon.age(7, true, after(5)),
            horizon.age(8, true, after(6)),
            horizon.age(8, true, after(8)),
            horizon.age(8, false, after(9)),
            horizon.age(8, true, after(10)),
            horizon.age(8, true, after(11)),
        ];
        assert_eq!(ages.map(|age| age.to_string()), ["0", "5", "0", "2", "0", "0", "1"]);
    }
}
