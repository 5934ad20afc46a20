//! Histories of the audit: what an event's id means after the database was restored from a backup.
//!
//! A restored database knows fewer events than its readers have seen, and uses the numbers of the lost ones again. A reader that
//! went on by number alone would miss these, and nobody would know. So each connection asks, before anything else, whether the database is
//! still the one it was (`windlass_incarnation`); if not, a new history begins behind the last number drawn. A reader at a position in the part that both
//! share goes on; one in the part that was lost is refused.
//!
//! What it deliberately does not do: compare contents. How it fails: a volume that is put back to an earlier state, and started as if after a
//! crash, looks the same from within. Then only positions beyond the last number drawn are refused.

use super::cursor::EventCursor;
use crate::Error;

/// The histories of this database, the first first.
#[derive(Debug, Clone)]
pub(crate) struct Histories(Vec<History>);

#[derive(Debug, Clone, Copy)]
struct History {
    epoch: u32,
    /// The last number that it shares with the one before.
    last_common: i64,
}

impl Histories {
    /// Those of these epochs, each with its last common number; ascending.
    pub(crate) fn new(epochs: Vec<i64>, last_common: Vec<i64>) -> Self {
        let history = |(epoch, last_common)| History {
            epoch: u32::try_from(epoch).expect("a CHECK holds epochs to 32 bits"),
            last_common,
        };
        Self(epochs.into_iter().zip(last_common).map(history).collect())
    }

    /// The present one's epoch.
    pub(crate) fn present(&self) -> u32 {
        self.0.last().map_or(0, |history| history.epoch)
    }

    /// The position of an event's number, in the history that drew it.
    pub(crate) fn cursor(&self, number: i64) -> EventCursor {
        let of = self.0.iter().rev().find(|history| history.last_common < number);
        EventCursor { epoch: of.map_or(0, |history| history.epoch), number }
    }

    /// Refuses a position of which this database does not know what follows; `drawn` is the last number drawn.
    pub(crate) fn check(&self, after: EventCursor, drawn: i64) -> Result<(), Error> {
        let at = self.0.iter().position(|history| history.epoch == after.epoch);
        let lost = || Error::PlaceLost;
        let next = match at {
            Some(at) => self.0.get(at + 1),
            None if after == EventCursor::START => return Ok(()),
            None => return Err(lost()),
        };
        let known_to = next.map_or(drawn, |next| next.last_common);
        if after.number > known_to { Err(lost()) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(epoch: u32, number: i64) -> EventCursor {
        EventCursor { epoch, number }
    }

    #[test]
    fn a_position_is_known_as_far_as_the_next_history_shares_it() {
        // 100 events, restored to 60 and on to 90, restored to 70 and on to 80.
        let histories = Histories::new(vec![0, 1_000, 2_000], vec![0, 60, 70]);
        for known in [at(0, 0), at(0, 60), at(1_000, 61), at(1_000, 70), at(2_000, 71), at(2_000, 80)] {
            assert!(histories.check(known, 80).is_ok(), "{known:?}");
        }
        for lost in [at(0, 61), at(0, 100), at(1_000, 71), at(1_000, 90), at(2_000, 81), at(1_500, 1)] {
            assert!(histories.check(lost, 80).is_err(), "{lost:?}");
        }
        assert_eq!(
            [1, 60, 61, 70, 71].map(|number| histories.cursor(number)),
            [at(0, 1), at(0, 60), at(1_000, 61), at(1_000, 70), at(2_000, 71)]
        );
        assert_eq!((histories.present(), histories.cursor(0)), (2_000, EventCursor::START));
    }
}
