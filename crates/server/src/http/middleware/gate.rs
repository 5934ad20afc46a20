//! Lets those calls in whose caller may make them; the rest is refused before the body is read.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use windlass_domain::Scopes;
use windlass_wire::Code;

use crate::app::App;
use crate::http::auth::{Credential, KnownKey, Requirement, Requirements, Unproven};
use crate::http::body::Unwelcome;
use crate::http::problem::Problem;
use crate::http::surfaces;
use crate::settings::Auth;

/// What a call has to show, and what it shows.
pub(super) enum Gate {
    /// Nothing.
    Open,
    /// A key, but those who show none may make this call as well, and this one shows none.
    Anonymous,
    /// There is no such call: the route answers these methods.
    NoSuchMethod(String),
    /// A route that nobody has said anything of. Nobody gets in.
    Unlisted,
    /// A key.
    Locked {
        /// What the key must be good for.
        requirement: Requirement,
        /// What is shown.
        credential: Credential,
        /// Whose it is, if that is known without asking.
        key: Option<Arc<KnownKey>>,
    },
}

impl Gate {
    /// The gate before a route; before none there is nothing to guard.
    pub(super) fn before(
        route: Option<&str>,
        method: &Method,
        headers: &HeaderMap,
        (app, requirements): (&App, &Requirements),
    ) -> Self {
        let (Auth::Keys, Some(route)) = (app.auth(), route) else { return Self::Open };
        let Some(methods) = requirements.of_route(route) else { return Self::Unlisted };
        let asked = if method == Method::HEAD { &Method::GET } else { method };
        match methods.iter().find(|(method, _)| method == asked) {
            None => Self::NoSuchMethod(allowed(methods)),
            Some((_, Requirement::Nothing)) => Self::Open,
            Some((_, requirement)) => {
                let credential = Credential::of(headers);
                let anonymous =
                    || surfaces::of(route).map(|surface| (surface.anonymous)(app)).unwrap_or_default();
                if credential == Credential::None && requirement.allows(anonymous()) {
                    return Self::Anonymous;
                }
                Self::Locked { requirement: *requirement, credential, key: app.keys().at_once(&credential) }
            }
        }
    }

    /// Whose call it is, as far as that is known without asking.
    pub(super) fn key(&self) -> Option<&KnownKey> {
        match self {
            Self::Locked { key, .. } => key.as_deref(),
            _ => None,
        }
    }
}

/// Whether a key may make a call now that asks for this.
///
/// # Errors
/// 429, then 403.
pub(super) fn admit_key(key: &KnownKey, requirement: Requirement) -> Result<(), Problem> {
    if !key.may_call_now() {
        return Err(Problem::new(Code::RateLimited, "the key makes more calls a second than it may"));
    }
    match requirement {
        Requirement::OneOf(scopes) if !requirement.is_met_by(key.scopes) => Err(lacks(scopes)),
        _ => Ok(()),
    }
}

/// The answer to a caller of whom it is not known whose key it shows.
pub(super) fn unproven(why: Unproven, credential: Credential) -> Response {
    match why {
        Unproven::Refused => unauthorized(credential),
        Unproven::Busy => {
            Problem::new(Code::Overloaded, "too many keys are looked up; nothing was changed").into_response()
        }
        Unproven::Away => Problem::key_not_looked_up().into_response(),
        Unproven::Failed => Problem::internal().into_response(),
    }
}

/// The same words whatever is wrong with it: who guesses learns nothing.
fn unauthorized(credential: Credential) -> Response {
    let problem = Problem::new(Code::Unauthorized, "a valid key is needed: authorization: Bearer wl_…");
    let mut response = problem.into_response();
    let challenge = match credential {
        Credential::None => "Bearer realm=\"windlass\"",
        _ => "Bearer realm=\"windlass\", error=\"invalid_token\"",
    };
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}

fn lacks(scopes: Scopes) -> Problem {
    let words: Vec<&str> = scopes.iter().map(windlass_domain::Scope::as_str).collect();
    Problem::new(Code::Forbidden, format!("the key lacks the scope {}", words.join(" or ")))
}

/// Refuses a request: what is under way of its body is read for a moment only.
pub(super) fn refuse(request: &Request, response: Response) -> Response {
    if let Some(body) = request.extensions().get::<Unwelcome>() {
        body.say();
    }
    response
}

/// The header `allow` of a route.
fn allowed(methods: &[(Method, Requirement)]) -> String {
    let with_head = |(method, _): &(Method, Requirement)| match *method {
        Method::GET => "GET,HEAD".to_owned(),
        ref other => other.to_string(),
    };
    methods.iter().map(with_head).collect::<Vec<_>>().join(",")
}
