//! Reading a job: the same fields inside a pipeline and alone.

use std::time::Duration;

use chrono::{DateTime, Utc};
use windlass_domain::{Category, JobKey, Join, Json, Limits, RetryPolicy, Sealing, TypeName};
use windlass_store::{Dependency, NewJob, NewTask};

use super::json::{Field, Object};
use super::tasks::TaskReader;

/// The fields of a job that do not say where in a pipeline it is: all but `key` and `depends_on`.
#[derive(Debug)]
pub(super) struct JobFields {
    type_name: TypeName,
    payload: Option<Json>,
    metadata: Option<Json>,
    sealed: Sealing,
    join: Join,
    retry: RetryPolicy,
    lease: Duration,
    timeout: Option<Duration>,
    max_failed_tasks: i32,
    flags: Flags,
    run_at: Option<DateTime<Utc>>,
    tasks: Option<Vec<NewTask>>,
}

#[derive(Debug)]
struct Flags {
    fail_fast: bool,
    allow_failure: bool,
    paused: bool,
}

impl JobFields {
    /// Takes a job's fields from the object that holds them.
    pub(super) fn take(job: &mut Object<'_>, limits: &Limits, tasks: &TaskReader) -> Option<Self> {
        let type_name = job.required("type", |field| field.text(TypeName::of_new_job));
        let payload = job.optional("payload", |field| field.json(limits.json_bytes));
        let metadata = job.present("metadata", |field| field.json_object(limits.json_bytes));
        let retry = job.present("retry", read_retry).unwrap_or_default();
        let lease = job.present("lease_seconds", |field| field.seconds(Limits::LEASE_SECONDS));
        let timeout = job.optional("timeout_seconds", |field| field.seconds(Limits::TIMEOUT_SECONDS));
        let max_failed_tasks =
            job.present("max_failed_tasks", |field| field.integer(Limits::MAX_FAILED_TASKS));
        let flags = Flags::take(job);
        let run_at = job.optional("run_at", |field| field.instant());
        let sealed = job.present("sealed", read_sealing).unwrap_or_default();
        let tasks = read_tasks(job, sealed, tasks);
        let join = job.present("join", |field| field.word(Join::parse, "all, any")).unwrap_or_default();
        Some(Self {
            type_name: type_name?,
            payload,
            metadata,
            sealed,
            join,
            retry,
            lease: lease.unwrap_or(Limits::LEASE_DEFAULT),
            timeout,
            max_failed_tasks: max_failed_tasks.and_then(|most| i32::try_from(most).ok()).unwrap_or_default(),
            flags,
            run_at,
            tasks,
        })
    }

    /// What workers ask for.
    pub(super) fn type_name(&self) -> &TypeName {
        &self.type_name
    }

    /// The job with its key and edges.
    pub(super) fn with(self, key: JobKey, depends_on: Vec<Dependency>) -> NewJob {
        NewJob {
            key,
            type_name: self.type_name,
            payload: self.payload,
            metadata: self.metadata,
            depends_on,
            join: self.join,
            sealed: self.sealed,
            retry: self.retry,
            lease: self.lease,
            timeout: self.timeout,
            max_failed_tasks: self.max_failed_tasks,
            fail_fast: self.flags.fail_fast,
            allow_failure: self.flags.allow_failure,
            paused: self.flags.paused,
            run_at: self.run_at,
            tasks: self.tasks,
            stage: None,
        }
    }
}

impl Flags {
    fn take(job: &mut Object<'_>) -> Self {
        Self {
            fail_fast: job.present("fail_fast", |field| field.flag()).unwrap_or(true),
            allow_failure: job.present("allow_failure", |field| field.flag()).unwrap_or(false),
            paused: job.present("paused", |field| field.flag()).unwrap_or(false),
        }
    }
}

fn read_sealing(field: Field<'_>) -> Option<Sealing> {
    if field.is_string() {
        return field.word(|word| (word == "on_open").then_some(Sealing::OnOpen), "true, false, \"on_open\"");
    }
    Some(if field.flag()? { Sealing::AtOnce } else { Sealing::Later })
}

/// The tasks of a job; the one that a job sealed at once gets unasked counts as well.
fn read_tasks(job: &mut Object<'_>, sealed: Sealing, tasks: &TaskReader) -> Option<Vec<NewTask>> {
    let mut set = false;
    let read = job.present("tasks", |field| {
        set = true;
        tasks.read(field)
    });
    if sealed == Sealing::AtOnce
        && !set
        && let Err(detail) = tasks.count_one()
    {
        job.refuse("tasks", &detail);
    }
    read
}

fn read_retry(field: Field<'_>) -> Option<RetryPolicy> {
    field.object(|retry| {
        let default = RetryPolicy::default();
        let max_attempts = retry.present("max_attempts", |field| field.integer(Limits::MAX_ATTEMPTS));
        let initial_delay =
            retry.present("initial_delay_seconds", |field| field.seconds(Limits::DELAY_SECONDS));
        let factor = retry.present("factor", |field| field.number(Limits::FACTOR));
        let max_delay = retry.present("max_delay_seconds", |field| field.seconds(Limits::DELAY_SECONDS));
        let jitter = retry.present("jitter", |field| field.number(Limits::JITTER));
        let non_retryable = retry.present("non_retryable", |field| {
            field.each(0..=MOST_CATEGORIES, |category, _| {
                category.text(Category::parse).map(Category::into_string)
            })
        });
        Some(RetryPolicy {
            max_attempts: max_attempts
                .and_then(|most| i32::try_from(most).ok())
                .unwrap_or(default.max_attempts),
            initial_delay: initial_delay.unwrap_or(default.initial_delay),
            factor: factor.unwrap_or(default.factor),
            max_delay: max_delay.unwrap_or(default.max_delay),
            jitter: jitter.unwrap_or(default.jitter),
            non_retryable: non_retryable.unwrap_or(default.non_retryable),
        })
    })
}

/// The contract names no bound; a policy that lists more categories than this is a mistake.
const MOST_CATEGORIES: usize = 100;
