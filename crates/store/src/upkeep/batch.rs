//! How much one tick does.

/// Rows that one tick takes at the most.
pub(super) const BATCH: i64 = 1_000;

/// Whether a tick took as much as it may, so that more may be due.
pub(super) fn is_full(rows: usize) -> bool {
    i64::try_from(rows).is_ok_and(|rows| rows >= BATCH)
}
