//! What every surface calls: hot requests run in batches, dequeues that wait, and calls to the store within bounded time.
//!
//! A surface reads a request, calls the [`Engine`], and shows its answer; the engine calls the store, and nothing calls back. It runs the
//! hot requests of all callers in batches ([`batcher`]), lets dequeues wait in memory ([`waiters`]), releases leases whose client has gone
//! ([`undelivered`]), learns from other servers what is ready ([`replicas`]), reads the audit's end for all who watch it ([`tail`]),
//! and how far jobs are for all who ask for it ([`progress`]).
//!
//! What it deliberately does not do: speak HTTP, or hold anything that a second server would need. How it fails: by an [`Error`], which a
//! surface says in its own words.

mod alternation;
mod batcher;
mod create;
mod deadline;
mod dequeue;
mod error;
mod handle;
mod jobnik;
mod late;
mod line;
mod logs;
mod outcomes;
mod progress;
mod replicas;
mod report;
mod starts;
mod tail;
mod undelivered;
mod waiters;

pub(crate) use deadline::{detached, within};
pub(crate) use dequeue::DequeueRequest;
pub(crate) use error::Error;
pub(crate) use handle::Engine;
pub(crate) use late::keep_late_report;
pub(crate) use progress::{Look, Progress, Watch, Watched};
pub(crate) use replicas::{Announcements, exchange};
pub(crate) use tail::{Batch, News, Patient, Tail};
pub(crate) use waiters::Waiters;
