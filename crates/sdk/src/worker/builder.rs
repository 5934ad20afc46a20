//! Settings of a worker.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::acceptance::Acceptance;
use super::handler::Handlers;
use super::heart::Heart;
use super::shared::{Settings, Shared};
use super::{Context, TaskFailure, Worker, identity};
use crate::{Client, Job};

/// The longest that the server lets a dequeue wait.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Builds a [`Worker`].
#[derive(Debug)]
pub struct WorkerBuilder {
    client: Client,
    handlers: Handlers,
    worker_id: Option<String>,
    settings: Settings,
}

impl Worker {
    /// A worker of `client`'s server.
    pub fn builder(client: Client) -> WorkerBuilder {
        WorkerBuilder::new(client)
    }
}

impl WorkerBuilder {
    fn new(client: Client) -> Self {
        let settings = Settings {
            concurrency: 1,
            wait: Duration::from_secs(20),
            lease: None,
            progress_interval: Duration::from_secs(1),
            stop_wait: Duration::from_secs(30),
            cancel_grace: Duration::from_secs(5),
        };
        Self { client, handlers: Handlers::default(), worker_id: None, settings }
    }

    /// Runs tasks of `type` with `handler`, which gets the payload and returns the result.
    ///
    /// A payload that is no `P` fails the task as `data_error`. A handler that blocks its thread makes other slots wait: see
    /// [`WorkerBuilder::blocking_handler`]. Where the producer is in Rust too, [`WorkerBuilder::job`] is the safer way.
    #[must_use]
    pub fn handler<P, R, F, Fut>(mut self, r#type: impl Into<String>, handler: F) -> Self
    where
        P: DeserializeOwned + Send,
        R: Serialize,
        F: Fn(P, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, TaskFailure>> + Send + 'static,
    {
        self.handlers.add(r#type.into(), handler);
        self
    }

    /// Runs tasks of type `J` with `handler`.
    #[must_use]
    pub fn job<J, F, Fut>(self, _: J, handler: F) -> Self
    where
        J: Job,
        F: Fn(J::Payload, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<J::Result, TaskFailure>> + Send + 'static,
    {
        self.handler(J::TYPE, handler)
    }

    /// Runs tasks of `type` with `handler`, on a thread where it may block.
    ///
    /// Nothing can abort a blocking handler: it has to look at [`Context::cancellation`] now and then. One that does not goes on
    /// after its task was given up, and the process cannot end before it does. It waits for a future by
    /// `tokio::runtime::Handle::current().block_on(…)`.
    #[must_use]
    pub fn blocking_handler<P, R, F>(mut self, r#type: impl Into<String>, handler: F) -> Self
    where
        P: DeserializeOwned + Send + 'static,
        R: Serialize + Send + 'static,
        F: Fn(P, &Context) -> Result<R, TaskFailure> + Send + Sync + 'static,
    {
        self.handlers.add_blocking(r#type.into(), handler);
        self
    }

    /// Runs tasks of type `J` with `handler`, on a thread where it may block, as [`WorkerBuilder::blocking_handler`] does.
    #[must_use]
    pub fn blocking_job<J, F>(self, _: J, handler: F) -> Self
    where
        J: Job,
        J::Payload: 'static,
        J::Result: Send + 'static,
        F: Fn(J::Payload, &Context) -> Result<J::Result, TaskFailure> + Send + Sync + 'static,
    {
        self.blocking_handler(J::TYPE, handler)
    }

    /// What the worker calls itself, 1 to 200 characters; default host name, process id and a random part.
    #[must_use]
    pub fn worker_id(self, worker_id: impl Into<String>) -> Self {
        Self { worker_id: Some(worker_id.into()), ..self }
    }

    /// How many tasks run at once, at least 1, default 1; those of types with a [`WorkerBuilder::concurrency_of`] their own are
    /// not counted.
    #[must_use]
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.settings.concurrency = concurrency.max(1);
        self
    }

    /// Reserves slots for `type`, at least 1: as many of its tasks run at once, whatever other types do.
    #[must_use]
    pub fn concurrency_of(mut self, r#type: impl Into<String>, concurrency: usize) -> Self {
        self.handlers.assign_slots(r#type.into(), concurrency.max(1));
        self
    }

    /// How long one dequeue waits for a task, 1 to 60 s, default 20 s.
    #[must_use]
    pub fn wait(mut self, wait: Duration) -> Self {
        self.settings.wait = wait.clamp(Duration::from_secs(1), LONGEST_WAIT);
        self
    }

    /// How long a lease lasts without a heartbeat, 1 s to 1 day; default what each job says. Heartbeats are
    /// sent at a third of it.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.settings.lease = Some(lease);
        self
    }

    /// The shortest time between two progress reports of a task, default 1 s; of those that come between,
    /// the latest is sent.
    #[must_use]
    pub fn progress_interval(mut self, interval: Duration) -> Self {
        self.settings.progress_interval = interval;
        self
    }

    /// How long a stopping worker waits for handlers before it cancels them, default 30 s.
    #[must_use]
    pub fn stop_wait(mut self, wait: Duration) -> Self {
        self.settings.stop_wait = wait;
        self
    }

    /// How long a cancelled handler may go on before it is aborted at its next await, default 5 s.
    #[must_use]
    pub fn cancel_grace(mut self, grace: Duration) -> Self {
        self.settings.cancel_grace = grace;
        self
    }

    /// The worker, ready to run.
    pub fn build(self) -> Worker {
        let shared = Shared {
            client: self.client,
            handlers: self.handlers,
            worker_id: self.worker_id.unwrap_or_else(identity::default_worker_id),
            settings: self.settings,
            heart: Heart::default(),
            journal: Arc::default(),
            acceptance: Acceptance::default(),
            stopping: CancellationToken::new(),
            halted: CancellationToken::new(),
        };
        Worker { shared: Arc::new(shared) }
    }
}
