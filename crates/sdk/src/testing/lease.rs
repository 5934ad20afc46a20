//! One task's life, in the contract's words.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_wire::{
    Code, Json, LeasedTask, LogLine, Problem, ReportedError, RetryDirective, Task, TaskError, TaskProgress,
    TaskState,
};

use super::TestTask;

/// Categories after which the contract's default policy makes no further attempt.
const NON_RETRYABLE: [&str; 5] =
    ["validation_error", "data_error", "configuration_error", "authentication_failed", "permission_error"];

/// What was accepted of a lease's holder, to be answered again.
pub(super) type Verb = &'static str;

/// A task and what became of it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) definition: TestTask,
    pub(super) task: Task,
    lease: Option<Lease>,
    accepted: Vec<(Uuid, Verb)>,
    pub(super) log: Vec<LogLine>,
}

#[derive(Debug)]
struct Lease {
    token: Uuid,
    length: Duration,
    expires_at: DateTime<Utc>,
    times_out_at: Option<DateTime<Utc>>,
}

impl Entry {
    pub(super) fn new(definition: TestTask, pipeline_id: Uuid, now: DateTime<Utc>) -> Self {
        let task = Task {
            id: Uuid::now_v7(),
            job_id: Uuid::now_v7(),
            pipeline_id,
            r#type: definition.r#type.clone(),
            state: TaskState::Queued,
            payload: definition.payload.clone(),
            metadata: Json::empty_object(),
            attempt: 0,
            max_attempts: definition.max_attempts,
            run_at: None,
            progress: None,
            result: None,
            checkpoint: None,
            error: None,
            worker_id: None,
            lease_expires_at: None,
            created_at: now,
            started_at: None,
            ended_at: None,
        };
        Self { definition, task, lease: None, accepted: Vec::new(), log: Vec::new() }
    }

    /// Leases the task to a worker.
    pub(super) fn take(
        &mut self,
        worker_id: &str,
        length: Option<Duration>,
        now: DateTime<Utc>,
    ) -> LeasedTask {
        let length = length.unwrap_or(self.definition.lease);
        let token = Uuid::new_v4();
        let times_out_at = self.definition.timeout.map(|timeout| now + timeout);
        self.lease = Some(Lease { token, length, expires_at: now + length, times_out_at });
        self.task.attempt += 1;
        self.task.state = TaskState::Running;
        self.task.run_at = None;
        self.task.worker_id = Some(worker_id.to_owned());
        self.task.lease_expires_at = Some(now + length);
        self.task.started_at.get_or_insert(now);
        LeasedTask {
            id: self.task.id,
            r#type: self.task.r#type.clone(),
            job_id: self.task.job_id,
            job_key: self.task.r#type.clone(),
            pipeline_id: self.task.pipeline_id,
            pipeline_name: "test".to_owned(),
            attempt: self.task.attempt,
            max_attempts: self.task.max_attempts,
            payload: self.definition.payload.clone(),
            job_payload: self.definition.job_payload.clone(),
            metadata: Json::empty_object(),
            checkpoint: self.task.checkpoint.clone(),
            lease_token: token,
            lease_expires_at: now + length,
            timeout_seconds: self.definition.timeout.map(|timeout| timeout.as_secs_f64()),
            correlation_id: "test".to_owned(),
            traceparent: self.definition.traceparent.clone(),
            tracestate: None,
        }
    }

    /// Renews the lease, and says when it ends now.
    pub(super) fn renew(
        &mut self,
        token: Uuid,
        length: Option<Duration>,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, Box<Problem>> {
        let state = self.task.state;
        let lease = self.lease.as_mut().filter(|lease| lease.token == token).ok_or_else(|| lost(state))?;
        lease.length = length.unwrap_or(lease.length);
        lease.expires_at = now + lease.length;
        self.task.lease_expires_at = Some(lease.expires_at);
        Ok(lease.expires_at)
    }

    /// What a report says of the checkpoint; null takes it away.
    pub(super) fn keep_checkpoint(&mut self, said: Option<Json>) {
        if let Some(said) = said {
            self.task.checkpoint = Some(said).filter(|json| json.text() != "null");
        }
    }

    /// Takes lines of the lease's holder.
    pub(super) fn log(&mut self, token: Uuid, lines: Vec<LogLine>) -> Result<(), Box<Problem>> {
        if self.lease.as_ref().is_none_or(|lease| lease.token != token) {
            return Err(lost(self.task.state));
        }
        self.log.extend(lines);
        Ok(())
    }

    pub(super) fn progress(&mut self, progress: TaskProgress) {
        self.task.progress = Some(progress);
    }

    /// Refuses what comes with a token that is not current.
    pub(super) fn check(&self, token: Uuid) -> Result<(), Box<Problem>> {
        let current = self.lease.as_ref().is_some_and(|lease| lease.token == token);
        current.then_some(()).ok_or_else(|| lost(self.task.state))
    }

    /// Takes the lease for a report; true when the same report was accepted before.
    pub(super) fn accept(&mut self, token: Uuid, verb: Verb) -> Result<bool, Box<Problem>> {
        if self.accepted.contains(&(token, verb)) {
            return Ok(true);
        }
        self.check(token)?;
        self.accepted.push((token, verb));
        Ok(false)
    }

    pub(super) fn complete(&mut self, result: Option<Json>, now: DateTime<Utc>) {
        self.task.result = Some(result.unwrap_or_default());
        self.task.checkpoint = None;
        self.end(TaskState::Succeeded, now);
    }

    pub(super) fn fail(&mut self, error: ReportedError, retry: RetryDirective, now: DateTime<Utc>) {
        let delay = match retry {
            RetryDirective::Never => None,
            RetryDirective::AfterSeconds(seconds) => Duration::try_from_secs_f64(seconds).ok(),
            RetryDirective::Auto if NON_RETRYABLE.contains(&error.category.as_str()) => None,
            RetryDirective::Auto => Some(self.definition.retry_delay),
        };
        let ReportedError { category, message, detail } = error;
        self.task.error = Some(TaskError { category, message, detail });
        match delay.filter(|_| self.task.attempt < self.task.max_attempts) {
            Some(delay) => self.wait(delay, now),
            None => self.end(TaskState::Failed, now),
        }
    }

    pub(super) fn release(&mut self, delay: Duration, now: DateTime<Utc>) {
        self.task.attempt -= 1;
        self.wait(delay, now);
    }

    pub(super) fn cancel(&mut self, now: DateTime<Utc>) {
        if self.task.ended_at.is_none() {
            self.end(TaskState::Cancelled, now);
        }
    }

    /// What time brings: leases end, and delays pass.
    pub(super) fn tick(&mut self, now: DateTime<Utc>) {
        let due = self.lease.as_ref().and_then(|lease| {
            let timed_out = lease.times_out_at.is_some_and(|at| at <= now);
            let expired = (lease.expires_at <= now).then_some("lease_expired");
            if timed_out { Some("timeout") } else { expired }
        });
        if let Some(category) = due {
            let message = "ended by the server".to_owned();
            let error = ReportedError { category: category.to_owned(), message, detail: None };
            self.fail(error, RetryDirective::Auto, now);
        }
        if self.task.state == TaskState::Scheduled && self.task.run_at.is_none_or(|at| at <= now) {
            self.task.state = TaskState::Queued;
        }
    }

    fn wait(&mut self, delay: Duration, now: DateTime<Utc>) {
        self.let_go();
        let waits = !delay.is_zero();
        self.task.state = if waits { TaskState::Scheduled } else { TaskState::Queued };
        self.task.run_at = waits.then(|| now + delay);
    }

    fn end(&mut self, state: TaskState, now: DateTime<Utc>) {
        self.let_go();
        self.task.state = state;
        self.task.ended_at = Some(now);
    }

    fn let_go(&mut self) {
        self.lease = None;
        self.task.lease_expires_at = None;
    }
}

fn lost(state: TaskState) -> Box<Problem> {
    let mut problem = Problem::new(Code::LeaseLost, "the lease is no longer the task's current one");
    problem.task_state = Some(state);
    Box::new(problem)
}
