//! The worker: types → handlers, and everything around them.
//!
//! One loop for each pool of slots asks for as many tasks as slots are free ([`intake`]); each task runs in a slot of its own
//! ([`slot`]), reports its progress ([`progress`]) and ends in one report ([`report`]), while one heartbeat extends the leases of all
//! ([`heart`]), and one call a second sends what handlers have logged ([`journal`]).
//!
//! What it deliberately does not do: it does not judge by this machine's clock whether a lease still holds.
//! While the server cannot be reached, handlers go on: the lease token decides when the report arrives.
//!
//! How it fails: what passes by itself is waited out; [`Worker::run`] ends with an error only when asking
//! again would not help (an address, a type or a key that the server refuses). A key that was good before may be rotated,
//! so it is refused for 5 minutes before that ends the worker ([`acceptance`]). A worker that is killed costs a
//! lease's time, no more.

mod acceptance;
mod builder;
mod cancellation;
mod context;
mod failure;
mod handler;
mod heart;
mod identity;
mod intake;
mod journal;
mod pool;
mod progress;
mod report;
mod shared;
mod slot;
mod task_log;

use std::future::Future;
use std::sync::{Arc, PoisonError};

use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

pub use builder::WorkerBuilder;
pub use cancellation::Cancellation;
pub use context::Context;
pub use failure::TaskFailure;
pub(crate) use task_log::TaskLog;

use crate::Error;
use intake::Slots;
use shared::Shared;

/// Takes tasks of the types that it has handlers for, and runs them.
#[derive(Debug)]
pub struct Worker {
    shared: Arc<Shared>,
}

impl Worker {
    /// Works until the process is asked to end (SIGTERM or Ctrl-C), then stops as [`Worker::run_until`] does.
    ///
    /// # Errors
    /// As [`Worker::run_until`].
    pub async fn run(self) -> Result<(), Error> {
        self.run_until(asked_to_end()).await
    }

    /// Works until `stop` is ready: then takes no more tasks, waits for those that run, and releases what is
    /// left after [`WorkerBuilder::stop_wait`]. Dropping this future aborts all handlers at once.
    ///
    /// # Errors
    /// When the server refuses to hand out tasks for a reason that does not pass by itself. Of a key that is not valid, at once; of one that
    /// was valid before, after 5 minutes.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<(), Error> {
        let slots = Slots::default();
        let shared = Arc::clone(&self.shared);
        let _heart =
            AbortOnDropHandle::new(tokio::spawn(async move { shared.heart.beat(&shared.client).await }));
        let shared = Arc::clone(&self.shared);
        let _journal =
            AbortOnDropHandle::new(tokio::spawn(async move { shared.journal.send(&shared.client).await }));
        tracing::info!(worker_id = self.shared.worker_id, types = ?self.shared.handlers.types(), "worker started");
        let outcome = tokio::select! {
            () = stop => Ok(()),
            error = intake::take_tasks(&self.shared, &slots) => Err(error),
        };
        self.drain(slots.into_inner().unwrap_or_else(PoisonError::into_inner)).await;
        tracing::info!(worker_id = self.shared.worker_id, "worker stopped");
        outcome
    }

    async fn drain(&self, mut slots: JoinSet<()>) {
        self.shared.stopping.cancel();
        if timeout(self.shared.settings.stop_wait, finish(&mut slots)).await.is_ok() {
            return;
        }
        self.shared.halted.cancel();
        // A handler gets its grace, and then the release of its task needs time for a call.
        let limit = self.shared.settings.cancel_grace + self.shared.client.timeout;
        if timeout(limit, finish(&mut slots)).await.is_err() {
            tracing::warn!(tasks = slots.len(), "tasks were left to the end of their leases");
        }
    }
}

async fn finish(slots: &mut JoinSet<()>) {
    while slots.join_next().await.is_some() {}
}

#[cfg(unix)]
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => drop(terminate.recv().await),
            Err(error) => {
                tracing::warn!(%error, "cannot listen for sigterm");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! { () = terminated => {}, () = interrupted() => {} }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    interrupted().await;
}

async fn interrupted() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!(%error, "cannot listen for ctrl-c");
        std::future::pending::<()>().await;
    }
}
