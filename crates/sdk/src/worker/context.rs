//! What a handler knows and may say beside its result.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use windlass_wire::{AddToJob, LeasedTask, NewTask, TaskProgress};

use super::Shared;
use crate::Client;

/// A handler's view of its task; cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    task: LeasedTask,
    client: Client,
    cancellation: CancellationToken,
    stopping: CancellationToken,
    progress: watch::Sender<Option<TaskProgress>>,
    extras: Mutex<Extras>,
}

/// What goes with the report.
#[derive(Debug, Default)]
pub(super) struct Extras {
    pub(super) add_tasks: Vec<AddToJob>,
    pub(super) metrics: BTreeMap<String, f64>,
}

impl Context {
    pub(super) fn new(shared: &Shared, task: LeasedTask) -> (Self, watch::Receiver<Option<TaskProgress>>) {
        let (progress, latest) = watch::channel(None);
        let inner = Inner {
            task,
            client: shared.client.clone(),
            cancellation: CancellationToken::new(),
            stopping: shared.stopping.clone(),
            progress,
            extras: Mutex::default(),
        };
        (Self { inner: Arc::new(inner) }, latest)
    }

    /// The task as it was leased: its attempt, its job, what the job's tasks share, its trace context.
    pub fn task(&self) -> &LeasedTask {
        &self.inner.task
    }

    /// The worker's client, for calls of the handler's own.
    pub fn client(&self) -> &Client {
        &self.inner.client
    }

    /// Tells how far the task is, in units of the handler's own. It never waits: reports are sent beside the
    /// handler, not more often than [`progress_interval`](super::WorkerBuilder::progress_interval), the
    /// latest winning. An empty message is none.
    pub fn progress(&self, current: f64, total: Option<f64>, message: impl Into<String>) {
        let message = Some(message.into()).filter(|message| !message.is_empty());
        self.inner.progress.send_replace(Some(TaskProgress { current, total, message }));
    }

    /// Keeps a number with the attempt, up to 32 of them: `cpu_seconds`, `max_rss_bytes`, anything.
    pub fn metric(&self, name: impl Into<String>, value: f64) {
        self.extras().metrics.insert(name.into(), value);
    }

    /// Adds tasks to an unsealed job of the same pipeline, together with this task's completion or not at
    /// all; up to 10,000 in all.
    pub fn add_tasks(&self, job: impl Into<String>, tasks: impl IntoIterator<Item = NewTask>) {
        let job = job.into();
        self.addition(&job, |addition| addition.tasks.extend(tasks));
    }

    /// Seals a job of the same pipeline, after what is added to it, together with this task's completion.
    pub fn seal(&self, job: impl Into<String>) {
        self.addition(&job.into(), |addition| addition.seal = true);
    }

    /// Cancelled when going on is pointless: the lease is lost, the task was cancelled, or a stopping worker
    /// waits no longer. A handler that does not heed it is aborted a little later, at its next await.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.inner.cancellation
    }

    /// Cancelled as soon as the worker begins to stop: a long handler may save its work and release the task.
    pub fn stopping(&self) -> &CancellationToken {
        &self.inner.stopping
    }

    /// What goes with the report; nothing is left behind.
    pub(super) fn take_extras(&self) -> Extras {
        std::mem::take(&mut *self.extras())
    }

    fn addition(&self, job: &str, change: impl FnOnce(&mut AddToJob)) {
        let mut extras = self.extras();
        let additions = &mut extras.add_tasks;
        let known = additions.iter().position(|addition| addition.job == job);
        let at = known.unwrap_or_else(|| {
            additions.push(AddToJob { job: job.to_owned(), ..AddToJob::default() });
            additions.len() - 1
        });
        change(&mut additions[at]);
    }

    /// A handler that panicked leaves whole values behind, so its poison means nothing here.
    fn extras(&self) -> MutexGuard<'_, Extras> {
        self.inner.extras.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
