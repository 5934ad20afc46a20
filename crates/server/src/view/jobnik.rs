//! Jobs, stages and tasks in the words of Jobnik's contract.

use chrono::{DateTime, Utc};
use windlass_domain as domain;
use windlass_domain::{JobnikJobStatus, JobnikStageStatus, JobnikTaskStatus, TaskState};
use windlass_store as store;
use windlass_wire::jobnik as wire;

use super::values::{count, metadata, small};
use crate::input::jobnik::NO_TRACE;

/// A job.
pub(crate) fn job(job: store::JobnikJob) -> wire::Job {
    let (traceparent, tracestate) = trace(job.trace);
    wire::Job {
        id: job.id,
        status: job_status(job.status),
        percentage: small(job.percentage),
        priority: priority(job.priority),
        name: job.name,
        traceparent,
        data: metadata(job.data),
        creation_time: job.created_at,
        user_metadata: metadata(job.user_metadata),
        update_time: job.updated_at,
        tracestate,
        stages: job.stages.map(|stages| stages.into_iter().map(stage).collect()),
    }
}

/// A stage.
pub(crate) fn stage(stage: store::JobnikStage) -> wire::Stage {
    let (traceparent, tracestate) = trace(stage.trace);
    wire::Stage {
        id: stage.id,
        job_id: stage.job_id,
        order: small(stage.order),
        percentage: small(stage.summary.percentage()),
        summary: summary(stage.summary),
        status: stage_status(stage.status),
        r#type: stage.type_name,
        traceparent,
        data: metadata(stage.data),
        user_metadata: metadata(stage.user_metadata),
        tasks: stage.tasks.map(|tasks| tasks.into_iter().map(task).collect()),
        tracestate,
    }
}

/// How many tasks of a stage are in which status.
pub(crate) fn summary(summary: store::JobnikSummary) -> wire::Summary {
    wire::Summary {
        total: count(summary.total()),
        failed: count(summary.failed),
        created: 0,
        pending: count(summary.pending),
        retried: count(summary.retried),
        completed: count(summary.completed),
        in_progress: count(summary.in_progress),
    }
}

/// A task.
pub(crate) fn task(task: store::JobnikTask) -> wire::Task {
    let (traceparent, tracestate) = trace(task.trace);
    wire::Task {
        id: task.id,
        status: task_status(task.status),
        stage_id: task.stage_id,
        attempts: small(task.attempts),
        max_attempts: small(task.max_attempts),
        traceparent,
        data: metadata(task.data),
        user_metadata: metadata(task.user_metadata),
        update_time: task.updated_at,
        creation_time: task.created_at,
        tracestate,
        start_time: task.started_at,
        end_time: task.ended_at,
    }
}

/// A task that was just dequeued.
pub(crate) fn leased_task(task: store::LeasedTask) -> wire::Task {
    let (traceparent, tracestate) =
        trace(store::Trace { traceparent: task.traceparent, tracestate: task.tracestate });
    wire::Task {
        id: task.id,
        status: wire::TaskStatus::InProgress,
        stage_id: task.job_id,
        attempts: small(task.attempt - 1),
        max_attempts: small(task.max_attempts),
        traceparent,
        data: metadata(task.payload),
        user_metadata: metadata(task.metadata),
        update_time: task.leased_at,
        creation_time: task.created_at.unwrap_or(task.leased_at),
        tracestate,
        start_time: Some(task.leased_at),
        end_time: None,
    }
}

/// A task as a report has left it, of an attempt that began then; `None` where it was only read again, since it does not say when it changed.
pub(crate) fn reported_task(
    task: store::Task,
    started_at: Option<DateTime<Utc>>,
    of_it: store::Trace,
) -> Option<wire::Task> {
    let reported_at = task.reported_at?;
    let status = JobnikTaskStatus::of(task.state, task.attempt);
    let (traceparent, tracestate) = trace(of_it);
    Some(wire::Task {
        id: task.id,
        status: task_status(status),
        stage_id: task.job_id,
        attempts: small(task.attempt - i32::from(task.state == TaskState::Succeeded)),
        max_attempts: small(task.max_attempts),
        traceparent,
        data: metadata(task.payload),
        user_metadata: metadata(task.metadata),
        update_time: reported_at,
        creation_time: task.created_at,
        tracestate,
        start_time: started_at,
        end_time: task.ended_at,
    })
}

/// A trace context: zeros where there is none.
fn trace(trace: store::Trace) -> (String, Option<String>) {
    (trace.traceparent.unwrap_or_else(|| NO_TRACE.to_owned()), trace.tracestate)
}

fn priority(priority: domain::Priority) -> wire::Priority {
    match priority {
        domain::Priority::VeryHigh => wire::Priority::VeryHigh,
        domain::Priority::High => wire::Priority::High,
        domain::Priority::Medium => wire::Priority::Medium,
        domain::Priority::Low => wire::Priority::Low,
        domain::Priority::VeryLow => wire::Priority::VeryLow,
    }
}

fn job_status(status: JobnikJobStatus) -> wire::JobStatus {
    match status {
        JobnikJobStatus::Pending => wire::JobStatus::Pending,
        JobnikJobStatus::InProgress => wire::JobStatus::InProgress,
        JobnikJobStatus::Paused => wire::JobStatus::Paused,
        JobnikJobStatus::Completed => wire::JobStatus::Completed,
        JobnikJobStatus::Failed => wire::JobStatus::Failed,
        JobnikJobStatus::Aborted => wire::JobStatus::Aborted,
    }
}

fn stage_status(status: JobnikStageStatus) -> wire::StageStatus {
    match status {
        JobnikStageStatus::Created => wire::StageStatus::Created,
        JobnikStageStatus::Waiting => wire::StageStatus::Waiting,
        JobnikStageStatus::Pending => wire::StageStatus::Pending,
        JobnikStageStatus::InProgress => wire::StageStatus::InProgress,
        JobnikStageStatus::Completed => wire::StageStatus::Completed,
        JobnikStageStatus::Failed => wire::StageStatus::Failed,
        JobnikStageStatus::Aborted => wire::StageStatus::Aborted,
    }
}

fn task_status(status: JobnikTaskStatus) -> wire::TaskStatus {
    match status {
        JobnikTaskStatus::Pending => wire::TaskStatus::Pending,
        JobnikTaskStatus::InProgress => wire::TaskStatus::InProgress,
        JobnikTaskStatus::Completed => wire::TaskStatus::Completed,
        JobnikTaskStatus::Failed => wire::TaskStatus::Failed,
        JobnikTaskStatus::Retried => wire::TaskStatus::Retried,
    }
}
