//! How an attempt ends: what its report, or its lease running out, makes of its task.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{
    Category, Directive, Json, Outcome, RetryDecision, RetryPolicy, TaskState, Verb, seconds,
};

use super::report::{Complete, Fail, Release};
use crate::db::Session;
use crate::failures::NewFailure;
use crate::input::Checkpoint;
use crate::view::Failure;

/// An attempt's end, to be written.
pub(super) struct End<'a> {
    /// `None`: the sweeper's.
    pub(super) verb: Option<Verb>,
    pub(super) outcome: Outcome,
    /// Its task's from now on.
    pub(super) state: TaskState,
    /// How long the task waits, where it is tried again.
    pub(super) delay_seconds: Option<f64>,
    pub(super) result: Option<&'a str>,
    /// What went wrong.
    pub(super) error: Option<Failure>,
    /// What went wrong in the last attempt that failed, where this one says nothing of it: shown, not written.
    pub(super) earlier_error: Option<Failure>,
    /// The checkpoint that it leaves: shown; written is only what is new.
    pub(super) checkpoint: Option<String>,
    pub(super) metrics: Option<&'a str>,
}

impl<'a> End<'a> {
    pub(super) fn completed(report: &'a Complete) -> Self {
        Self {
            result: report.result.as_ref().map(Json::as_str),
            metrics: report.metrics.as_ref().map(Json::as_str),
            ..Self::new(Verb::Complete, Outcome::Succeeded, TaskState::Succeeded)
        }
    }

    pub(super) fn released(report: &Release, standing: &Standing) -> Self {
        Self {
            earlier_error: standing.last_error.clone(),
            checkpoint: standing.checkpoint_after(&report.checkpoint),
            ..Self::new(Verb::Release, Outcome::Released, TaskState::Queued).again(report.delay)
        }
    }

    pub(super) fn failed(report: &'a Fail, standing: &Standing) -> Self {
        let error = Failure {
            category: report.error.category.to_string(),
            message: report.error.message.to_string(),
            detail: report.error.detail.as_ref().map(|json| json.as_str().to_owned()),
        };
        Self {
            metrics: report.metrics.as_ref().map(Json::as_str),
            checkpoint: standing.checkpoint_after(&report.checkpoint),
            ..Self::of_error(Some(Verb::Fail), error, report.directive, standing)
        }
    }

    pub(super) fn expired(timed_out: bool, standing: &Standing) -> Self {
        let (category, message) = if timed_out {
            (Category::TIMEOUT, "the attempt ran past the job's timeout_seconds")
        } else {
            (Category::LEASE_EXPIRED, "the lease expired before a report or heartbeat came")
        };
        let error = Failure { category: category.to_owned(), message: message.to_owned(), detail: None };
        Self::of_error(None, error, Directive::Auto, standing)
    }

    /// Why the state changed otherwise than by success: the error's category, or that the lease was released.
    pub(super) fn reason(&self) -> Option<&str> {
        match self.outcome {
            Outcome::Released => Some("released"),
            _ => self.error.as_ref().map(|error| error.category.as_str()),
        }
    }

    /// Whether its task has failed with it.
    pub(super) fn fails_for_good(&self) -> bool {
        self.state == TaskState::Failed
    }

    /// What is written of one that fails for good: of this task, with this number, of a job with its type, which ended then.
    pub(super) fn failure<'e>(
        &'e self,
        task_id: Uuid,
        attempt: i32,
        (job_id, type_name): (Uuid, &'e str),
        failed_at: Option<DateTime<Utc>>,
    ) -> Option<NewFailure<'e>> {
        let error = self.error.as_ref().filter(|_| self.fails_for_good())?;
        let (category, message) = (error.category.as_str(), error.message.as_str());
        Some(NewFailure { task_id, attempt, job_id, type_name, category, message, failed_at: failed_at? })
    }

    fn of_error(verb: Option<Verb>, error: Failure, directive: Directive, standing: &Standing) -> Self {
        let chance = fastrand::f64() * 2.0 - 1.0;
        let (attempt, most) = (standing.attempt, standing.max_attempts);
        let decision = standing.policy.decide(attempt, most, &error.category, directive, chance);
        let base = Self::new(Verb::Fail, Outcome::Failed, TaskState::Failed);
        let base = Self { verb, error: Some(error), ..base };
        match decision {
            RetryDecision::Fail => base,
            RetryDecision::Again(delay) => base.again(delay),
        }
    }

    fn new(verb: Verb, outcome: Outcome, state: TaskState) -> Self {
        Self {
            verb: Some(verb),
            outcome,
            state,
            delay_seconds: None,
            result: None,
            error: None,
            earlier_error: None,
            checkpoint: None,
            metrics: None,
        }
    }

    fn again(self, delay: Duration) -> Self {
        // What rounds to nothing in the store's microseconds waits for nothing.
        let due = delay.as_micros() == 0;
        let state = if due { TaskState::Queued } else { TaskState::Scheduled };
        Self { state, delay_seconds: (!due).then(|| seconds(delay)), ..self }
    }
}

/// Ends as the statements take them: by column; `None` where no end has any.
pub(super) struct Columns<'e> {
    pub(super) states: Vec<&'e str>,
    pub(super) delays: Option<Vec<Option<f64>>>,
    pub(super) verbs: Vec<Option<&'e str>>,
    pub(super) outcomes: Vec<&'e str>,
    pub(super) results: Option<Vec<Option<&'e str>>>,
    pub(super) metrics: Option<Vec<Option<&'e str>>>,
    pub(super) categories: Option<Vec<Option<&'e str>>>,
    pub(super) messages: Option<Vec<Option<&'e str>>>,
    pub(super) details: Option<Vec<Option<&'e str>>>,
}

impl<'e> Columns<'e> {
    pub(super) fn of<'a: 'e>(ends: &(impl Iterator<Item = &'e End<'a>> + Clone)) -> Self {
        let each = || ends.clone();
        let errors = || each().map(|end| end.error.as_ref());
        Self {
            states: each().map(|end| end.state.as_str()).collect(),
            verbs: each().map(|end| end.verb.map(Verb::as_str)).collect(),
            outcomes: each().map(|end| end.outcome.as_str()).collect(),
            delays: any(each().map(|end| end.delay_seconds)),
            results: any(each().map(|end| end.result)),
            metrics: any(each().map(|end| end.metrics)),
            categories: any(errors().map(|error| Some(error?.category.as_str()))),
            messages: any(errors().map(|error| Some(error?.message.as_str()))),
            details: any(errors().map(|error| error?.detail.as_deref())),
        }
    }
}

fn any<T>(column: impl Iterator<Item = Option<T>>) -> Option<Vec<Option<T>>> {
    let column: Vec<Option<T>> = column.collect();
    column.iter().any(Option::is_some).then_some(column)
}

/// What decides whether a failed attempt is followed by another, and what has gone before. It never changes while the lease is current, so that
/// it may be read before anything is locked.
pub(super) struct Standing {
    attempt: i32,
    max_attempts: i32,
    policy: RetryPolicy,
    last_error: Option<Failure>,
    checkpoint: Option<String>,
}

impl Standing {
    fn checkpoint_after(&self, said: &Checkpoint) -> Option<String> {
        if said.is_said() { said.json().map(str::to_owned) } else { self.checkpoint.clone() }
    }
}

/// The standing of the attempts of these leases, by task and token; those that are not current are left out.
pub(super) async fn read_standings(
    connection: &mut Session,
    leases: &[(Uuid, Uuid)],
) -> Result<HashMap<Uuid, Standing>, sqlx::Error> {
    if leases.is_empty() {
        return Ok(HashMap::new());
    }
    let (tasks, tokens): (Vec<Uuid>, Vec<Uuid>) = leases.iter().copied().unzip();
    let rows = sqlx::query!(
        r#"SELECT t.id, l.attempt, t.max_attempts, s.max_attempts AS granted,
                s.initial_delay_seconds, s.factor, s.max_delay_seconds, s.jitter, s.non_retryable,
                o.category AS "category?", o.message AS "message?", o.detail AS "detail?", k.checkpoint AS "checkpoint?"
         FROM unnest($1::uuid[], $2::uuid[]) AS r (id, token)
         CROSS JOIN LATERAL (SELECT attempt FROM leases WHERE task_id = r.id AND token = r.token OFFSET 0) l
         JOIN tasks t ON t.id = r.id
         JOIN job_specs s ON s.job_id = t.job_id
         LEFT JOIN LATERAL (
             SELECT category, message, detail FROM task_outcomes WHERE task_id = r.id ORDER BY attempt DESC LIMIT 1
         ) o ON true
         -- The job's row, which may be hot, is looked at only where there is one.
         LEFT JOIN LATERAL (
             SELECT checkpoint FROM task_checkpoints
             WHERE task_id = r.id AND run >= (SELECT all_again_run FROM jobs WHERE id = t.job_id)
         ) k ON true"#,
        &tasks,
        &tokens,
    )
    .fetch_all(connection)
    .await?;
    let length = Duration::from_secs_f64;
    let standings = rows.into_iter().map(|row| {
        let policy = RetryPolicy {
            max_attempts: row.granted,
            initial_delay: length(row.initial_delay_seconds),
            factor: row.factor,
            max_delay: length(row.max_delay_seconds),
            jitter: row.jitter,
            non_retryable: row.non_retryable,
        };
        let (error, detail) = (row.category.zip(row.message), row.detail);
        let last_error = error.map(|(category, message)| Failure { category, message, detail });
        let standing = Standing {
            attempt: row.attempt,
            max_attempts: row.max_attempts,
            policy,
            last_error,
            checkpoint: row.checkpoint,
        };
        (row.id, standing)
    });
    Ok(standings.collect())
}
