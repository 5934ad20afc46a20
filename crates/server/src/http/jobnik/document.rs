//! The surface's own document, made from its handlers and completed with what all of them have in common.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::server::ServerBuilder;
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, LicenseBuilder, Object, OpenApi, Ref, RefOr, Response, ResponseBuilder, Type,
};
use utoipa::{PartialSchema, ToSchema};
use windlass_wire::jobnik::{Code, Error};

use crate::http::auth::{Requirement, SCHEME};
use crate::settings::PublicUrl;

/// The document as it is served and committed: pretty, with a newline at its end, the same for every build.
///
/// # Panics
/// Never: the document is plain data.
pub fn openapi_json(public_url: Option<&PublicUrl>) -> String {
    let mut document = document();
    document.servers = public_url.map(|url| vec![ServerBuilder::new().url(url.as_str()).build()]);
    let mut text = document.to_pretty_json().expect("the document is plain data");
    text.push('\n');
    text
}

fn document() -> OpenApi {
    let mut document = super::routes().into_openapi();
    document.info = InfoBuilder::new()
        .title("Jobnik's clients on Windlass")
        .version("v1")
        .description(Some(DESCRIPTION))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    document.tags =
        Some(TAGS.map(|(name, text)| TagBuilder::new().name(name).description(Some(text)).build()).into());
    for (path, item) in &mut document.paths.paths {
        let all = [&mut item.get, &mut item.post, &mut item.patch, &mut item.put, &mut item.delete];
        all.into_iter().flatten().for_each(|operation| complete(path, operation));
    }
    let components = document.components.get_or_insert_default();
    for (name, schema) in [(Error::name(), Error::schema()), (Code::name(), Code::schema())] {
        components.schemas.insert(name.into_owned(), schema);
    }
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
        "A key, where the server asks for keys and does not let this call be made without one. Of the scopes that a call names one is enough.",
    ));
    components.security_schemes.insert(SCHEME.to_owned(), SecurityScheme::Http(key.build()).into());
    document
}

/// Adds the errors that an operation of this path can answer.
fn complete(path: &str, operation: &mut Operation) {
    let mut errors =
        vec![("400", "The request is wrong, or its thing does not go from its status to that one.")];
    if Requirement::of(operation) != Some(Requirement::Nothing) {
        errors.extend([
            ("401", "A key is needed, or another one."),
            ("403", "The key may not do this."),
            ("429", "The key makes more calls a second than it may."),
        ]);
    }
    if path.contains('{') {
        errors.push(("404", "There is no such thing; of a dequeue: no task waits."));
    }
    if operation.request_body.is_some() {
        errors.extend([
            ("408", "The body has not come in time; the connection is closed."),
            ("413", "The body has more than 16 MiB."),
            ("415", "The body is not JSON."),
        ]);
    }
    if operation.operation_id.as_deref() == Some("updateTaskStatusV1") {
        errors.push(("409", "Another attempt is under way than the one that is reported."));
    }
    errors.extend([
        ("500", "A defect of the server; its log has more."),
        ("503", "The database is away, the server stops, or too many wait."),
    ]);
    for (status, words) in errors {
        let answers = &mut operation.responses.responses;
        answers.entry(status.to_owned()).or_insert_with(|| error(status, words).into());
    }
    for answer in operation.responses.responses.values_mut() {
        if let RefOr::T(answer) = answer {
            let id = HeaderBuilder::new().schema(Some(Object::with_type(Type::String)));
            answer.headers.insert("x-request-id".to_owned(), id.build().into());
        }
    }
}

fn error(status: &str, words: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(Error::name()))).build();
    let mut error = ResponseBuilder::new().description(words).content("application/json", content).build();
    if status == "503" || status == "429" {
        let header = HeaderBuilder::new().schema(Some(Object::with_type(Type::Integer)));
        error.headers.insert("retry-after".to_owned(), header.build().into());
    }
    error
}

const TAGS: [(&str, &str); 4] = [
    ("jobs", "What /v1 calls pipelines."),
    ("stages", "What /v1 calls jobs."),
    ("tasks", "What one worker takes."),
    ("service", "Whether it lives, metrics, this document."),
];

const DESCRIPTION: &str = "The wire contract of Jobnik's manager 0.2.1 on the engine of Windlass: its clients change their base URL.

- What is made here is an ordinary pipeline with jobs and tasks under the same ids. Lists, gets and dequeues here know only what was made here.
- Every error is `{\"message\", \"code\"}`. A body of a POST takes no other fields than these; a PUT or PATCH passes others over.
- Lists are oldest first, with 10,000 rows (nested ones counted) or 64 MiB at the most, and the header `x-truncated: true` when there were more.
- A trailing slash and another case of a path below `/jobnik/v1` are taken.";

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_committed_document_is_the_servers_own() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/jobnik.json");
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(committed == openapi_json(None), "openapi/jobnik.json has drifted; run `make openapi`");
    }

    #[test]
    fn every_operation_has_an_id_words_a_scope_and_its_errors() {
        let mut ids = HashSet::new();
        for (path, item) in document().paths.paths {
            for operation in [item.get, item.post, item.patch, item.put, item.delete].into_iter().flatten() {
                let id = operation.operation_id.clone().unwrap();
                assert!(ids.insert(id.clone()), "{id} is used twice");
                assert!(operation.summary.is_some() && operation.description.is_some(), "{id} needs words");
                let requirement =
                    Requirement::of(&operation).unwrap_or_else(|| panic!("{id} has no security"));
                let public = ["/jobnik/liveness", "/jobnik/docs/api.json"].contains(&path.as_str());
                assert_eq!(requirement == Requirement::Nothing, public, "{id}");
                for status in ["400", "500", "503"] {
                    assert!(operation.responses.responses.contains_key(status), "{id}: {status}");
                }
            }
        }
        assert_eq!(ids.len(), 25, "{ids:?}");
    }
}
