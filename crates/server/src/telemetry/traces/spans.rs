//! The spans of what has ended: attempts, jobs, pipelines.

use std::time::SystemTime;

use opentelemetry::trace::{
    Event, Link, Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt, Tracer,
};
use opentelemetry::{Context, KeyValue};
use windlass_domain::{JobState, Outcome, PipelineState};
use windlass_store::{EndedAttempt, TracedJob, TracedPipeline};

use super::{Traces, context, ids};

/// A span that has ended.
struct Ended {
    id: Option<SpanId>,
    parent: SpanContext,
    builder: SpanBuilder,
    until: SystemTime,
    status: Status,
}

impl Traces {
    /// The span of an attempt, below that of its job.
    pub(super) fn attempt(&self, attempt: &EndedAttempt, job: &TracedJob) {
        let Some(pipeline) = context_of(job) else { return };
        let mut attributes = of_job(job);
        attributes.extend([
            KeyValue::new("messaging.operation.name", "process"),
            KeyValue::new("messaging.operation.type", "process"),
            KeyValue::new("messaging.message.id", attempt.task_id.to_string()),
            KeyValue::new("messaging.client.id", attempt.worker_id.clone()),
            KeyValue::new("windlass.attempt", i64::from(attempt.number)),
            KeyValue::new("windlass.outcome", attempt.outcome.as_str()),
        ]);
        attributes.extend(attempt.category.clone().map(|category| KeyValue::new("error.type", category)));
        let builder = SpanBuilder::from_name(format!("attempt {}", attempt.type_name))
            .with_kind(SpanKind::Consumer)
            .with_start_time(attempt.started_at)
            .with_attributes(attributes)
            .with_events(retry(attempt).into_iter().collect());
        self.emit(Ended {
            id: Some(ids::attempt_span(attempt.token)),
            parent: context::below(&pipeline, ids::job_span(attempt.job_id, attempt.job_run)),
            builder,
            until: attempt.ended_at.into(),
            status: match attempt.outcome {
                Outcome::Failed => Status::error(attempt.category.clone().unwrap_or_default()),
                Outcome::Succeeded => Status::Ok,
                _ => Status::Unset,
            },
        });
    }

    /// The span of a job, linked to those that it waited for.
    pub(super) fn job(&self, job: &TracedJob) {
        let (Some(pipeline), Some(ended_at)) = (context_of(job), job.ended_at) else { return };
        let link = |(id, run): (&uuid::Uuid, &i32)| {
            Link::with_context(context::below(&pipeline, ids::job_span(*id, *run)))
        };
        let mut attributes = of_job(job);
        attributes.push(KeyValue::new("windlass.state", job.state.as_str()));
        attributes.extend(job.reason.clone().map(|reason| KeyValue::new("windlass.reason", reason)));
        let builder = SpanBuilder::from_name(format!("job {}", job.type_name))
            .with_start_time(job.opened_at.unwrap_or(ended_at))
            .with_attributes(attributes)
            .with_links(job.parent_ids.iter().zip(&job.parent_runs).map(link).collect());
        let failed = job.state == JobState::Failed;
        self.emit(Ended {
            id: Some(ids::job_span(job.id, job.run)),
            parent: pipeline,
            builder,
            until: ended_at.into(),
            status: if failed { Status::error("") } else { Status::Unset },
        });
    }

    /// The span of a pipeline, beside those of its jobs: a retry by hand ends it once more.
    pub(super) fn pipeline(&self, pipeline: &TracedPipeline) {
        let parent = context::sampled(Some(&pipeline.traceparent), pipeline.tracestate.as_deref());
        let (Some(parent), Some(ended_at)) = (parent, pipeline.ended_at) else { return };
        let builder = SpanBuilder::from_name(format!("pipeline {}", pipeline.name))
            .with_start_time(pipeline.created_at)
            .with_attributes(vec![
                KeyValue::new("messaging.system", "windlass"),
                KeyValue::new("messaging.message.conversation_id", pipeline.correlation_id.clone()),
                KeyValue::new("windlass.pipeline.id", pipeline.id.to_string()),
                KeyValue::new("windlass.state", pipeline.state.as_str()),
            ]);
        let failed = pipeline.state == PipelineState::Failed;
        let status = if failed { Status::error("") } else { Status::Unset };
        self.emit(Ended { id: None, parent, builder, until: ended_at.into(), status });
    }

    fn emit(&self, ended: Ended) {
        let Ended { id, parent, builder, until, status } = ended;
        let around = Context::new().with_remote_span_context(parent);
        let make = || self.tracer().build_with_context(builder, &around);
        let mut span = match id {
            Some(id) => ids::with_id(id, make),
            None => make(),
        };
        span.set_status(status);
        span.end_with_timestamp(until);
    }
}

fn context_of(job: &TracedJob) -> Option<SpanContext> {
    context::sampled(Some(&job.traceparent), job.tracestate.as_deref())
}

fn of_job(job: &TracedJob) -> Vec<KeyValue> {
    vec![
        KeyValue::new("messaging.system", "windlass"),
        KeyValue::new("messaging.destination.name", job.type_name.clone()),
        KeyValue::new("messaging.message.conversation_id", job.correlation_id.clone()),
        KeyValue::new("windlass.pipeline.id", job.pipeline_id.to_string()),
        KeyValue::new("windlass.pipeline.name", job.pipeline_name.clone()),
        KeyValue::new("windlass.job.id", job.id.to_string()),
        KeyValue::new("windlass.job.key", job.key.clone()),
    ]
}

/// That a failed attempt is followed by another one, and when.
fn retry(attempt: &EndedAttempt) -> Option<Event> {
    let again_at = attempt.again_at.filter(|_| attempt.outcome == Outcome::Failed)?;
    let at =
        KeyValue::new("windlass.retry.at", again_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true));
    Some(Event::new("retry", attempt.ended_at.into(), vec![at], 0))
}
