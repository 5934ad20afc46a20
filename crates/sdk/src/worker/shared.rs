//! What all parts of one worker share.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::acceptance::Acceptance;
use super::handler::Handlers;
use super::heart::Heart;
use super::journal::Journal;
use crate::Client;

/// What every slot needs to know.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) client: Client,
    pub(super) handlers: Handlers,
    pub(super) worker_id: String,
    pub(super) settings: Settings,
    pub(super) heart: Heart,
    pub(super) journal: Arc<Journal>,
    pub(super) acceptance: Acceptance,
    /// No more tasks are taken; handlers may go on.
    pub(super) stopping: CancellationToken,
    /// The wait for handlers is over; what is left is released.
    pub(super) halted: CancellationToken,
}

/// Units, bounds and defaults are documented at the methods of [`WorkerBuilder`](super::WorkerBuilder).
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) concurrency: usize,
    pub(super) wait: Duration,
    pub(super) lease: Option<Duration>,
    pub(super) progress_interval: Duration,
    pub(super) stop_wait: Duration,
    pub(super) cancel_grace: Duration,
}
