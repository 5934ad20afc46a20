//! A task as the contract shows it, to anybody and to the worker that holds it.

use windlass_store as store;
use windlass_wire as wire;

use super::{values, words};

/// A task.
pub(crate) fn task(task: store::Task) -> wire::Task {
    wire::Task {
        id: task.id,
        job_id: task.job_id,
        pipeline_id: task.pipeline_id,
        r#type: task.type_name,
        state: words::task_state(task.state),
        payload: values::json(task.payload),
        metadata: values::metadata(task.metadata),
        attempt: values::small(task.attempt),
        max_attempts: values::small(task.max_attempts),
        run_at: task.run_at,
        progress: task.progress.map(progress),
        result: task.result.map(|result| values::json(Some(result))),
        checkpoint: task.checkpoint.map(|checkpoint| values::json(Some(checkpoint))),
        error: task.error.map(task_error),
        worker_id: task.worker_id,
        lease_expires_at: task.lease_expires_at,
        created_at: task.created_at,
        started_at: task.started_at,
        ended_at: task.ended_at,
    }
}

/// A task with the proof of its lease.
pub(crate) fn leased_task(task: store::LeasedTask) -> wire::LeasedTask {
    wire::LeasedTask {
        id: task.id,
        r#type: task.type_name,
        job_id: task.job_id,
        job_key: task.job_key,
        pipeline_id: task.pipeline_id,
        pipeline_name: task.pipeline_name,
        attempt: values::small(task.attempt),
        max_attempts: values::small(task.max_attempts),
        payload: values::json(task.payload),
        job_payload: values::json(task.job_payload),
        metadata: values::metadata(task.metadata),
        checkpoint: task.checkpoint.map(|checkpoint| values::json(Some(checkpoint))),
        lease_token: task.lease_token,
        lease_expires_at: task.lease_expires_at,
        timeout_seconds: task.timeout_seconds,
        correlation_id: task.correlation_id,
        traceparent: task.traceparent,
        tracestate: task.tracestate,
    }
}

fn progress(progress: store::TaskProgress) -> wire::TaskProgress {
    wire::TaskProgress { current: progress.current, total: progress.total, message: progress.message }
}

/// Why a task failed.
pub(crate) fn task_error(error: store::Failure) -> wire::TaskError {
    wire::TaskError {
        category: error.category,
        message: error.message,
        detail: error.detail.map(|detail| values::json(Some(detail))),
    }
}

/// One lease of a task, or a late report.
pub(crate) fn attempt(attempt: store::Attempt) -> wire::Attempt {
    wire::Attempt {
        number: values::small(attempt.number),
        worker_id: attempt.worker_id,
        started_at: attempt.started_at,
        ended_at: attempt.ended_at,
        outcome: words::outcome(attempt.outcome),
        error: attempt.error.map(task_error),
        metrics: attempt.metrics.map(|metrics| values::json(Some(metrics))),
        detail: attempt.detail.map(|detail| values::json(Some(detail))),
    }
}

/// The result of a task.
pub(crate) fn result_item(result: store::TaskResult) -> wire::ResultItem {
    wire::ResultItem { task_id: result.task_id, result: values::json(result.result) }
}
