//! Roll-up: a child's end into its parent, within the transaction that ended the child.
//!
//! Task → job → dependents → pipeline. Callers hold the jobs they end; from there this module goes in waves: close the
//! ended jobs, resolve the edges that leave them, and take the children that end thereby (skipped, or joins that succeed
//! as they open) as the next wave. Pipelines come last. Every decision is the domain's, on rows that are locked;
//! no decision reads a sibling. Jobs are locked in ascending id order, and children have higher ids than their parents; where a
//! wave still needs one below what is held, the transaction starts again wide.

mod children;
mod close;
mod edge_words;
mod ending;
mod fail_fast;
mod join_any;
mod pipelines;
mod roll_up;
mod spare;
mod tally;

pub(crate) use children::meet_one;
pub(crate) use close::end_leases;
pub(crate) use edge_words::{condition, skip_reason};
pub(crate) use ending::Ending;
pub(crate) use pipelines::{end_marked_pipeline, reopen_pipeline, write_marks};
pub(crate) use roll_up::roll_up;
pub(crate) use spare::{Parted, part, seal_spared};
pub(crate) use tally::untally;
