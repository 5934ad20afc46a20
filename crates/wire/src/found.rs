//! What an id, or its beginning, is of.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is found by an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FoundEntity {
    /// A pipeline.
    Pipeline,
    /// A job.
    Job,
    /// A task.
    Task,
}

/// A pipeline, job or task that was found by its id, and what people call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Found {
    /// What it is.
    pub entity: FoundEntity,
    /// Its id.
    pub id: Uuid,
    /// The pipeline, or the one that the job or task belongs to.
    pub pipeline_id: Uuid,
    /// That pipeline's name.
    pub name: String,
    /// The job's key, or that of the task's job; null for a pipeline.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub key: Option<String>,
    /// The type of the job, or of the task's job; null for a pipeline.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub r#type: Option<String>,
}
