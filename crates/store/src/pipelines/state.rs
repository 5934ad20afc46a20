//! The state of a pipeline's row.

use windlass_domain::PipelineState;

/// The state of a stored word.
pub(crate) fn pipeline_state(word: &str) -> PipelineState {
    PipelineState::parse(word).expect("a CHECK holds pipelines.state to the known words")
}
