//! The answer of the calls that are about one pipeline.

use windlass_store::{Job, Pipeline};
use windlass_wire as wire;

use crate::correlation;
use crate::http::Answer;
use crate::view;

/// The pipeline with its jobs; what the request writes to the log belongs to it.
pub(super) fn whole(pipeline: Pipeline, jobs: Vec<Job>) -> Answer<wire::Pipeline> {
    correlation::belongs_to(&pipeline.correlation_id);
    Answer(view::pipeline(pipeline, jobs))
}
