//! Errors: never without a body, since Jobnik's client takes an error without one for success.

use serde::{Deserialize, Serialize};

/// Why a call was refused, or failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Error {
    /// For people.
    pub message: String,
    /// For programs.
    pub code: Code,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// A parameter or the body is wrong.
    ValidationError,
    /// There is no such job.
    JobNotFound,
    /// There is no such stage.
    StageNotFound,
    /// There is no such task, or none waits.
    TaskNotFound,
    /// The job does not go from its status to that one.
    IllegalJobStatusTransition,
    /// The stage does not go from its status to that one.
    IllegalStageStatusTransition,
    /// The task does not go from its status to that one.
    IllegalTaskStatusTransition,
    /// The report is of another attempt than the present one.
    TaskStatusUpdateFailed,
    /// The job goes on, so it is not deleted.
    JobNotInFiniteState,
    /// The job has ended, so it takes no more stages.
    JobInFiniteState,
    /// The stage or its job has ended, so it takes no more tasks.
    StageInFiniteState,
    /// The stage has begun, so it takes no more tasks.
    NotAllowedToAddTasksToInProgressStage,
    /// A key is needed, or another one.
    Unauthorized,
    /// The key may not do this, or the page in the browser may not.
    Forbidden,
    /// The key makes more calls a second than it may.
    RateLimited,
    /// The database did not answer, or refused.
    DatabaseRelatedError,
    /// Anything else.
    UnknownError,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::ValidationError,
        Self::JobNotFound,
        Self::StageNotFound,
        Self::TaskNotFound,
        Self::IllegalJobStatusTransition,
        Self::IllegalStageStatusTransition,
        Self::IllegalTaskStatusTransition,
        Self::TaskStatusUpdateFailed,
        Self::JobNotInFiniteState,
        Self::JobInFiniteState,
        Self::StageInFiniteState,
        Self::NotAllowedToAddTasksToInProgressStage,
        Self::Unauthorized,
        Self::Forbidden,
        Self::RateLimited,
        Self::DatabaseRelatedError,
        Self::UnknownError,
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ValidationError => "VALIDATION_ERROR",
            Self::JobNotFound => "JOB_NOT_FOUND",
            Self::StageNotFound => "STAGE_NOT_FOUND",
            Self::TaskNotFound => "TASK_NOT_FOUND",
            Self::IllegalJobStatusTransition => "ILLEGAL_JOB_STATUS_TRANSITION",
            Self::IllegalStageStatusTransition => "ILLEGAL_STAGE_STATUS_TRANSITION",
            Self::IllegalTaskStatusTransition => "ILLEGAL_TASK_STATUS_TRANSITION",
            Self::TaskStatusUpdateFailed => "TASK_STATUS_UPDATE_FAILED",
            Self::JobNotInFiniteState => "JOB_NOT_IN_FINITE_STATE",
            Self::JobInFiniteState => "JOB_IN_FINITE_STATE",
            Self::StageInFiniteState => "STAGE_IN_FINITE_STATE",
            Self::NotAllowedToAddTasksToInProgressStage => "NOT_ALLOWED_TO_ADD_TASKS_TO_IN_PROGRESS_STAGE",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Forbidden => "FORBIDDEN",
            Self::RateLimited => "RATE_LIMITED",
            Self::DatabaseRelatedError => "DATABASE_RELATED_ERROR",
            Self::UnknownError => "UNKNOWN_ERROR",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn words_are_written_as_they_are_named() {
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
