//! The report that ends an attempt.
//!
//! It is repeated until the server answers, for as long as that can matter. What the server refuses is not
//! lost in silence: a refused completion or failure is reported as a failure that tells why.

use std::time::Duration;

use windlass_wire::{Complete, Fail, Json, LeasedTask, Release, ReportedError, RetryDirective};

use super::context::Extras;
use super::failure::{Ending, chain, reported};
use super::{Context, Shared, TaskFailure};
use crate::resilience::Backoff;
use crate::{Client, Error};

/// How long a report is repeated at least; a database that restarts is back by then.
const PATIENCE: Duration = Duration::from_mins(2);
/// The longest delay between two repetitions.
const LONGEST_DELAY: Duration = Duration::from_secs(5);

/// Reports on one lease.
pub(super) struct Reporter<'a> {
    client: Client,
    task: &'a LeasedTask,
}

impl<'a> Reporter<'a> {
    /// A reporter that repeats faster than the lease, which beats every `beat`, runs out: the sweeper of a
    /// server that comes back must not be first.
    pub(super) fn new(shared: &Shared, task: &'a LeasedTask, beat: Duration) -> Self {
        let min_delay = Duration::from_millis(100);
        let max_delay = beat.clamp(min_delay, LONGEST_DELAY);
        let backoff = Backoff { min_delay, max_delay, total_delay: PATIENCE.max(beat * 3) };
        Self { client: Client { backoff, ..shared.client.clone() }, task }
    }

    /// Tells the server how the attempt ended.
    pub(super) async fn report(&self, outcome: Result<Json, TaskFailure>, context: &Context) {
        let extras = context.take_extras();
        let reported = match outcome {
            Ok(result) => self.complete(result, extras).await,
            Err(TaskFailure(Ending::Failed { error, retry })) => self.fail(error, retry, extras).await,
            Err(TaskFailure(Ending::Released { delay })) => self.release(delay).await,
        };
        match reported {
            Ok(()) => {}
            Err(error) if error.is_lease_lost() => {
                tracing::warn!(task_id = %self.task.id, %error, "the report came too late");
            }
            Err(error) => tracing::error!(
                task_id = %self.task.id,
                error = &error as &dyn std::error::Error,
                "cannot report, the lease will expire"
            ),
        }
    }

    async fn complete(&self, result: Json, extras: Extras) -> Result<(), Error> {
        let metrics = Some(extras.metrics).filter(|metrics| !metrics.is_empty());
        let lease_token = self.task.lease_token;
        let complete = Complete { lease_token, result: Some(result), metrics, add_tasks: extras.add_tasks };
        match self.client.complete_task(self.task.id, &complete).await {
            Err(error) if is_refusal(&error) => self.fail_refused("completion", &error).await,
            reported => reported.map(drop),
        }
    }

    async fn fail(&self, error: ReportedError, retry: RetryDirective, extras: Extras) -> Result<(), Error> {
        let metrics = Some(extras.metrics).filter(|metrics| !metrics.is_empty());
        let fail = Fail { lease_token: self.task.lease_token, error, retry: Some(retry), metrics };
        match self.client.fail_task(self.task.id, &fail).await {
            Err(error) if is_refusal(&error) => self.fail_refused("failure", &error).await,
            reported => reported.map(drop),
        }
    }

    async fn release(&self, delay: Option<Duration>) -> Result<(), Error> {
        let delay_seconds = delay.map(|delay| delay.as_secs_f64());
        let release = Release { lease_token: self.task.lease_token, delay_seconds };
        self.client.release_task(self.task.id, &release).await.map(drop)
    }

    /// The same report would be refused again, so the attempt fails for being refused.
    async fn fail_refused(&self, what: &str, refusal: &Error) -> Result<(), Error> {
        let message = format!("the server refused the {what}: {}", chain(refusal));
        let error = reported("validation_error", &message);
        let fail = Fail { lease_token: self.task.lease_token, error, retry: None, metrics: None };
        self.client.fail_task(self.task.id, &fail).await.map(drop)
    }
}

/// Whether the server judged the report itself, rather than the lease or the moment.
fn is_refusal(error: &Error) -> bool {
    error.code().is_some() && !error.is_lease_lost() && !error.is_transient()
}
