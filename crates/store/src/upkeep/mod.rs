//! Upkeep. Ticks are bounded pieces of background work: their driver owns time; each says whether more is due than it took. Beside them
//! what is remembered so that looks are cheap, and how the database itself is doing.

mod batch;
mod delete_tasks;
mod due_mark;
mod index_texts;
mod look_for_low_water;
mod low_water;
mod overdue;
mod overdue_walk;
mod partitions;
mod promote;
mod prune;
mod remembered;
mod remove_gone;
mod retention;
mod settle;
mod snapshot_horizon;
mod statistics;
mod sweep;
mod vitals;

pub(crate) use due_mark::DueMark;
pub(crate) use low_water::{LowWaterMarks, Spans};
pub use overdue_walk::Overdue;
pub(crate) use overdue_walk::OverdueWalk;
pub use promote::Promoted;
pub use prune::Pruned;
pub use retention::Retention;
pub use settle::Settled;
pub(crate) use snapshot_horizon::SnapshotHorizon;
pub use sweep::Swept;
pub use vitals::Vitals;
