//! Problems in Jobnik's words: a message and a code, never empty.

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use windlass_wire::jobnik::Code;
use windlass_wire::{self as wire, Problem};

use super::refusal::Refusal;
use crate::input::short;

/// What its manager would say.
pub(super) fn reword(method: &Method, told: &Problem) -> Response {
    let status = StatusCode::from_u16(told.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let plain = |status: StatusCode, code: Code| Refusal::new(status, code, told.detail.clone());
    let refusal = match told.code {
        wire::Code::RouteNotFound => Refusal::new(status, Code::UnknownError, "not found"),
        wire::Code::MethodNotAllowed => {
            Refusal::new(status, Code::UnknownError, format!("{} method not allowed", short(method.as_str())))
        }
        wire::Code::PayloadTooLarge => Refusal::new(status, Code::UnknownError, "request entity too large"),
        wire::Code::PipelineNotFound => Refusal::absent(Code::JobNotFound),
        wire::Code::JobNotFound => Refusal::absent(Code::StageNotFound),
        wire::Code::TaskNotFound => Refusal::absent(Code::TaskNotFound),
        wire::Code::Unauthorized => plain(status, Code::Unauthorized),
        wire::Code::Forbidden => plain(status, Code::Forbidden),
        wire::Code::RateLimited => plain(status, Code::RateLimited),
        wire::Code::DatabaseUnavailable => plain(status, Code::DatabaseRelatedError),
        wire::Code::InternalError => Refusal::new(status, Code::UnknownError, "Internal Server Error"),
        _ if status == StatusCode::BAD_REQUEST => plain(status, Code::ValidationError),
        _ if status == StatusCode::UNPROCESSABLE_ENTITY => {
            Refusal::new(StatusCode::BAD_REQUEST, Code::ValidationError, faults(told))
        }
        _ => plain(status, Code::UnknownError),
    };
    refusal.into_response()
}

/// All that is wrong with a body, each with its place.
fn faults(told: &Problem) -> String {
    let errors = told.errors.as_deref().unwrap_or_default();
    let each: Vec<String> =
        errors.iter().map(|error| format!("request/body{} {}", error.pointer, error.detail)).collect();
    if each.is_empty() { told.detail.clone() } else { each.join(", ") }
}

#[cfg(test)]
mod tests {
    use axum::http::header::CONTENT_TYPE;

    use super::*;

    #[test]
    fn every_problem_has_a_body_and_a_status_that_its_clients_know() {
        for code in wire::Code::ALL {
            let answer = reword(&Method::GET, &Problem::new(code, "why"));
            assert_ne!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{code}");
            assert!(answer.status().is_client_error() || answer.status().is_server_error());
            assert_eq!(answer.headers()[CONTENT_TYPE], "application/json; charset=utf-8");
        }
    }
}
