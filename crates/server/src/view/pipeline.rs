//! A pipeline as the contract shows it.

use windlass_store as store;
use windlass_wire as wire;

use super::job::job_in_pipeline;
use super::{values, words};

/// A pipeline with its jobs.
pub(crate) fn pipeline(pipeline: store::Pipeline, jobs: Vec<store::Job>) -> wire::Pipeline {
    let jobs = jobs.into_iter().map(job_in_pipeline).collect();
    wire::Pipeline { jobs: Some(jobs), ..pipeline_alone(pipeline) }
}

/// A pipeline without its jobs.
pub(crate) fn pipeline_alone(pipeline: store::Pipeline) -> wire::Pipeline {
    wire::Pipeline {
        id: pipeline.id,
        name: pipeline.name,
        state: words::pipeline_state(pipeline.state),
        paused: pipeline.paused,
        sealed: pipeline.sealed,
        cancelling: pipeline.cancelling,
        priority: words::priority(pipeline.priority),
        correlation_id: pipeline.correlation_id,
        metadata: values::metadata(pipeline.metadata),
        fail_fast: pipeline.fail_fast,
        reason: pipeline.reason,
        progress: wire::Progress { percent: pipeline.percent },
        created_at: pipeline.created_at,
        started_at: pipeline.started_at,
        ended_at: pipeline.ended_at,
        deadline_at: pipeline.deadline_at,
        traceparent: pipeline.traceparent,
        tracestate: pipeline.tracestate,
        schedule: pipeline.schedule,
        template: pipeline
            .template
            .map(|(name, version)| wire::MadeFrom { name, version: values::small(version) }),
        parameters: pipeline.parameters.map(|parameters| values::json(Some(parameters))),
        waiting_for: None,
        jobs: None,
    }
}
