//! What a change answers.

use serde::{Deserialize, Serialize};

/// A change was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Done {
    /// Of what.
    pub code: DoneCode,
}

/// What was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DoneCode {
    /// A job.
    JobModifiedSuccessfully,
    /// A stage.
    StageModifiedSuccessfully,
    /// A task.
    TaskModifiedSuccessfully,
    /// A job is gone, with its stages and tasks.
    JobDeletedSuccessfully,
}
