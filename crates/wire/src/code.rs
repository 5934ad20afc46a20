//! The closed list of problem codes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Writes the list once: each code with its meaning, its HTTP status, its form in JSON and its title.
macro_rules! codes {
    ($($(#[$meaning:meta])* $code:ident, $status:literal, $text:literal, $title:literal;)*) => {
        /// What went wrong, for programs: each code has one HTTP status and is never reused for another.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum Code {
            $($(#[$meaning])* $code,)*
        }

        impl Code {
            /// Every code, in the order of the contract.
            pub const ALL: [Self; [$($status),*].len()] = [$(Self::$code),*];

            /// The HTTP status that the code comes with.
            pub const fn status(self) -> u16 {
                match self { $(Self::$code => $status,)* }
            }

            /// The code as it is in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$code => $text,)* }
            }

            /// A short text for people, the same for every occurrence.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$code => $title,)* }
            }
        }
    };
}

codes! {
    /// 400: not JSON, nested too deeply, or a bad query parameter or header.
    MalformedRequest, 400, "malformed_request", "the request cannot be read";
    /// 401: no valid credentials.
    Unauthorized, 401, "unauthorized", "valid credentials are needed";
    /// 403: the credentials do not allow this.
    Forbidden, 403, "forbidden", "the credentials do not allow this";
    /// 404: no such pipeline.
    PipelineNotFound, 404, "pipeline_not_found", "there is no such pipeline";
    /// 404: no such job.
    JobNotFound, 404, "job_not_found", "there is no such job";
    /// 404: no such task.
    TaskNotFound, 404, "task_not_found", "there is no such task";
    /// 404: no such queue.
    QueueNotFound, 404, "queue_not_found", "there is no such queue";
    /// 404: no such key.
    KeyNotFound, 404, "key_not_found", "there is no such key";
    /// 404: no such schedule.
    ScheduleNotFound, 404, "schedule_not_found", "there is no such schedule";
    /// 404: no such template.
    TemplateNotFound, 404, "template_not_found", "there is no such template";
    /// 404: no such webhook.
    WebhookNotFound, 404, "webhook_not_found", "there is no such webhook";
    /// 404: no such delivery.
    DeliveryNotFound, 404, "delivery_not_found", "there is no such delivery";
    /// 404: no such path.
    RouteNotFound, 404, "route_not_found", "there is no such path";
    /// 405: the path does not answer this method.
    MethodNotAllowed, 405, "method_not_allowed", "the path does not answer this method";
    /// 409: the lease token is not the task's current one; `task_state` says what became of the task.
    LeaseLost, 409, "lease_lost", "the lease is no longer the task's current one";
    /// 409: the verb makes no sense in this state; `state` names it.
    IllegalTransition, 409, "illegal_transition", "this makes no sense in the present state";
    /// 409: the job takes no more tasks.
    JobSealed, 409, "job_sealed", "the job takes no more tasks";
    /// 409: the pipeline takes no more jobs.
    PipelineSealed, 409, "pipeline_sealed", "the pipeline takes no more jobs";
    /// 409: only what has ended can be deleted.
    NotTerminal, 409, "not_terminal", "it has not ended yet";
    /// 409: something else would not go on without it; the detail says what.
    InUse, 409, "in_use", "it is in use";
    /// 413: the body is over its limit.
    PayloadTooLarge, 413, "payload_too_large", "the body is too large";
    /// 415: the body is not announced as JSON.
    UnsupportedMediaType, 415, "unsupported_media_type", "the body must be application/json";
    /// 422: the JSON has wrong types or values; `errors` points at them.
    ValidationFailed, 422, "validation_failed", "the body has wrong values";
    /// 422: jobs depend on each other in a circle; `cycle` names it.
    DependencyCycle, 422, "dependency_cycle", "jobs depend on each other in a circle";
    /// 422: an edge names a job that is not there.
    UnknownDependency, 422, "unknown_dependency", "a dependency names a job that is not there";
    /// 422: two jobs of one pipeline have the same key.
    DuplicateKey, 422, "duplicate_key", "two jobs have the same key";
    /// 422: the template could not be filled in; `errors` points into it.
    RenderFailed, 422, "render_failed", "the template could not be filled in";
    /// 422: the idempotency key came with another body before.
    IdempotencyKeyReused, 422, "idempotency_key_reused", "the idempotency key was used with another body";
    /// 429: too many requests.
    RateLimited, 429, "rate_limited", "too many requests";
    /// 500: a fault of the server; the request id finds its log.
    InternalError, 500, "internal_error", "the server failed";
    /// 503: the database does not answer; `Retry-After` says when to try again.
    DatabaseUnavailable, 503, "database_unavailable", "the database does not answer";
    /// 503: more than the server can take; `Retry-After` says when to try again.
    Overloaded, 503, "overloaded", "the server is overloaded";
    /// 503: the server is stopping; `Retry-After` says when to try again.
    ShuttingDown, 503, "shutting_down", "the server is stopping";
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
