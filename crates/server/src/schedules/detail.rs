//! What there is to say of runs that are not made.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use windlass_store::{Error, Resource, RunDetail};
use windlass_wire::{Code, FieldError, ScheduleRunDetail};

use crate::input::Fault;
use crate::templates::Failure;

/// A rendering that failed; `None` where trying again helps.
pub(super) fn of_failure(failure: Failure) -> Option<RunDetail> {
    let error =
        |fault: windlass_templates::Fault| FieldError { pointer: fault.pointer, detail: fault.detail };
    let (code, errors) = match failure {
        Failure::Wrong(faults) => (Code::ValidationFailed, faults.into_iter().map(error).collect()),
        Failure::Render(fault) => (Code::RenderFailed, vec![error(fault)]),
        Failure::Refused(rejection) => {
            (rejection.fault.map_or(Code::ValidationFailed, code_of), rejection.errors)
        }
        Failure::Overloaded => return None,
    };
    let detail = match errors.as_slice() {
        [only] => format!("{} {}", only.pointer, only.detail),
        all => format!("{} values are wrong", all.len()),
    };
    Some(failed(code, detail, errors))
}

/// What the store refused; `None` where trying again may help.
pub(super) fn of_error(error: &Error) -> Option<RunDetail> {
    match error {
        Error::DeadlineNotAhead => {
            let why = "must be ahead of now, by the database's clock".to_owned();
            let at = FieldError { pointer: "/deadline_at".to_owned(), detail: why.clone() };
            Some(failed(Code::ValidationFailed, format!("/deadline_at {why}"), vec![at]))
        }
        Error::NotFound(Resource::Template) => {
            let detail = "the template, or its version, is not there".to_owned();
            Some(failed(Code::TemplateNotFound, detail, Vec::new()))
        }
        Error::Internal(source) => {
            tracing::error!(error = %source, "a run of a schedule failed");
            Some(failed(Code::InternalError, "the server failed".to_owned(), Vec::new()))
        }
        _ => None,
    }
}

/// Times that are not made up.
pub(super) fn missed(count: u64, from: DateTime<Utc>, to: DateTime<Utc>) -> RunDetail {
    let say = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let text = if count == 1 {
        format!("missed {}", say(to))
    } else {
        format!("missed {count} times from {} to {}", say(from), say(to))
    };
    RunDetail { json: json(&ScheduleRunDetail::Missed { missed: count, from, to }), text }
}

fn failed(code: Code, detail: String, errors: Vec<FieldError>) -> RunDetail {
    let shown = ScheduleRunDetail::Failed { code: code.as_str().to_owned(), detail: detail.clone(), errors };
    RunDetail { json: json(&shown), text: detail }
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

fn json(detail: &impl Serialize) -> String {
    serde_json::to_string(detail).expect("details are plain data")
}
