//! The `OpenAPI` document, made from the handlers themselves and completed with what all of them have in common.
//!
//! A handler documents its own success and, in `x-problems`, only the problem codes that are its own; the rest
//! ([`problems`]) follows from its path and body. So no handler can forget one, and none repeats them.

mod problems;
mod security;

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::server::ServerBuilder;
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Header, InfoBuilder, LicenseBuilder, Object, OpenApi, PathItem, Ref, RefOr, Type};

use super::auth::SCHEME;
use super::router;
use crate::settings::PublicUrl;

/// The document as it is served and committed: pretty, with a newline at its end, the same for every build. It names the public URL as the one
/// server, if there is one.
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
    let mut document = router::routes().into_openapi();
    document.info = InfoBuilder::new()
        .title("Windlass")
        .version("v1")
        .description(Some(DESCRIPTION))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    document.tags =
        Some(TAGS.map(|(name, text)| TagBuilder::new().name(name).description(Some(text)).build()).into());
    for (path, item) in &mut document.paths.paths {
        for (has_body, operation) in operations(item) {
            problems::attach(path, has_body, operation);
            security::say_challenge(operation);
            say_request_id(operation);
        }
    }
    let components = document.components.get_or_insert_default();
    components.examples.extend(problems::examples());
    components.schemas.extend(problems::schemas());
    components.security_schemes.insert(SCHEME.to_owned(), security::scheme());
    components.headers.insert("x-request-id".to_owned(), request_id().into());
    document
}

/// The operations of a path, each with whether it may carry a body.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let all = [&mut item.get, &mut item.post, &mut item.patch, &mut item.put, &mut item.delete];
    all.into_iter().flatten().map(|operation| (operation.request_body.is_some(), operation))
}

fn say_request_id(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            let header = RefOr::Ref(Ref::new("#/components/headers/x-request-id"));
            response.headers.insert("x-request-id".to_owned(), header);
        }
    }
}

fn request_id() -> Header {
    HeaderBuilder::new()
        .schema(Some(Object::with_type(Type::String)))
        .description(Some("The caller's `x-request-id` of 1 to 200 visible characters, else a new one."))
        .build()
}

const TAGS: [(&str, &str); 3] = [
    ("producers", "Create pipelines and jobs, follow them, fetch their results."),
    ("workers", "Take tasks and report on them."),
    ("operators", "Health, metrics and this document."),
];

const DESCRIPTION: &str = "Runs pipelines of jobs: workers pull tasks over HTTP, and a Postgres stores everything.

A **pipeline** is a graph of **jobs**; a job has **tasks**, which workers lease one by one.

- Bodies are JSON (`application/json`), at most 16 MiB and 128 levels deep. A field that is not listed is refused, and so
  is one that is there twice. `null`, where a field takes it, means its default. Payloads, metadata and results are kept
  exactly as they came; numbers are kept exactly or refused.
- Times are RFC 3339 in UTC, to the microsecond; finer ones are cut to it. Lengths are seconds, fractions allowed, to the microsecond.
- Unknown query parameters are refused, and so is a query that is not percent-encoded UTF-8. A request names one host. Lists are newest first unless stated; `next_cursor` leads to the next page.
- Where the server asks for keys, every call needs one (`authorization: Bearer wl_…`) but for those that say otherwise. A key's scopes
  say what it may do, and some contain others: `produce` has `read`, `operate` has `produce`, `admin` has all. One of the scopes that a
  call names is enough.
- Errors are problems (RFC 9457, `application/problem+json`) with a `code` from a closed list; a failed validation points
  at all that is wrong, at most 100 faults. Refusals are checked in this order: 404 of the path, 405, 401, 429, 403, 400 of the query, 413, 415,
  400, 404 of the resource, 422, 403 of types, 409. A refused request changes nothing.
- Every response carries `x-request-id`. `traceparent` and `tracestate` (W3C) are read from every request, kept with what
  it creates, and handed to the workers.
- Every 503 carries `Retry-After` in whole seconds.
- A connection is closed after 408 where a head or body does not come in time, 431 where a head is too long or has too many headers, and
  503 `overloaded` where too many connections are open; these may come before the call is known.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::auth::Requirement;
    use crate::http::surfaces;

    #[test]
    fn the_committed_document_is_the_servers_own() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/openapi.json");
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(committed == openapi_json(None), "openapi/openapi.json has drifted; run `make openapi`");
    }

    #[test]
    fn every_operation_has_an_id_words_and_all_its_answers() {
        let mut document = document();
        let mut ids = std::collections::HashSet::new();
        for (path, item) in &mut document.paths.paths {
            for (has_body, operation) in operations(item) {
                let id = operation.operation_id.clone().unwrap();
                assert!(ids.insert(id.clone()), "{id} is used twice");
                assert!(operation.summary.is_some() && operation.description.is_some(), "{id} needs words");
                let statuses: Vec<_> = operation.responses.responses.keys().map(String::as_str).collect();
                if surfaces::of(path).is_some() {
                    let common = ["400", "500", "503"];
                    assert!(common.iter().all(|status| statuses.contains(status)), "{id}: {statuses:?}");
                }
                assert_eq!(statuses.contains(&"408"), has_body, "{id}: {statuses:?}");
                assert!(operation.extensions.is_none(), "{id} has extensions left");
            }
        }
        assert!(ids.len() >= 24, "{ids:?}");
    }

    #[test]
    fn every_operation_says_which_scope_it_needs() {
        for (path, item) in &mut document().paths.paths {
            for (_, operation) in operations(item) {
                let id = operation.operation_id.clone().unwrap();
                let requirement = Requirement::of(operation);
                let requirement = requirement.unwrap_or_else(|| panic!("{id} has no security"));
                let statuses = &operation.responses.responses;
                let refused = ["401", "403", "429"].map(|status| statuses.contains_key(status));
                assert_eq!(refused, [requirement != Requirement::Nothing; 3], "{id}");
                let public = ["/healthz", "/readyz", "/openapi.json", "/docs"].contains(&path.as_str());
                assert_eq!(requirement == Requirement::Nothing, public, "{id}");
            }
        }
    }

    #[test]
    fn requests_take_no_other_fields() {
        let text = openapi_json(None);
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        for name in ["NewPipeline", "NewJob", "NewTask", "NewEdge", "Dequeue", "Complete", "Fail", "Verb"] {
            let closed = &document["components"]["schemas"][name]["additionalProperties"];
            assert_eq!(closed, false, "{name}");
        }
        assert_eq!(document["openapi"], "3.1.0");
    }
}
