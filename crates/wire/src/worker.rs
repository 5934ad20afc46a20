//! Workers, as the server has seen them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A worker that asked for tasks in the last 5 minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Worker {
    /// The `worker_id` it calls itself by.
    #[cfg_attr(feature = "openapi", schema(examples("host-1")))]
    pub id: String,
    /// The types it asked for last.
    pub types: Vec<String>,
    /// How many tasks it holds a lease on.
    pub running: u64,
    /// When it last asked or reported.
    pub last_seen_at: DateTime<Utc>,
}
