//! A pipeline as the contract shows it.

use windlass_store as store;
use windlass_wire as wire;

use crate::http::{jobs, show};

/// A pipeline; with its jobs, where they are told.
pub(super) fn pipeline(pipeline: store::Pipeline, jobs: Option<Vec<store::Job>>) -> wire::Pipeline {
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
        jobs: jobs.map(|jobs| jobs.into_iter().map(jobs::show::job_in_pipeline).collect()),
    }
}
