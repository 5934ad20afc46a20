//! What a handler knows and may say beside its result.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use windlass_wire::{AddToJob, Json, LeasedTask, LogLevel, NewOutcome, NewTask, TaskProgress};

use super::{Cancellation, TaskLog};
use crate::{Client, Error, Job, TraceContext};

/// What a handler last said beside its result, as it is to be sent.
pub(super) type Latest = watch::Receiver<Said>;

/// What a handler last said of how far it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) progress: Option<TaskProgress>,
    pub(super) checkpoint: Option<Json>,
}

/// Bytes that a checkpoint may have.
const CHECKPOINT_BYTES: usize = 64 * 1024;

/// A handler's view of its task; cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    task: LeasedTask,
    client: Client,
    deadline: Option<Instant>,
    cancellation: CancellationToken,
    cause: OnceLock<Cancellation>,
    stopping: CancellationToken,
    said: watch::Sender<Said>,
    /// The last checkpoint that the server has.
    sent_checkpoint: Mutex<Option<Json>>,
    log: TaskLog,
    extras: Mutex<Extras>,
}

/// What goes with the report.
#[derive(Debug, Default)]
pub(super) struct Extras {
    pub(super) add_tasks: Vec<AddToJob>,
    pub(super) metrics: BTreeMap<String, f64>,
    pub(super) outcomes: Vec<NewOutcome>,
}

impl Context {
    /// The context of a task of a worker that calls with `client` and cancels `stopping` when it stops.
    pub(super) fn new(
        client: &Client,
        stopping: &CancellationToken,
        task: LeasedTask,
        log: TaskLog,
    ) -> (Self, Latest) {
        let (said, latest) = watch::channel(Said::default());
        let client = match TraceContext::of(&task) {
            Some(context) => client.traced(context),
            None => client.clone(),
        };
        let timeout = task.timeout_seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let inner = Inner {
            task,
            client,
            deadline: timeout.and_then(|timeout| Instant::now().checked_add(timeout)),
            cancellation: CancellationToken::new(),
            cause: OnceLock::new(),
            stopping: stopping.clone(),
            said,
            sent_checkpoint: Mutex::default(),
            log,
            extras: Mutex::default(),
        };
        (Self { inner: Arc::new(inner) }, latest)
    }

    /// The task as it was leased: its attempt, its job, what the job's tasks share, its trace context.
    pub fn task(&self) -> &LeasedTask {
        &self.inner.task
    }

    /// The number of this attempt, from 1.
    pub fn attempt(&self) -> u32 {
        self.inner.task.attempt
    }

    /// Whether a failure of this attempt ends the task.
    pub fn is_last_attempt(&self) -> bool {
        self.inner.task.attempt >= self.inner.task.max_attempts
    }

    /// About when the job's `timeout_seconds` end this attempt, as this machine measures lengths; the server decides. None
    /// without a timeout.
    pub fn deadline(&self) -> Option<Instant> {
        self.inner.deadline
    }

    /// The results of the succeeded tasks of an earlier job of the same pipeline, in the order in which the tasks were added.
    pub fn results<R: DeserializeOwned>(&self, job: &str) -> impl Stream<Item = Result<R, Error>> + use<R> {
        self.inner.client.results_as(self.inner.task.pipeline_id, job)
    }

    /// [`Context::results`] of a job of type `J`.
    pub fn results_of<J: Job>(
        &self,
        _: J,
        job: &str,
    ) -> impl Stream<Item = Result<J::Result, Error>> + use<J> {
        self.results(job)
    }

    /// The worker's client, for calls of the handler's own; they carry the trace of the task.
    pub fn client(&self) -> &Client {
        &self.inner.client
    }

    /// Reports how far the task is, in units of the handler's own. It never waits: reports are sent beside the
    /// handler, not more often than [`progress_interval`](super::WorkerBuilder::progress_interval), the
    /// latest winning. An empty message is none.
    pub fn progress(&self, current: f64, total: Option<f64>, message: impl Into<String>) {
        let message = Some(message.into()).filter(|message| !message.is_empty());
        let progress = TaskProgress { current, total, message };
        self.inner.said.send_modify(|said| said.progress = Some(progress));
    }

    /// Leaves something for the next attempt of this task, up to 64 KiB as JSON, in place of what was left before: how far it is, so that
    /// it need not begin anew. It never waits: it is sent beside the handler as [`Context::progress`] is, the latest winning, and what is left then
    /// with the report. A success needs none, and drops it.
    ///
    /// # Errors
    /// When the value has no JSON form, or one of more than 64 KiB; then nothing has changed.
    pub fn checkpoint<T: Serialize + ?Sized>(&self, value: &T) -> serde_json::Result<()> {
        let json = Json::of(value)?;
        let bytes = json.text().len();
        if bytes > CHECKPOINT_BYTES {
            let error = format!("a checkpoint has at most {CHECKPOINT_BYTES} bytes, this one has {bytes}");
            return Err(serde::ser::Error::custom(error));
        }
        self.inner.said.send_modify(|said| said.checkpoint = Some(json));
        Ok(())
    }

    /// What an earlier attempt left by [`Context::checkpoint`]; none if none did.
    ///
    /// # Errors
    /// When it is not what a `T` looks like.
    pub fn resumed_from<T: DeserializeOwned>(&self) -> serde_json::Result<Option<T>> {
        self.inner.task.checkpoint.as_ref().map(Json::parse).transpose()
    }

    /// Writes a line into the task's log, for people. It neither waits nor fails: lines are gathered for a second and sent beside the handler, and what
    /// is left then goes with the report. While the server cannot be reached for long, lines are dropped, and the log says how many. With the feature
    /// `log-layer` what the handler logs by `tracing` gets there by itself.
    pub fn log(&self, level: LogLevel, message: impl Into<String>) {
        self.inner.log.write(level, message.into(), None);
    }

    /// [`Context::log`] with an object of further words, up to 4 KiB as JSON.
    pub fn log_with<T: Serialize + ?Sized>(&self, level: LogLevel, message: impl Into<String>, fields: &T) {
        self.inner.log.write(level, message.into(), Json::of(fields).ok());
    }

    /// Stores a number with the attempt, up to 32 of them: `cpu_seconds`, `max_rss_bytes`, anything.
    pub fn metric(&self, name: impl Into<String>, value: f64) {
        self.extras().metrics.insert(name.into(), value);
    }

    /// Records what became of an item that the task handled; `disposition` is a word such as `succeeded`, `failed`, `skipped`, `absent` or
    /// `not_applicable`. More can be said of it by [`Context::outcome_of`].
    ///
    /// Outcomes are collected and sent with the report, whether the task succeeds or fails; those of a task that is released are dropped, with what it did.
    /// What a report cannot take, more than 10,000, is sent just before it. A handler with very many items sends them itself, as they
    /// come: [`Client::record_outcomes`].
    pub fn outcome(&self, subject: impl Into<String>, disposition: impl Into<String>) {
        self.outcome_of(NewOutcome {
            subject: subject.into(),
            disposition: disposition.into(),
            ..NewOutcome::default()
        });
    }

    /// [`Context::outcome`] with its kind, reason, version and detail.
    pub fn outcome_of(&self, outcome: NewOutcome) {
        self.extras().outcomes.push(outcome);
    }

    /// Adds tasks to an unsealed job of the same pipeline, together with this task's completion or not at
    /// all; up to 10,000 in all.
    pub fn add_tasks(&self, job: impl Into<String>, tasks: impl IntoIterator<Item = NewTask>) {
        let job = job.into();
        self.addition(&job, |addition| addition.tasks.extend(tasks));
    }

    /// [`Context::add_tasks`] to a job of type `J`, one for each of `payloads`.
    ///
    /// # Errors
    /// When a payload has no JSON form; then none is added.
    pub fn add<'a, J: Job>(
        &self,
        _: J,
        job: impl Into<String>,
        payloads: impl IntoIterator<Item = &'a J::Payload>,
    ) -> serde_json::Result<()>
    where
        J::Payload: 'a,
    {
        let tasks: Vec<_> = payloads.into_iter().map(J::task).collect::<Result<_, _>>()?;
        self.add_tasks(job, tasks);
        Ok(())
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

    /// Why [`Context::cancellation`] is cancelled; none as long as it is not.
    pub fn cancelled_by(&self) -> Option<Cancellation> {
        self.inner.cause.get().copied()
    }

    /// Cancelled as soon as the worker begins to stop: a long handler may save its work and release the task.
    pub fn stopping(&self) -> &CancellationToken {
        &self.inner.stopping
    }

    /// The checkpoint that goes with the report: one that the server does not have yet.
    pub(super) fn unsent_checkpoint(&self) -> Option<Json> {
        let said = self.inner.said.borrow().checkpoint.clone();
        said.filter(|checkpoint| self.sent_checkpoint().as_ref() != Some(checkpoint))
    }

    /// The server has this checkpoint.
    pub(super) fn checkpoint_sent(&self, checkpoint: Json) {
        *self.sent_checkpoint() = Some(checkpoint);
    }

    fn sent_checkpoint(&self) -> MutexGuard<'_, Option<Json>> {
        self.inner.sent_checkpoint.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the handler to stop, and says why.
    pub(super) fn cancel(&self, cause: Cancellation) {
        // The first cause is the one that counts.
        let _ = self.inner.cause.set(cause);
        self.inner.cancellation.cancel();
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
