//! The closed list of problem codes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What went wrong, for programs: each code has one HTTP status and is never reused for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// 400: not JSON, nested too deeply, or a bad query parameter or header.
    MalformedRequest,
    /// 401: no valid credentials.
    Unauthorized,
    /// 403: the credentials do not allow this.
    Forbidden,
    /// 404: no such pipeline.
    PipelineNotFound,
    /// 404: no such job.
    JobNotFound,
    /// 404: no such task.
    TaskNotFound,
    /// 404: no such queue.
    QueueNotFound,
    /// 404: no such path.
    RouteNotFound,
    /// 405: the path does not answer this method.
    MethodNotAllowed,
    /// 409: the lease token is not the task's current one; `task_state` says what became of the task.
    LeaseLost,
    /// 409: the verb makes no sense in this state; `state` names it.
    IllegalTransition,
    /// 409: the job takes no more tasks.
    JobSealed,
    /// 409: the pipeline takes no more jobs.
    PipelineSealed,
    /// 409: only what has ended can be deleted.
    NotTerminal,
    /// 413: the body is over its limit.
    PayloadTooLarge,
    /// 415: the body is not announced as JSON.
    UnsupportedMediaType,
    /// 422: the JSON has wrong types or values; `errors` points at them.
    ValidationFailed,
    /// 422: jobs depend on each other in a circle; `cycle` names it.
    DependencyCycle,
    /// 422: an edge names a job that is not there.
    UnknownDependency,
    /// 422: two jobs of one pipeline have the same key.
    DuplicateKey,
    /// 422: the idempotency key came with another body before.
    IdempotencyKeyReused,
    /// 429: too many requests.
    RateLimited,
    /// 500: a fault of the server; the request id finds its log.
    InternalError,
    /// 503: the database does not answer; `Retry-After` says when to try again.
    DatabaseUnavailable,
    /// 503: more than the server can take; `Retry-After` says when to try again.
    Overloaded,
    /// 503: the server is stopping; `Retry-After` says when to try again.
    ShuttingDown,
}

impl Code {
    /// Every code, in the order of the contract.
    pub const ALL: [Self; 26] = [
        Self::MalformedRequest,
        Self::Unauthorized,
        Self::Forbidden,
        Self::PipelineNotFound,
        Self::JobNotFound,
        Self::TaskNotFound,
        Self::QueueNotFound,
        Self::RouteNotFound,
        Self::MethodNotAllowed,
        Self::LeaseLost,
        Self::IllegalTransition,
        Self::JobSealed,
        Self::PipelineSealed,
        Self::NotTerminal,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::ValidationFailed,
        Self::DependencyCycle,
        Self::UnknownDependency,
        Self::DuplicateKey,
        Self::IdempotencyKeyReused,
        Self::RateLimited,
        Self::InternalError,
        Self::DatabaseUnavailable,
        Self::Overloaded,
        Self::ShuttingDown,
    ];

    /// The HTTP status that the code comes with.
    pub const fn status(self) -> u16 {
        match self {
            Self::MalformedRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::PipelineNotFound
            | Self::JobNotFound
            | Self::TaskNotFound
            | Self::QueueNotFound
            | Self::RouteNotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::LeaseLost
            | Self::IllegalTransition
            | Self::JobSealed
            | Self::PipelineSealed
            | Self::NotTerminal => 409,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::ValidationFailed
            | Self::DependencyCycle
            | Self::UnknownDependency
            | Self::DuplicateKey
            | Self::IdempotencyKeyReused => 422,
            Self::RateLimited => 429,
            Self::InternalError => 500,
            Self::DatabaseUnavailable | Self::Overloaded | Self::ShuttingDown => 503,
        }
    }

    /// The code as it stands in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MalformedRequest => "malformed_request",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::PipelineNotFound => "pipeline_not_found",
            Self::JobNotFound => "job_not_found",
            Self::TaskNotFound => "task_not_found",
            Self::QueueNotFound => "queue_not_found",
            Self::RouteNotFound => "route_not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::LeaseLost => "lease_lost",
            Self::IllegalTransition => "illegal_transition",
            Self::JobSealed => "job_sealed",
            Self::PipelineSealed => "pipeline_sealed",
            Self::NotTerminal => "not_terminal",
            Self::PayloadTooLarge => "payload_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::ValidationFailed => "validation_failed",
            Self::DependencyCycle => "dependency_cycle",
            Self::UnknownDependency => "unknown_dependency",
            Self::DuplicateKey => "duplicate_key",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::RateLimited => "rate_limited",
            Self::InternalError => "internal_error",
            Self::DatabaseUnavailable => "database_unavailable",
            Self::Overloaded => "overloaded",
            Self::ShuttingDown => "shutting_down",
        }
    }

    /// A short text for people, the same for every occurrence.
    pub const fn title(self) -> &'static str {
        match self {
            Self::MalformedRequest => "the request cannot be read",
            Self::Unauthorized => "valid credentials are needed",
            Self::Forbidden => "the credentials do not allow this",
            Self::PipelineNotFound => "there is no such pipeline",
            Self::JobNotFound => "there is no such job",
            Self::TaskNotFound => "there is no such task",
            Self::QueueNotFound => "there is no such queue",
            Self::RouteNotFound => "there is no such path",
            Self::MethodNotAllowed => "the path does not answer this method",
            Self::LeaseLost => "the lease is no longer the task's current one",
            Self::IllegalTransition => "this makes no sense in the present state",
            Self::JobSealed => "the job takes no more tasks",
            Self::PipelineSealed => "the pipeline takes no more jobs",
            Self::NotTerminal => "it has not ended yet",
            Self::PayloadTooLarge => "the body is too large",
            Self::UnsupportedMediaType => "the body must be application/json",
            Self::ValidationFailed => "the body has wrong values",
            Self::DependencyCycle => "jobs depend on each other in a circle",
            Self::UnknownDependency => "a dependency names a job that is not there",
            Self::DuplicateKey => "two jobs have the same key",
            Self::IdempotencyKeyReused => "the idempotency key was used with another body",
            Self::RateLimited => "too many requests",
            Self::InternalError => "the server failed",
            Self::DatabaseUnavailable => "the database does not answer",
            Self::Overloaded => "the server is overloaded",
            Self::ShuttingDown => "the server is stopping",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn json_and_text_are_the_same_word() {
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
