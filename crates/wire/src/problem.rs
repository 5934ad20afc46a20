//! Errors, as RFC 9457 problem details.

use serde::{Deserialize, Serialize};

use crate::{Code, TaskState};

/// An error answer, `application/problem+json`.
///
/// The members after `detail` are left out where they do not apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A URI that names the kind of problem, one per `code`.
    #[cfg_attr(feature = "openapi", schema(examples("urn:windlass:problem:lease_lost")))]
    pub r#type: String,
    /// A short text for people, the same for every occurrence of the code.
    pub title: String,
    /// The HTTP status.
    #[cfg_attr(feature = "openapi", schema(examples(409)))]
    pub status: u16,
    /// What went wrong, for programs.
    pub code: Code,
    /// What went wrong this time, for people.
    pub detail: String,
    /// With `validation_failed` and its kin: all that was found wrong, at most 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub errors: Option<Vec<FieldError>>,
    /// With `illegal_transition`: the present state of what was asked to change, as a pipeline, job or task; null where it has none, as a time of a
    /// schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub state: Option<Option<String>>,
    /// With `lease_lost`: the present state of the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub task_state: Option<TaskState>,
    /// With `dependency_cycle`: keys, each of which depends on the next, the last on the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub cycle: Option<Vec<String>>,
}

impl Problem {
    /// A problem of `code` without optional members; `detail` says what went wrong this time.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            r#type: format!("urn:windlass:problem:{code}"),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            detail: detail.into(),
            errors: None,
            state: None,
            task_state: None,
            cycle: None,
        }
    }
}

/// One thing that is wrong in a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// A JSON Pointer (RFC 6901) into the body.
    #[cfg_attr(feature = "openapi", schema(examples("/jobs/0/type")))]
    pub pointer: String,
    /// What is wrong there, with the bound where there is one.
    pub detail: String,
}
