//! Templates filled in.

use std::time::Duration;

use super::catalogue::{RENDERING_SECONDS, RENDERINGS};

/// What became of a rendering.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rendering {
    /// The body of a new pipeline.
    Rendered,
    /// Its parameters are wrong.
    Wrong,
    /// It failed in the template.
    Failed,
    /// What it gave is no body of a new pipeline.
    Refused,
    /// It did not begin: there was no place in time, or it would have held others up.
    Overloaded,
}

impl Rendering {
    const ALL: [Self; 5] = [Self::Rendered, Self::Wrong, Self::Failed, Self::Refused, Self::Overloaded];

    fn as_str(self) -> &'static str {
        match self {
            Self::Rendered => "rendered",
            Self::Wrong => "wrong",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Overloaded => "overloaded",
        }
    }
}

/// Counts a rendering.
pub(crate) fn count_rendering(outcome: Rendering) {
    metrics::counter!(RENDERINGS, "outcome" => outcome.as_str()).increment(1);
}

/// Records how long one took that began.
pub(crate) fn record_rendering(took: Duration) {
    metrics::histogram!(RENDERING_SECONDS).record(took.as_secs_f64());
}

/// Has every outcome known while it is zero: a rate has no beginning otherwise.
pub(crate) fn begin_renderings() {
    for outcome in Rendering::ALL {
        metrics::counter!(RENDERINGS, "outcome" => outcome.as_str()).absolute(0);
    }
}
