//! The report that ends an attempt.
//!
//! It is repeated until the server answers, for as long as that can matter; the lease token makes it count once. A report that the
//! server refuses for good is logged, and never becomes its opposite: what was done is not reported as failed, it is left
//! to the end of its lease. A failure that is refused for what it says is reported with less to say.

use std::time::Duration;

use uuid::Uuid;
use windlass_wire::{
    Complete, Fail, Json, LeasedTask, LogLine, NewOutcome, RecordOutcomes, Release, RetryDirective,
    WriteLogItem,
};

use super::context::Extras;
use super::failure::{Ending, chain, reported};
use super::journal::MOST_LINES;
use super::{Context, TaskFailure};
use crate::resilience::Backoff;
use crate::{Client, Error};

/// How long a report is repeated at least; a database that restarts is back by then.
const PATIENCE: Duration = Duration::from_mins(2);
/// The longest delay between two repetitions, without its random part.
const LONGEST_DELAY: Duration = Duration::from_millis(2500);

/// Outcomes that one call takes.
const MOST_OUTCOMES: usize = 10_000;

/// Reports on one lease.
pub(super) struct Reporter<'a> {
    client: Client,
    task: &'a LeasedTask,
    context: &'a Context,
    lines: Vec<LogLine>,
}

impl<'a> Reporter<'a> {
    /// A reporter that repeats faster than the lease, which beats every `beat`, runs out: the sweeper of a
    /// server that comes back must not be first.
    pub(super) fn new(
        task: &'a LeasedTask,
        context: &'a Context,
        beat: Duration,
        lines: Vec<LogLine>,
    ) -> Self {
        let min_delay = Duration::from_millis(100);
        let max_delay = beat.clamp(min_delay, LONGEST_DELAY);
        let backoff = Backoff { min_delay, max_delay, total_delay: PATIENCE.max(beat * 3) };
        let client = Client { backoff, reports_on_leases: true, ..context.client().clone() };
        Self { client, task, context, lines }
    }

    /// Reports to the server how the attempt ended, and says what came of it: `succeeded`, `failed`, `released`, `lease_lost` or
    /// `unreported`.
    pub(super) async fn report(mut self, outcome: Result<Json, TaskFailure>) -> &'static str {
        self.log_ahead().await;
        let Extras { add_tasks, metrics, outcomes } = self.context.take_extras();
        let metrics = Some(metrics).filter(|metrics| !metrics.is_empty());
        let lease_token = self.task.lease_token;
        let (word, reported) = match outcome {
            Ok(result) => {
                let (result, lines) = (Some(result), self.lines.clone());
                let complete = Complete { lease_token, result, metrics, add_tasks, outcomes, lines };
                ("succeeded", self.complete(complete).await)
            }
            Err(TaskFailure(Ending::Failed { error, retry })) => {
                let (retry, checkpoint, lines) =
                    (Some(retry), self.context.unsent_checkpoint(), self.lines.clone());
                let fail = Fail { lease_token, error, retry, metrics, outcomes, checkpoint, lines };
                ("failed", self.fail(fail).await)
            }
            Err(TaskFailure(Ending::Released { delay })) => {
                let delay_seconds = delay.map(|delay| delay.as_secs_f64());
                ("released", self.release(delay_seconds).await)
            }
        };
        match reported {
            Ok(()) => word,
            Err(error) if error.is_lease_lost() => {
                tracing::warn!(%error, "the report came too late");
                "lease_lost"
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, report = word, "cannot report, the lease will run out");
                "unreported"
            }
        }
    }

    /// Sends the lines that are more than a report takes; the others go with it. A log that cannot be written holds no report up for longer than one call is
    /// repeated.
    async fn log_ahead(&mut self) {
        let mut left = self.lines.len().saturating_sub(MOST_LINES);
        while left > 0 {
            let lines: Vec<LogLine> = self.lines.drain(..left.min(MOST_LINES)).collect();
            let count = lines.len();
            let item = WriteLogItem { id: self.task.id, lease_token: self.task.lease_token, lines };
            // A key for each piece: it counts once, however often it is repeated.
            let client = self.client.idempotent(&Uuid::now_v7().to_string());
            if let Err(error) = client.log_tasks(&[item]).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    lines = left,
                    "cannot send lines of log"
                );
                drop(self.lines.drain(..left - count));
                return;
            }
            left -= count;
        }
    }

    async fn complete(&self, mut complete: Complete) -> Result<(), Error> {
        complete.outcomes = self.record_ahead(complete.outcomes).await?;
        self.client.complete_task(self.task.id, &complete).await.map(drop)
    }

    async fn fail(&self, mut fail: Fail) -> Result<(), Error> {
        let retry = fail.retry.unwrap_or_default();
        let reported = match self.record_ahead(std::mem::take(&mut fail.outcomes)).await {
            Ok(rest) => {
                fail.outcomes = rest;
                self.client.fail_task(self.task.id, &fail).await
            }
            Err(error) => Err(error),
        };
        match reported {
            Err(error) if is_refusal(&error) => self.fail_refused(retry, &error).await,
            reported => reported.map(drop),
        }
    }

    /// Records outcomes that are more than a report takes; returns those that go with it.
    async fn record_ahead(&self, mut outcomes: Vec<NewOutcome>) -> Result<Vec<NewOutcome>, Error> {
        while outcomes.len() > MOST_OUTCOMES {
            let rest = outcomes.split_off(MOST_OUTCOMES);
            let record = RecordOutcomes { lease_token: self.task.lease_token, outcomes };
            // A key for each piece: it counts once, however often it is repeated.
            let client = self.client.idempotent(&Uuid::now_v7().to_string());
            client.record_outcomes(self.task.id, &record).await?;
            outcomes = rest;
        }
        Ok(outcomes)
    }

    async fn release(&self, delay_seconds: Option<f64>) -> Result<(), Error> {
        let lease_token = self.task.lease_token;
        let (checkpoint, lines) = (self.context.unsent_checkpoint(), self.lines.clone());
        let release = Release { lease_token, delay_seconds, checkpoint, lines };
        match self.client.release_task(self.task.id, &release).await {
            // With less to say.
            Err(error) if is_refusal(&error) => {
                let release =
                    Release { lease_token, delay_seconds: None, checkpoint: None, lines: Vec::new() };
                self.client.release_task(self.task.id, &release).await.map(drop)
            }
            reported => reported.map(drop),
        }
    }

    /// The same failure would be refused again, so it is reported for being refused.
    async fn fail_refused(&self, retry: RetryDirective, refusal: &Error) -> Result<(), Error> {
        // A delay may be what was refused; that there is no further attempt must stay.
        let retry = Some(retry).filter(|retry| *retry == RetryDirective::Never);
        let message = format!("the server refused the failure: {}", chain(refusal));
        let error = reported("validation_error", &message);
        let fail = Fail {
            lease_token: self.task.lease_token,
            error,
            retry,
            metrics: None,
            outcomes: Vec::new(),
            checkpoint: None,
            lines: Vec::new(),
        };
        self.client.fail_task(self.task.id, &fail).await.map(drop)
    }
}

/// Whether the server judged the report itself, rather than the lease or the moment.
fn is_refusal(error: &Error) -> bool {
    error.code().is_some() && !error.is_lease_lost() && !error.is_transient()
}
