//! The order in which pipelines are served.

use serde::{Deserialize, Serialize};

/// Whose tasks are dequeued first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say all there is to say")]
pub enum Priority {
    VeryHigh,
    High,
    #[default]
    Medium,
    Low,
    VeryLow,
}
