//! What a key may be used for.

use serde::{Deserialize, Serialize};

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// To look: every GET but those of keys, event streams and metrics.
    Read,
    /// To create, change and control pipelines, jobs and tasks; and `read`.
    Produce,
    /// To take tasks and report on them.
    Work,
    /// To change queues, and whatever else is set up for all; and `produce`.
    Operate,
    /// Everything.
    Admin,
}
