//! Refusals of this surface.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use windlass_store::JobnikRefusal;
use windlass_wire::jobnik::{Code, Error};

use super::shown::JSON;
use crate::engine;
use crate::http::Problem;

/// A refusal on its way to the client.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error: Error,
}

/// Why a call is not answered as it asks: a refusal of this surface, or a problem that every surface has.
#[derive(Debug)]
pub(super) enum Wrong {
    /// Said here.
    Refused(Refusal),
    /// Said in this surface's words on its way out.
    Problem(Problem),
}

impl Refusal {
    /// With these words.
    pub(super) fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self { status, error: Error { message: message.into(), code } }
    }

    /// There is no such thing: the code is its own message.
    pub(super) fn absent(code: Code) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, code.as_str())
    }

    /// A parameter or the body is wrong.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::ValidationError, message)
    }

    /// A thing does not go from this status to that one.
    pub(super) fn transition(code: Code, from: &str, to: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, format!("Illegal status transition from {from} to {to}"))
    }
}

impl From<JobnikRefusal> for Refusal {
    fn from(refusal: JobnikRefusal) -> Self {
        let refused = |code, message: &str| Self::new(StatusCode::BAD_REQUEST, code, message);
        match refusal {
            JobnikRefusal::NoJob => Self::absent(Code::JobNotFound),
            JobnikRefusal::NoStage => Self::absent(Code::StageNotFound),
            JobnikRefusal::NoTask => Self::absent(Code::TaskNotFound),
            JobnikRefusal::Job { from, to } => {
                Self::transition(Code::IllegalJobStatusTransition, from.as_str(), to)
            }
            JobnikRefusal::Stage { from, to } => {
                Self::transition(Code::IllegalStageStatusTransition, from.as_str(), to)
            }
            JobnikRefusal::PreviousStage => {
                refused(Code::IllegalStageStatusTransition, "Previous stage is not COMPLETED")
            }
            JobnikRefusal::JobHasEnded => {
                refused(Code::JobInFiniteState, "JOB_ALREADY_FINISHED_STAGES_ERROR")
            }
            JobnikRefusal::JobGoesOn => {
                refused(Code::JobNotInFiniteState, Code::JobNotInFiniteState.as_str())
            }
            JobnikRefusal::StageHasBegun => {
                refused(Code::NotAllowedToAddTasksToInProgressStage, "ADD_TASK_NOT_ALLOWED")
            }
            JobnikRefusal::StageHasEnded => {
                refused(Code::StageInFiniteState, "STAGE_ALREADY_FINISHED_TASKS_ERROR")
            }
        }
    }
}

impl From<Refusal> for Wrong {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<JobnikRefusal> for Wrong {
    fn from(refusal: JobnikRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<Problem> for Wrong {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<engine::Error> for Wrong {
    fn from(error: engine::Error) -> Self {
        Self::Problem(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.error).expect("errors are plain data");
        (self.status, [(CONTENT_TYPE, JSON)], body).into_response()
    }
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => refusal.into_response(),
            Self::Problem(problem) => problem.into_response(),
        }
    }
}
