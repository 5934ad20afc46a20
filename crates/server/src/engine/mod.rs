//! What every surface calls: hot requests run in batches, dequeues that wait, and calls to the store within bounded time.
//!
//! A surface reads a request, calls the engine, and shows its answer. The engine runs the hot requests of all callers in batches
//! ([`batcher`]), lets dequeues wait in memory ([`waiters`]), releases leases whose client has gone ([`undelivered`]), and learns from
//! other servers what is ready ([`replicas`]).
//!
//! What it deliberately does not do: speak HTTP, or keep anything that a second server would need. How it fails: by an [`Error`], which a
//! surface says in its own words.

mod alternation;
mod batcher;
mod batchers;
mod deadline;
mod dequeue;
mod error;
mod replicas;
mod undelivered;
mod waiters;

pub(crate) use batchers::Batchers;
pub(crate) use deadline::within;
pub(crate) use dequeue::{DequeueRequest, dequeue};
pub(crate) use error::Error;
pub(crate) use replicas::{Announcements, exchange};
pub(crate) use waiters::Waiters;

/// The answer to a batch of one.
pub(crate) fn only<T>(results: Vec<Result<T, windlass_store::Error>>) -> Result<T, windlass_store::Error> {
    results.into_iter().next().expect("the store answers each item of a batch")
}
