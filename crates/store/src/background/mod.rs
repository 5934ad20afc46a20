//! Ticks: bounded pieces of background work. Whoever drives them owns time; each says whether more is due than it took.

mod mark;
mod partitions;
mod promote;
mod prune;
mod retention;
mod settle;
mod statistics;
mod sweep;

pub(crate) use mark::Mark;
pub use promote::Promoted;
pub use prune::Pruned;
pub use retention::Retention;
pub use settle::Settled;
pub use sweep::Swept;

/// Rows that one tick takes at the most.
const BATCH: i64 = 1_000;

/// Whether a tick took as much as it may, so that more may be due.
fn is_full(rows: usize) -> bool {
    i64::try_from(rows).is_ok_and(|rows| rows >= BATCH)
}
