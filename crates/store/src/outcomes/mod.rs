//! Outcomes: what became of each item that a task handled, append-only. What is current is derived when it is read.
//!
//! They are written in calls of up to 10,000, so their rows go in before anything is locked; under a lock only the counts of their job are added up,
//! as the last step of a transaction. A row is found by its number, which is drawn before it is written, in the order of the call.
//!
//! What they deliberately do not do: refer to tasks, jobs or pipelines by keys, since they outlive them; nor change, but for the removal of a
//! whole subject. How it fails: a call is written as a whole or not at all.

mod count;
mod cursor;
mod filter;
mod insert;
mod list;
mod new_outcome;
mod record;
mod remove;
mod walk;

pub(crate) use count::{Tally, count_outcomes, read_counts};
pub use cursor::OutcomeCursor;
pub use filter::OutcomeFilter;
pub(crate) use insert::{Holder, insert_outcomes, read_holders, remove_inserted_outcomes};
pub use list::OutcomePage;
pub use new_outcome::NewOutcome;
