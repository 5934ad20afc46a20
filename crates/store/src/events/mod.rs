//! The audit: events written before each commit, read in commit order; and what has ended, announced after the commit.

mod cursor;
mod ended;
mod filter;
mod histories;
mod horizon;
mod newest;
mod read;
mod reading;
mod record;
mod walk;

pub use cursor::EventCursor;
pub use ended::{EndedAttempt, EndedJob, EndedPipeline, Happened};
pub use filter::EventFilter;
pub(crate) use horizon::Horizon;
pub use read::EventPage;
pub(crate) use read::Seen;
pub(crate) use record::{Actor, Event};
