//! A job as the contract shows it: whole, or as a part of its pipeline.

use std::collections::BTreeMap;

use windlass_store as store;
use windlass_wire as wire;

use super::{values, words};

/// A job, whole.
pub(crate) fn job(job: store::Job) -> wire::Job {
    let payload = values::json(job.payload.clone());
    let metadata = values::metadata(job.metadata.clone());
    let job = job_in_pipeline(job);
    wire::Job {
        id: job.id,
        pipeline_id: job.pipeline_id,
        key: job.key,
        r#type: job.r#type,
        state: job.state,
        paused: job.paused,
        sealed: job.sealed,
        held: job.held,
        depends_on: job.depends_on,
        reason: job.reason,
        payload,
        metadata,
        join: job.join,
        retry: job.retry,
        lease_seconds: job.lease_seconds,
        timeout_seconds: job.timeout_seconds,
        max_failed_tasks: job.max_failed_tasks,
        fail_fast: job.fail_fast,
        allow_failure: job.allow_failure,
        run_at: job.run_at,
        counts: job.counts,
        outcomes: job.outcomes,
        progress: job.progress,
        created_at: job.created_at,
        opened_at: job.opened_at,
        started_at: job.started_at,
        ended_at: job.ended_at,
    }
}

/// A job without what the client gave it to carry.
pub(crate) fn job_in_pipeline(job: store::Job) -> wire::JobInPipeline {
    wire::JobInPipeline {
        retry: retry(&job),
        id: job.id,
        pipeline_id: job.pipeline_id,
        key: job.key,
        r#type: job.type_name,
        state: words::job_state(job.state),
        paused: job.paused,
        sealed: job.sealed,
        held: job.held,
        depends_on: job.depends_on.into_iter().map(dependency).collect(),
        reason: job.reason,
        join: words::join(job.join),
        lease_seconds: job.lease_seconds,
        timeout_seconds: job.timeout_seconds,
        max_failed_tasks: values::small(job.max_failed_tasks),
        fail_fast: job.fail_fast,
        allow_failure: job.allow_failure,
        run_at: job.run_at,
        counts: counts(job.counts),
        outcomes: outcomes(job.outcomes),
        progress: wire::Progress { percent: job.percent },
        created_at: job.created_at,
        opened_at: job.opened_at,
        started_at: job.started_at,
        ended_at: job.ended_at,
    }
}

fn dependency((job, when): (String, windlass_domain::When)) -> wire::Dependency {
    wire::Dependency { job, when: words::when(when) }
}

fn retry(job: &store::Job) -> wire::RetryPolicy {
    wire::RetryPolicy {
        max_attempts: values::small(job.max_attempts),
        initial_delay_seconds: job.initial_delay_seconds,
        factor: job.factor,
        max_delay_seconds: job.max_delay_seconds,
        jitter: job.jitter,
        non_retryable: job.non_retryable.clone(),
    }
}

fn outcomes(counts: Vec<(String, i64)>) -> BTreeMap<String, u64> {
    counts.into_iter().map(|(word, number)| (word, values::count(number))).collect()
}

fn counts(counts: store::Counts) -> wire::Counts {
    wire::Counts {
        pending: values::count(counts.pending),
        scheduled: values::count(counts.scheduled),
        queued: values::count(counts.queued),
        running: values::count(counts.running),
        succeeded: values::count(counts.succeeded),
        failed: values::count(counts.failed),
        cancelled: values::count(counts.cancelled),
        skipped: values::count(counts.skipped),
        total: values::count(counts.total),
    }
}
