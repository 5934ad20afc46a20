//! Errors as answers: the only file that makes what went wrong a problem of the contract.

use std::sync::Arc;

use axum::http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use windlass_store::{Error, Part, Refusal, Resource};
use windlass_wire::{Code, FieldError};

use super::resource;
use crate::correlation;
use crate::engine;
use crate::input::{Fault, Findings, Pointer, Rejection, short};
use crate::templates::Failure;
use crate::view;

/// The media type of problems.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// The most errors of a problem.
const MOST_ERRORS: usize = 100;

/// A refusal on its way to the client.
#[derive(Debug)]
pub(crate) struct Problem(Box<windlass_wire::Problem>);

/// What an answer refused, for a surface that says it in words of its own; of a response.
#[derive(Debug, Clone)]
pub(super) struct Refused(pub(super) Arc<windlass_wire::Problem>);

impl Problem {
    /// A problem without optional members.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(windlass_wire::Problem::new(code, detail)))
    }

    /// The client was too slow; its connection is not kept.
    pub(super) fn timed_out(detail: impl Into<String>) -> Self {
        Self::new(Code::MalformedRequest, detail).answered_as(StatusCode::REQUEST_TIMEOUT)
    }

    /// The request has more headers than it may have; its connection is not kept.
    pub(super) fn too_many_headers(most: usize) -> Self {
        let detail = format!("the request has more than {most} headers");
        Self::new(Code::MalformedRequest, detail).answered_as(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    }

    /// The request's head is longer than it may be; its connection is not kept.
    pub(super) fn head_too_long(most: u32) -> Self {
        let detail = format!("the head of the request has more than {most} bytes");
        Self::new(Code::MalformedRequest, detail).answered_as(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    }

    /// The request's head is longer than it may be, or has more headers: not known which. Its connection is not kept.
    pub(super) fn head_too_large(bytes: u32, headers: usize) -> Self {
        let detail = format!("the head of the request has more than {bytes} bytes or {headers} headers");
        Self::new(Code::MalformedRequest, detail).answered_as(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    }

    /// The request's head is not one of HTTP/1.1; its connection is not kept.
    pub(super) fn unreadable_head() -> Self {
        Self::new(Code::MalformedRequest, "the head of the request cannot be read as HTTP/1.1")
    }

    fn answered_as(mut self, status: StatusCode) -> Self {
        self.0.status = status.as_u16();
        self
    }

    /// What is asked for does not fit what is there, which has no state.
    pub(crate) fn in_no_state(detail: impl Into<String>) -> Self {
        let mut problem = windlass_wire::Problem::new(Code::IllegalTransition, detail);
        problem.state = Some(None);
        Self(Box::new(problem))
    }

    /// There is no such resource.
    pub(crate) fn not_found(kind: Resource) -> Self {
        Self::new(resource::not_found(kind), format!("there is no such {kind}, or it has been deleted"))
    }

    /// What is wrong at these places, of which there is one at least.
    pub(crate) fn at(code: Code, faults: Vec<windlass_templates::Fault>) -> Self {
        let detail = match faults.as_slice() {
            [only] => format!("{} {}", short(&only.pointer), only.detail),
            all => format!("{} values in the body are wrong", all.len()),
        };
        let mut problem = windlass_wire::Problem::new(code, detail);
        let error =
            |fault: windlass_templates::Fault| FieldError { pointer: fault.pointer, detail: fault.detail };
        problem.errors = Some(faults.into_iter().map(error).collect());
        Self(Box::new(problem))
    }

    /// There is no such path.
    pub(super) fn no_such_path() -> Self {
        Self::new(Code::RouteNotFound, "there is no such path; /docs/ shows those that there are")
    }

    /// The path does not answer this method.
    pub(super) fn no_such_method(method: &Method) -> Self {
        Self::new(
            Code::MethodNotAllowed,
            format!(
                "the path does not answer {}; the header allow lists what it does",
                short(method.as_str())
            ),
        )
    }

    /// It cannot be found out whose key it is, since the database does not answer.
    pub(super) fn key_not_looked_up() -> Self {
        Self::new(Code::DatabaseUnavailable, "the database does not answer, so the key cannot be looked up")
    }

    /// Parts of a request are of types that the caller's key is not allowed: where each is, and its type.
    pub(crate) fn types_not_allowed<'a>(parts: impl IntoIterator<Item = (String, &'a str)>) -> Self {
        let parts: Vec<_> = parts.into_iter().collect();
        let detail = format!("the key is not allowed the types of {} parts of the request", parts.len());
        let mut problem = windlass_wire::Problem::new(Code::Forbidden, detail);
        let error = |(pointer, type_name): (String, &str)| windlass_wire::FieldError {
            pointer,
            detail: format!("is of the type {}, which is none of the key's", short(type_name)),
        };
        problem.errors = Some(parts.into_iter().take(MOST_ERRORS).map(error).collect());
        Self(Box::new(problem))
    }

    /// The database does not answer; the same words whatever the reason, since that is the operator's to know.
    fn database_unavailable() -> Self {
        Self::new(Code::DatabaseUnavailable, "the database does not answer; nothing is known to have changed")
    }

    /// The server stops, so that what was begun is not done to its end; asking again goes on.
    pub(crate) fn shutting_down() -> Self {
        Self::new(Code::ShuttingDown, "the server is stopping")
    }

    /// More wait than this server takes on.
    fn overloaded() -> Self {
        Self::new(Code::Overloaded, "too many requests wait for the database; nothing was changed")
    }

    /// More bytes of bodies would be held than may be.
    pub(super) fn too_many_bytes() -> Self {
        Self::new(Code::Overloaded, "too many bytes of requests are held; nothing was changed")
    }

    /// More bytes of answers would wait for their clients than may.
    pub(super) fn too_many_unread_bytes() -> Self {
        Self::new(Code::Overloaded, "too many bytes of answers wait for their clients; nothing was changed")
    }

    /// There is no place for the connection; it is not kept.
    pub(super) fn too_many_connections() -> Self {
        Self::new(
            Code::Overloaded,
            "too many connections are open, and none of them is idle; nothing was changed",
        )
    }

    /// A defect of ours; the log has the rest.
    pub(crate) fn internal() -> Self {
        Self::new(Code::InternalError, "the server failed; its log has more under the request id")
    }

    /// What the store refused of a request that is one job.
    pub(crate) fn of_one_job(error: engine::Error) -> Self {
        match error {
            engine::Error::Store(Error::TypesNotAllowed(parts)) => Self::types_not_allowed(
                parts.iter().map(|other| ("/type".to_owned(), other.type_name.as_str())),
            ),
            other => other.into(),
        }
    }

    /// What the store refused, of a request whose refused parts are below `at`.
    pub(crate) fn of(error: Error, at: &Pointer<'_>) -> Self {
        match error {
            Error::NotFound(resource) => Self::not_found(resource),
            Error::LeaseLost { task_state } => {
                let detail =
                    format!("the token is not the task's current one; the task is {}", task_state.as_str());
                let mut problem = windlass_wire::Problem::new(Code::LeaseLost, detail);
                problem.task_state = Some(view::task_state(task_state));
                Self(Box::new(problem))
            }
            Error::IllegalTransition { state, detail } => {
                let mut problem = windlass_wire::Problem::new(Code::IllegalTransition, detail);
                problem.state = Some(Some(state.to_owned()));
                Self(Box::new(problem))
            }
            Error::JobSealed { key } => Self::new(
                Code::JobSealed,
                format!("job {key} is sealed or has ended; it takes no more tasks"),
            ),
            Error::PipelineSealed => {
                Self::new(Code::PipelineSealed, "the pipeline is sealed or has ended; it takes no more jobs")
            }
            Error::NotTerminal => Self::new(Code::NotTerminal, "the pipeline has not ended"),
            Error::Refused(refusals) => refused(&refusals, at),
            Error::TypesNotAllowed(parts) => Self::types_not_allowed(
                parts.iter().map(|other| (pointer(other.part, at), other.type_name.as_str())),
            ),
            Error::MetadataRefused(detail) => {
                let findings = Findings::default();
                findings.value(format_args!("{at}/metadata"), detail);
                findings.into_rejection().map_or_else(Self::internal, Self::from)
            }
            Error::DeadlineNotAhead => {
                let findings = Findings::default();
                findings
                    .value(format_args!("{at}/deadline_at"), "must be ahead of now, by the database's clock");
                findings.into_rejection().map_or_else(Self::internal, Self::from)
            }
            Error::ExpiryNotAhead => {
                let findings = Findings::default();
                findings
                    .value(format_args!("{at}/expires_at"), "must be ahead of now, by the database's clock");
                findings.into_rejection().map_or_else(Self::internal, Self::from)
            }
            Error::InUse { detail } => Self::new(Code::InUse, detail),
            Error::TooManyWebhooks { limit } => {
                let findings = Findings::default();
                findings.value(at, format_args!("there are {limit} webhooks, which is the most"));
                findings.into_rejection().map_or_else(Self::internal, Self::from)
            }
            Error::EndNotAhead => {
                let findings = Findings::default();
                findings.value(format_args!("{at}/ends_at"), "must be ahead of now, by the database's clock");
                findings.into_rejection().map_or_else(Self::internal, Self::from)
            }
            // A time has no state.
            Error::TimeTaken => {
                Self::in_no_state("the time has a pipeline of the schedule already, or one that waits")
            }
            Error::KeyReused => {
                Self::new(Code::IdempotencyKeyReused, "the idempotency key was used with another body before")
            }
            Error::PlaceLost => Self::new(
                Code::MalformedRequest,
                "the position is none of this database's: it was restored from a backup that is older; begin anew, or behind an event that \
                 both have",
            ),
            Error::Unavailable(source) => {
                correlation::settle();
                tracing::debug!(error = %source, "the database is not available");
                Self::database_unavailable()
            }
            Error::Internal(source) => {
                correlation::settle();
                tracing::error!(error = %source, "the store failed");
                Self::internal()
            }
        }
    }

    /// Whether the absence of the resource that a call is about would be answered instead.
    pub(crate) fn yields_to_absence(&self) -> bool {
        self.0.status == 404 || self.0.status == 422
    }

    /// Whether it has this code.
    pub(crate) fn is(&self, code: Code) -> bool {
        self.0.code == code
    }

    /// The problem as the contract words it, for tests.
    #[cfg(test)]
    pub(crate) fn as_wire(&self) -> &windlass_wire::Problem {
        &self.0
    }

    /// The problem as a part of other JSON.
    pub(crate) fn into_wire(self) -> windlass_wire::Problem {
        *self.0
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::of(error, &Pointer::Root)
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let code = rejection.fault.map_or(Code::ValidationFailed, code_of);
        let mut problem = windlass_wire::Problem::new(code, rejection.detail());
        problem.errors = Some(rejection.errors);
        problem.cycle = rejection.cycle;
        Self(Box::new(problem))
    }
}

/// The code of a body whose faults are all of this kind.
fn code_of(fault: Fault) -> Code {
    match fault {
        Fault::Value => Code::ValidationFailed,
        Fault::UnknownDependency => Code::UnknownDependency,
        Fault::DuplicateKey => Code::DuplicateKey,
        Fault::Cycle => Code::DependencyCycle,
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Wrong(faults) => Self::at(Code::ValidationFailed, faults),
            Failure::Render(fault) => Self::at(Code::RenderFailed, vec![fault]),
            Failure::Refused(rejection) => rejection.into(),
            Failure::Overloaded => {
                Self::new(Code::Overloaded, "too many templates are being filled in; nothing was changed")
            }
        }
    }
}

impl From<engine::Error> for Problem {
    fn from(error: engine::Error) -> Self {
        match error {
            engine::Error::Store(error) => error.into(),
            engine::Error::Overloaded => Self::overloaded(),
            engine::Error::Unavailable => Self::database_unavailable(),
            engine::Error::Internal => Self::internal(),
        }
    }
}

/// Where in a request this part of it is.
fn pointer(part: Part, at: &Pointer<'_>) -> String {
    match part {
        Part::Job(job) => format!("{at}/jobs/{job}/type"),
        Part::Addition(item) => format!("{at}/add_tasks/{item}/job"),
        Part::Tasks => format!("{at}/tasks"),
    }
}

fn refused(refusals: &[Refusal], at: &Pointer<'_>) -> Problem {
    let findings = Findings::default();
    for refusal in refusals {
        match refusal {
            Refusal::UnknownDependency { job, dependency, key } => findings.note(
                Fault::UnknownDependency,
                format_args!("{at}/jobs/{job}/depends_on/{dependency}"),
                format_args!("names {key}, which is no job of the pipeline"),
            ),
            Refusal::DuplicateKey { job, key } => findings.note(
                Fault::DuplicateKey,
                format_args!("{at}/jobs/{job}/key"),
                format_args!("is {key}, as another job's of the pipeline"),
            ),
            Refusal::ReservedKey { job, key } => {
                findings.value(
                    format_args!("{at}/jobs/{job}/key"),
                    format_args!(
                        "is {key}, which is kept for a stage: the pipeline was made by Jobnik's surface"
                    ),
                );
            }
            Refusal::TooManyEdges { limit } => {
                findings.value(format!("{at}/jobs"), format!("a pipeline has at most {limit} edges"));
            }
            Refusal::TooManyJobs { limit } => {
                findings
                    .value(format_args!("{at}/jobs"), format_args!("a pipeline has at most {limit} jobs"));
            }
            Refusal::TooManyPipelines { limit } => {
                findings.value(
                    format_args!("{at}/filter"),
                    format_args!("fits more than {limit} pipelines, the most that one call changes"),
                );
            }
            Refusal::UnknownJob { item, key } => {
                findings.value(
                    format_args!("{at}/add_tasks/{item}/job"),
                    format_args!("is {key}, which is no job of the pipeline"),
                );
            }
        }
    }
    findings.into_rejection().map_or_else(Problem::internal, Problem::from)
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let problem = self.0;
        let status = StatusCode::from_u16(problem.status).expect("codes have valid statuses");
        let body = serde_json::to_vec(&problem).expect("problems are plain data");
        let said = [(CONTENT_TYPE, MEDIA_TYPE), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
        let mut response =
            (status, said.map(|(name, value)| (name, HeaderValue::from_static(value))), body).into_response();
        if let Some(seconds) = retry_after(problem.code) {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        if matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE) {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response.extensions_mut().insert(Refused(problem.into()));
        response
    }
}

/// When to try again, in whole seconds, where trying again may help.
fn retry_after(code: Code) -> Option<&'static str> {
    match code {
        Code::DatabaseUnavailable | Code::Overloaded | Code::RateLimited => Some("1"),
        // A restart takes a little.
        Code::ShuttingDown => Some("5"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use windlass_domain::TaskState;

    use super::*;

    fn code(error: Error) -> Code {
        Problem::from(error).into_wire().code
    }

    #[test]
    fn each_error_of_the_store_has_its_code() {
        let illegal = Error::IllegalTransition { state: "failed", detail: "it has ended".to_owned() };
        assert_eq!(code(Error::NotFound(Resource::Pipeline)), Code::PipelineNotFound);
        assert_eq!(code(Error::NotFound(Resource::Job)), Code::JobNotFound);
        assert_eq!(code(Error::NotFound(Resource::Task)), Code::TaskNotFound);
        assert_eq!(code(Error::NotFound(Resource::Queue)), Code::QueueNotFound);
        assert_eq!(code(Error::LeaseLost { task_state: TaskState::Queued }), Code::LeaseLost);
        assert_eq!(code(illegal), Code::IllegalTransition);
        assert_eq!(code(Error::JobSealed { key: "a".to_owned() }), Code::JobSealed);
        assert_eq!(code(Error::PipelineSealed), Code::PipelineSealed);
        assert_eq!(code(Error::NotTerminal), Code::NotTerminal);
        assert_eq!(code(Error::KeyReused), Code::IdempotencyKeyReused);
        assert_eq!(code(Error::MetadataRefused("too large".to_owned())), Code::ValidationFailed);
        assert_eq!(code(Error::DeadlineNotAhead), Code::ValidationFailed);
        assert_eq!(code(Error::NotFound(Resource::Key)), Code::KeyNotFound);
        assert_eq!(code(Error::InUse { detail: "it is the last".to_owned() }), Code::InUse);
        assert_eq!(code(Error::ExpiryNotAhead), Code::ValidationFailed);
    }

    #[test]
    fn conflicts_show_the_state_that_was_met() {
        let lost = Problem::from(Error::LeaseLost { task_state: TaskState::Cancelled }).into_wire();
        assert_eq!(lost.task_state, Some(windlass_wire::TaskState::Cancelled));
        let illegal = Error::IllegalTransition { state: "failed", detail: "it has ended".to_owned() };
        assert_eq!(Problem::from(illegal).into_wire().state, Some(Some("failed".to_owned())));
        let taken = Problem::from(Error::TimeTaken).into_wire();
        assert!(serde_json::to_string(&taken).unwrap().contains(r#""state":null"#));
        assert_eq!(Problem::from(Error::KeyReused).into_wire().state, None);
    }

    #[test]
    fn refusals_point_to_their_field_below_the_item() {
        let tasks = Pointer::Field(&Pointer::Root, "tasks");
        let item = Pointer::Item(&tasks, 2);
        let unknown = Error::Refused(vec![Refusal::UnknownJob { item: 1, key: "ghost".to_owned() }]);
        let problem = Problem::of(unknown, &item).into_wire();
        assert_eq!(problem.code, Code::ValidationFailed);
        assert_eq!(problem.errors.unwrap()[0].pointer, "/tasks/2/add_tasks/1/job");
    }

    #[test]
    fn a_bulk_verb_for_too_many_pipelines_is_refused_at_its_filter() {
        let problem =
            Problem::from(Error::Refused(vec![Refusal::TooManyPipelines { limit: 10_000 }])).into_wire();
        assert_eq!((problem.status, problem.code), (422, Code::ValidationFailed));
        let error = &problem.errors.unwrap()[0];
        assert!(error.pointer == "/filter" && error.detail.contains("10000"), "{error:?}");
    }

    #[test]
    fn faults_of_one_kind_have_its_code() {
        let code = |fault: Option<Fault>| {
            Problem::from(Rejection { fault, errors: Vec::new(), cycle: None }).into_wire().code
        };
        assert_eq!(code(Some(Fault::Value)), Code::ValidationFailed);
        assert_eq!(code(Some(Fault::UnknownDependency)), Code::UnknownDependency);
        assert_eq!(code(Some(Fault::DuplicateKey)), Code::DuplicateKey);
        assert_eq!(code(Some(Fault::Cycle)), Code::DependencyCycle);
        assert_eq!(code(None), Code::ValidationFailed);
    }

    #[test]
    fn refusals_of_one_kind_have_its_code() {
        let unknown = || Refusal::UnknownDependency { job: 0, dependency: 1, key: "b".to_owned() };
        let double = || Refusal::DuplicateKey { job: 0, key: "a".to_owned() };
        assert_eq!(code(Error::Refused(vec![unknown(), unknown()])), Code::UnknownDependency);
        assert_eq!(code(Error::Refused(vec![double()])), Code::DuplicateKey);
        assert_eq!(code(Error::Refused(vec![double(), unknown()])), Code::ValidationFailed);
        assert_eq!(code(Error::Refused(vec![Refusal::TooManyJobs { limit: 9 }])), Code::ValidationFailed);
    }

    #[test]
    fn what_may_be_tried_again_says_when() {
        for code in Code::ALL {
            let response = Problem::new(code, "detail").into_response();
            assert_eq!(response.status().as_u16(), code.status());
            assert_eq!(response.headers()[CONTENT_TYPE], MEDIA_TYPE);
            let says_when = response
                .headers()
                .get(RETRY_AFTER)
                .is_some_and(|at| at.to_str().unwrap().parse::<u32>().is_ok());
            assert_eq!(says_when, matches!(code.status(), 429 | 503), "{code}");
        }
    }
}
