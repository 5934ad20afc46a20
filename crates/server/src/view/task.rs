//! A task as the contract shows it, to anybody and to the worker that holds it.

use windlass_store as store;
use windlass_wire as wire;

use super::batch::Outcome;
use crate::http::show;

/// A task.
pub(super) fn task(task: store::Task) -> wire::Task {
    wire::Task {
        id: task.id,
        job_id: task.job_id,
        pipeline_id: task.pipeline_id,
        r#type: task.type_name,
        state: show::task_state(task.state),
        payload: show::json(task.payload),
        metadata: show::metadata(task.metadata),
        attempt: show::small(task.attempt),
        max_attempts: show::small(task.max_attempts),
        run_at: task.run_at,
        progress: task.progress.map(progress),
        result: task.result.map(|result| show::json(Some(result))),
        error: task.error.map(error),
        worker_id: task.worker_id,
        lease_expires_at: task.lease_expires_at,
        created_at: task.created_at,
        started_at: task.started_at,
        ended_at: task.ended_at,
    }
}

/// A task with the proof of its lease.
pub(super) fn leased(task: store::LeasedTask) -> wire::LeasedTask {
    wire::LeasedTask {
        id: task.id,
        r#type: task.type_name,
        job_id: task.job_id,
        job_key: task.job_key,
        pipeline_id: task.pipeline_id,
        pipeline_name: task.pipeline_name,
        attempt: show::small(task.attempt),
        max_attempts: show::small(task.max_attempts),
        payload: show::json(task.payload),
        job_payload: show::json(task.job_payload),
        metadata: show::metadata(task.metadata),
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

fn error(error: store::Failure) -> wire::TaskError {
    wire::TaskError {
        category: error.category,
        message: error.message,
        detail: error.detail.map(|detail| show::json(Some(detail))),
    }
}

/// One lease of a task, or a late report.
pub(super) fn attempt(attempt: store::Attempt) -> wire::Attempt {
    wire::Attempt {
        number: show::small(attempt.number),
        worker_id: attempt.worker_id,
        started_at: attempt.started_at,
        ended_at: attempt.ended_at,
        outcome: show::outcome(attempt.outcome),
        error: attempt.error.map(error),
        metrics: attempt.metrics.map(|metrics| show::json(Some(metrics))),
        detail: attempt.detail.map(|detail| show::json(Some(detail))),
    }
}

/// What became of one item of a batch.
pub(super) fn report_result((id, outcome): Outcome<store::Task>) -> wire::ReportResult {
    let (task, problem) = match outcome {
        Ok(done) => (Some(self::task(done)), None),
        Err(problem) => (None, Some(problem.into_wire())),
    };
    wire::ReportResult { id, task, problem }
}
