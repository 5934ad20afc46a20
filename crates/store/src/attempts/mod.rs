//! How attempts end: by a worker's report or by the sweeper, in batches. Reports that end nothing but their tasks are one statement
//! (`at_once.rs`); what it passes over, and what the sweeper finds, is a transaction.
//!
//! Locks are taken in the crate's order: tasks by id, jobs by id, then leases. A lease is only proof once it has been locked after its
//! job, since a job's end deletes its leases under the job's lock. Decisions are taken item by item on the locked rows, so that a batch
//! means the same as its items one after the other; what follows an item that ended its job, and a second report of one task, waits for
//! the next round. The rows of large additions and of outcomes go in before the locks. A refused item changes nothing and never fails its neighbours.

mod at_once;
mod cause;
mod decide;
mod early;
mod end;
mod lock;
mod lost;
mod more;
mod recorded;
mod report;
mod rounds;
mod write;
mod written;

pub(crate) use cause::Cause;
pub(crate) use lost::why_lost;
pub use report::{AddTasks, Complete, Fail, Release, Report, TaskError};
