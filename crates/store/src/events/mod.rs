//! The audit: events written before each commit, read in commit order; and what has ended, announced after the commit.

mod cursor;
mod ended;
mod histories;
mod horizon;
mod read;
mod record;

pub use cursor::EventCursor;
pub use ended::{EndedAttempt, EndedJob, EndedPipeline, Happened};
pub(crate) use horizon::Horizon;
pub use read::EventFilter;
pub(crate) use record::{Actor, Event};
