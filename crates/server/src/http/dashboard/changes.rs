//! Verbs as pages offer them.

use axum::http::Method;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Map, Value, json};
use windlass_wire::Problem as WireProblem;

use super::sent::Sent;
use super::visit::Answer;

/// The members of a body that a form brought: those named, where something is in them.
pub(super) fn body(sent: &Sent, names: &[&str]) -> String {
    let mut members = Map::new();
    for name in names {
        if let Some(value) = sent.given(name) {
            let value = match *name {
                "clean_up" | "descendants" => json!(value == "true"),
                _ => json!(value),
            };
            members.insert((*name).to_owned(), value);
        }
    }
    Value::Object(members).to_string()
}

/// Carries out a verb of `/v1`, and goes on to a page.
pub(super) async fn carry_out(
    sent: &Sent,
    (method, path): (Method, &str),
    body: Option<String>,
    then: &str,
) -> Answer {
    done(sent, sent.visit.api.call(method, path, body).await.map(drop), then).await
}

/// Goes on to a page, or says what was refused.
pub(super) async fn done(sent: &Sent, result: Result<(), WireProblem>, then: &str) -> Answer {
    match result {
        Ok(()) => Ok(to(then)),
        Err(problem) => Err(sent.refused(&problem).await),
    }
}

/// Sends the browser to a page.
pub(super) fn to(page: &str) -> Response {
    Redirect::to(page).into_response()
}

/// The verb of `/v1` on something, with what the form says.
pub(super) async fn verb(sent: &Sent, resource: &str, names: &[&str]) -> Answer {
    let path = format!("/v1{resource}/{}", sent.verb());
    carry_out(sent, (Method::POST, &path), Some(body(sent, names)), &format!("/ui{resource}")).await
}
