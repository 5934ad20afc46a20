//! Jobs added to a pipeline after its creation.

use serde::{Deserialize, Serialize};

use crate::{JobInPipeline, NewJob};

/// Jobs to add to an unsealed pipeline.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddJobs {
    /// The jobs; their edges may name old and new jobs. A pipeline has up to 1,000.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 1000))]
    pub jobs: Vec<NewJob>,
}

/// The jobs that were added.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddedJobs {
    /// In the order of the request, as pipelines show jobs: without payload and metadata.
    pub jobs: Vec<JobInPipeline>,
}
