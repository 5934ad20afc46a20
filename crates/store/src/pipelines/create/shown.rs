//! New pipelines and jobs as a read shows them in the transaction that made them, without reading them: all of it follows from what was written.

use windlass_domain::{JobState, Json, PipelineState, seconds};

use super::request::{Create, Made};
use crate::input::NewJob;
use crate::jobs::{Home, LockedJob};
use crate::view::{Counts, Job, Pipeline};

/// A pipeline none of whose jobs has ended, with its jobs.
pub(super) fn made(home: &Home, create: &Create<'_>, rows: &[LockedJob]) -> Made {
    let jobs = create.new.jobs.iter().zip(rows).map(|(new, row)| job(home, new, row, create.standalone));
    (pipeline(home, create), jobs.collect())
}

fn pipeline(home: &Home, create: &Create<'_>) -> Pipeline {
    let new = &create.new;
    Pipeline {
        id: home.id,
        name: new.name.to_string(),
        state: PipelineState::Pending,
        paused: new.paused,
        sealed: new.sealed,
        cancelling: false,
        priority: new.priority,
        correlation_id: new.correlation_id.to_string(),
        metadata: new.metadata.clone().map(Json::into_string),
        fail_fast: new.fail_fast,
        reason: None,
        percent: 0.0,
        created_at: home.now,
        started_at: None,
        ended_at: None,
        deadline_at: new.deadline_at,
        schedule: new.schedule.as_ref().map(|by| by.name.clone()),
        template: None,
        parameters: None,
        traceparent: new.trace.traceparent.clone(),
        tracestate: new.trace.tracestate.clone(),
    }
}

fn job(home: &Home, new: &NewJob, row: &LockedJob, with_texts: bool) -> Job {
    let text = |json: &Option<Json>| json.clone().filter(|_| with_texts).map(Json::into_string);
    Job {
        id: row.id,
        pipeline_id: home.id,
        key: row.key.clone(),
        type_name: row.type_name.clone(),
        state: row.state,
        paused: row.paused,
        sealed: row.seal.is_on(),
        held: false,
        depends_on: new.depends_on.iter().map(|edge| (edge.job.to_string(), edge.when)).collect(),
        join: row.join,
        reason: None,
        payload: text(&new.payload),
        metadata: text(&new.metadata),
        max_attempts: new.retry.max_attempts,
        initial_delay_seconds: seconds(new.retry.initial_delay),
        factor: new.retry.factor,
        max_delay_seconds: seconds(new.retry.max_delay),
        jitter: new.retry.jitter,
        non_retryable: new.retry.non_retryable.clone(),
        lease_seconds: seconds(new.lease),
        timeout_seconds: new.timeout.map(seconds),
        max_failed_tasks: row.max_failed_tasks,
        fail_fast: row.fail_fast,
        allow_failure: row.allow_failure,
        run_at: row.run_at,
        counts: counts(row),
        outcomes: Vec::new(),
        percent: 0.0,
        created_at: home.now,
        opened_at: (row.state != JobState::Pending).then_some(home.now),
        started_at: None,
        ended_at: None,
    }
}

/// By effective state, as `jobs/read.rs` has it.
fn counts(row: &LockedJob) -> Counts {
    let (queued, scheduled) = (row.counts.queued, row.counts.scheduled);
    let total = queued + scheduled;
    match (row.state, row.due) {
        (JobState::Pending, _) => Counts { pending: total, total, ..Counts::default() },
        (_, false) => Counts { scheduled: total, total, ..Counts::default() },
        (_, true) => Counts { scheduled, queued, total, ..Counts::default() },
    }
}
