//! Ids that grow: jobs are locked in id order, so a job's must be above those of all its parents.

use uuid::{NoContext, Timestamp, Uuid};

/// A new id, above all that this process made before.
pub(crate) fn next_id() -> Uuid {
    Uuid::now_v7()
}

/// `count` new ids in ascending order, all above `floor`, even where the clock of the server that made that one is ahead.
pub(crate) fn ids_above(floor: Option<Uuid>, count: usize) -> Vec<Uuid> {
    let Some(floor) = floor else { return (0..count).map(|_| next_id()).collect() };
    let first = next_id();
    if first > floor {
        return std::iter::once(first).chain((1..count).map(|_| next_id())).collect();
    }
    let (seconds, nanos) = floor.get_timestamp().map_or((0, 0), |at| at.to_unix());
    let base = seconds * 1_000 + u64::from(nanos) / 1_000_000;
    (1..=count as u64)
        .map(|step| {
            let at = base + step;
            let nanos = u32::try_from(at % 1_000).unwrap_or(0) * 1_000_000;
            Uuid::new_v7(Timestamp::from_unix(NoContext, at / 1_000, nanos))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_above_one_from_a_clock_that_is_ahead() {
        let ahead = Uuid::new_v7(Timestamp::from_unix(NoContext, 4_000_000_000, 0));
        let ids = ids_above(Some(ahead), 1_000);
        assert!(ids[0] > ahead);
        assert!(ids.is_sorted());
        let usual = ids_above(Some(next_id()), 3);
        assert!(usual.is_sorted());
    }
}
