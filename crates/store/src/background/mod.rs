//! Ticks: bounded pieces of background work. Whoever drives them owns time; each says whether more is due than it took.

mod partitions;
mod promote;
mod prune;
mod settle;
mod sweep;

pub use promote::Promoted;
pub use prune::Pruned;
pub use settle::Settled;
pub use sweep::Swept;

/// Rows that one tick takes at the most.
const BATCH: i64 = 1_000;
