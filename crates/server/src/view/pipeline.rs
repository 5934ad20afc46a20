//! A pipeline as the contract shows it.

use windlass_store as store;
use windlass_wire as wire;

use crate::http::{correlation, jobs, show};

/// The pipeline that a request is about, with its jobs.
pub(super) fn pipeline(pipeline: store::Pipeline, jobs: Vec<store::Job>) -> wire::Pipeline {
    correlation::belongs_to(&pipeline.correlation_id);
    let jobs = jobs.into_iter().map(jobs::show::job_in_pipeline).collect();
    wire::Pipeline { jobs: Some(jobs), ..listed(pipeline) }
}

/// A pipeline without its jobs.
pub(super) fn listed(pipeline: store::Pipeline) -> wire::Pipeline {
    wire::Pipeline {
        id: pipeline.id,
        name: pipeline.name,
        state: show::pipeline_state(pipeline.state),
        paused: pipeline.paused,
        sealed: pipeline.sealed,
        priority: show::priority(pipeline.priority),
        correlation_id: pipeline.correlation_id,
        metadata: show::metadata(pipeline.metadata),
        fail_fast: pipeline.fail_fast,
        reason: pipeline.reason,
        progress: wire::Progress { percent: pipeline.percent },
        created_at: pipeline.created_at,
        started_at: pipeline.started_at,
        ended_at: pipeline.ended_at,
        traceparent: pipeline.traceparent,
        tracestate: pipeline.tracestate,
        jobs: None,
    }
}
