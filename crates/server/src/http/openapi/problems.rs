//! Which problems an operation can answer, and how each looks.

use std::collections::{BTreeMap, BTreeSet};

use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{ContentBuilder, Object, Ref, RefOr, Response, ResponseBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};
use windlass_store::Resource;
use windlass_wire::{Code, FieldError, Problem, TaskState};

use crate::http::auth::Requirement;
use crate::http::problem::MEDIA_TYPE;
use crate::http::{resource, surfaces};

/// The codes of every operation that needs a key.
const OF_CALLERS: [Code; 6] = [
    Code::Unauthorized,
    Code::Forbidden,
    Code::RateLimited,
    Code::InternalError,
    Code::DatabaseUnavailable,
    Code::Overloaded,
];

/// The extension in which a handler lists the codes that are its own.
const OWN: &str = "x-problems";

/// Adds the responses of every problem that the operation can answer.
pub(super) fn attach(path: &str, has_body: bool, operation: &mut Operation) {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    let asks = Requirement::of(operation).is_some_and(|asked| asked != Requirement::Nothing);
    let of_callers = if asks { &OF_CALLERS[..] } else { &[] };
    let own = own(operation).into_iter().chain(common(path, has_body));
    let codes: BTreeSet<_> = own.chain(of_callers.iter().copied()).map(position).collect();
    for code in codes.into_iter().map(|position| Code::ALL[position]) {
        by_status.entry(code.status()).or_default().push(code);
    }
    if has_body {
        operation.responses.responses.insert("408".to_owned(), too_slow().into());
    }
    for (status, codes) in by_status {
        operation.responses.responses.insert(status.to_string(), response(status, &codes).into());
    }
}

/// The codes that every operation with such a path and body can answer.
fn common(path: &str, has_body: bool) -> Vec<Code> {
    let Some(below) = surfaces::of(path).and_then(|surface| surface.below(path)) else {
        // Of a request that names no host.
        return vec![Code::MalformedRequest];
    };
    let mut codes = vec![
        Code::MalformedRequest,
        Code::InternalError,
        Code::DatabaseUnavailable,
        Code::Overloaded,
        Code::ShuttingDown,
    ];
    if has_body {
        codes.extend([Code::PayloadTooLarge, Code::UnsupportedMediaType, Code::ValidationFailed]);
    }
    let one_of = |kind: &Resource| below.starts_with(&format!("/{}/{{", resource::segment(*kind)));
    codes.extend(Resource::ALL.into_iter().filter(one_of).map(resource::not_found));
    codes
}

/// Takes the operation's own codes out of its extension.
fn own(operation: &mut Operation) -> Vec<Code> {
    let listed = operation.extensions.take().and_then(|mut extensions| extensions.remove(OWN));
    listed.map_or_else(Vec::new, |codes| {
        serde_json::from_value(codes).expect("handlers list codes of the contract")
    })
}

/// The index of a code in the contract's list.
fn position(code: Code) -> usize {
    Code::ALL.iter().position(|other| *other == code).expect("the list is complete")
}

/// The answer to a body that does not come in time: its status is not the one that its code has elsewhere.
fn too_slow() -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let words =
        format!("`{}`: the body has not come in time; the connection is closed.", Code::MalformedRequest);
    ResponseBuilder::new().description(words).content(MEDIA_TYPE, content).build()
}

fn response(status: u16, codes: &[Code]) -> Response {
    let words: Vec<_> = codes.iter().map(|code| format!("`{code}`: {}.", code.title())).collect();
    let examples = codes.iter().map(|code| {
        (code.to_string(), RefOr::<Example>::Ref(Ref::new(format!("#/components/examples/{code}"))))
    });
    let content =
        ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).examples_from_iter(examples);
    let mut response =
        ResponseBuilder::new().description(words.join(" ")).content(MEDIA_TYPE, content.build()).build();
    if status == 503 || status == 429 {
        let header = HeaderBuilder::new()
            .schema(Some(Object::with_type(Type::Integer)))
            .description(Some("Whole seconds after which trying again may help."));
        response.headers.insert("retry-after".to_owned(), header.build().into());
    }
    response
}

/// An example of each code's problem.
pub(super) fn examples() -> BTreeMap<String, RefOr<Example>> {
    let example = |code: &Code| {
        let value = serde_json::to_value(sample(*code)).expect("problems are plain data");
        (code.to_string(), ExampleBuilder::new().summary(code.title()).value(Some(value)).build().into())
    };
    Code::ALL.iter().map(example).collect()
}

/// The schemas that problems need, whether or not a handler names them.
pub(super) fn schemas() -> BTreeMap<String, RefOr<Schema>> {
    let mut schemas = Vec::new();
    Problem::schemas(&mut schemas);
    schemas.push((Problem::name().into_owned(), Problem::schema()));
    schemas.into_iter().collect()
}

fn sample(code: Code) -> Problem {
    let mut problem = Problem::new(code, detail(code));
    let at =
        |pointer: &str, detail: &str| FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() };
    match code {
        Code::ValidationFailed => {
            let errors = [
                at("/jobs/0/lease_seconds", "must be a number from 1 to 86400"),
                at("/colour", "is no field of this object"),
            ];
            problem.errors = Some(errors.into());
        }
        Code::UnknownDependency => {
            problem.errors =
                Some(vec![at("/jobs/1/depends_on/0", "names scan, which is no job of the pipeline")]);
        }
        Code::Forbidden => {
            problem.errors =
                Some(vec![at("/jobs/0/type", "is of the type resize, which is none of the key's")]);
        }
        Code::DuplicateKey => problem.errors = Some(vec![at("/jobs/1/key", "is scan, as another job's")]),
        Code::DependencyCycle => {
            problem.errors = Some(vec![at("/jobs/0/depends_on", "depends on itself through scan → hash")]);
            problem.cycle = Some(vec!["scan".to_owned(), "hash".to_owned()]);
        }
        Code::LeaseLost => problem.task_state = Some(TaskState::Cancelled),
        Code::IllegalTransition => problem.state = Some(Some("succeeded".to_owned())),
        _ => {}
    }
    problem
}

fn detail(code: Code) -> String {
    match code {
        Code::ValidationFailed => "2 values in the body are wrong".to_owned(),
        Code::UnknownDependency => {
            "/jobs/1/depends_on/0 names scan, which is no job of the pipeline".to_owned()
        }
        Code::DuplicateKey => "/jobs/1/key is scan, as another job's".to_owned(),
        Code::DependencyCycle => "/jobs/0/depends_on depends on itself through scan → hash".to_owned(),
        Code::LeaseLost => "the token is not the task's current one; the task is cancelled".to_owned(),
        other => other.title().to_owned(),
    }
}
