//! What a form sent: looked at for its origin and its forgery token before anybody does what it says.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::response::IntoResponse;
use windlass_dashboard::ask::{self, Ask};
use windlass_wire::{Code, Problem as WireProblem};

use super::board::Board;
use super::token;
use super::visit::{Answer, Fault, Visit, pairs, status};
use crate::http::Problem;
use crate::http::body::{Raw, Unwelcome};
use crate::settings::Origin;

/// Bytes of a form at the most.
const MOST: usize = 2 * 1024 * 1024;

/// A form that may be carried out.
pub(super) struct Sent {
    pub(super) visit: Visit,
    pub(super) fields: Vec<(String, String)>,
    /// Held for as long as the fields are.
    _body: Raw,
}

impl FromRequest<Board> for Sent {
    type Rejection = Fault;

    async fn from_request(request: Request, board: &Board) -> Result<Self, Fault> {
        let (parts, body) = request.into_parts();
        let visit = Visit::of(&parts, board).await?;
        if !is_own(&parts, board) {
            let problem = WireProblem::new(
                Code::Forbidden,
                "the form comes from a page of another origin, or says none",
            );
            return Err(unwelcome(&parts, visit.refused(&problem).await));
        }
        let (fields, body) = match take(&parts, body, (board, MOST)).await {
            Ok(taken) => taken,
            Err(problem) => return Err(visit.refused(&problem.into_wire()).await),
        };
        let sent = Self { visit, fields, _body: body };
        if !sent.visit.is_inside() {
            let problem = WireProblem::new(
                Code::Unauthorized,
                "the session has ended; log in again in another tab, then send this again",
            );
            return Err(sent.kept(&problem, "The session has ended").await);
        }
        let secret = sent
            .visit
            .board
            .secret()
            .await
            .map_err(|error| Fault::from(Problem::from(error).into_response()))?;
        if !token::is_good(secret, &sent.visit.binding, sent.field("forgery_token")) {
            let problem = WireProblem::new(
                Code::Forbidden,
                "the form is not of this session; look at it and send it again",
            );
            return Err(sent.kept(&problem, "Not sent").await);
        }
        if let Some(session) = &sent.visit.session
            && !session.key.may_call_now()
        {
            let problem =
                WireProblem::new(Code::RateLimited, "the key makes more calls a second than it may");
            return Err(sent.kept(&problem, "Not sent").await);
        }
        Ok(sent)
    }
}

impl Sent {
    /// A field; empty where it is missing.
    pub(super) fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// All values of a field.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.fields.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    /// A field, if something is in it.
    pub(super) fn given(&self, name: &str) -> Option<String> {
        Some(self.field(name)).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// The verb.
    pub(super) fn verb(&self) -> &str {
        self.field("verb")
    }

    /// Whether it was asked for, and answered yes.
    pub(super) fn is_confirmed(&self) -> bool {
        self.field("confirmed") == "yes"
    }

    /// A page that asks first, unless it may not be done anyhow: the verb of what `/v1` has at `resource`, such as `/v1/jobs/{id}`.
    pub(super) async fn ask(&self, resource: &str, mut question: Ask<'_>) -> Answer {
        let operation = match question.verb {
            "delete" => format!("DELETE {resource}"),
            verb => format!("POST {resource}/{verb}"),
        };
        if !self.visit.may(&operation) {
            let problem = WireProblem::new(Code::Forbidden, "the scopes of the key do not allow this");
            return Err(self.refused(&problem).await);
        }
        let fields: Vec<(String, String)> =
            if question.fields.is_empty() { self.fields.clone() } else { question.fields.to_vec() };
        question.fields = &fields;
        self.visit.ok(ask::page(&self.visit.frame().await, &question))
    }

    /// What the API refused, with what was typed.
    pub(super) async fn refused(&self, problem: &WireProblem) -> Fault {
        self.kept(problem, "Refused").await
    }

    async fn kept(&self, problem: &WireProblem, title: &str) -> Fault {
        let frame = self.visit.frame_with(problem).await;
        let path = format!("{}{}", self.visit.board.prefix, self.visit.path);
        let login = format!("{}/ui/login", self.visit.board.prefix);
        let back = if self.visit.is_inside() {
            (path.as_str(), "Back to the page")
        } else {
            (login.as_str(), "Log in")
        };
        let html = frame.refusal(title, Some(back), Some((&path, &self.fields)));
        self.visit.html(status(problem), html).into()
    }

    /// A verb that there is not.
    pub(super) async fn unknown(&self) -> Answer {
        let problem = WireProblem::new(Code::ValidationFailed, "verb: the page has no such verb");
        Err(self.refused(&problem).await)
    }
}

/// The fields of a form of at most `most` bytes, and what holds them; within the bounds of every body.
pub(super) async fn take(
    parts: &Parts,
    body: Body,
    (board, most): (&Board, usize),
) -> Result<(Vec<(String, String)>, Raw), Problem> {
    let media = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        let words = "the content type of a form is application/x-www-form-urlencoded";
        return Err(Problem::new(Code::UnsupportedMediaType, words));
    }
    let mut body = Raw::take_most(parts, body, &board.app, most).await?;
    let bytes = std::mem::take(&mut body.bytes);
    // Browsers send the end of a line as two characters, whatever was typed or was in the page.
    let plain = |(name, value): (String, String)| (name, value.replace("\r\n", "\n"));
    Ok((pairs(&String::from_utf8_lossy(&bytes)).into_iter().map(plain).collect(), body))
}

/// An answer to whom may not send: what is under way of the body is read for a moment only.
pub(super) fn unwelcome<T>(parts: &Parts, answer: T) -> T {
    if let Some(body) = parts.extensions.get::<Unwelcome>() {
        body.say();
    }
    answer
}

/// Whether a request names its origin, and that is the server's own.
pub(super) fn is_own(parts: &Parts, board: &Board) -> bool {
    let mut sent = parts.headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (sent.next(), sent.next()) else { return false };
    let Some(origin) = origin.to_str().ok().and_then(Origin::parse) else { return false };
    let public = board.app.public_url().and_then(|url| Origin::of_url(url.as_str()));
    if public.as_ref() == Some(&origin) {
        return true;
    }
    let authority = parts.uri.authority().map(|authority| authority.as_str().as_bytes());
    let host = authority.or_else(|| parts.headers.get(HOST).map(HeaderValue::as_bytes)).unwrap_or_default();
    let scheme = if board.app.has_tls() { "https" } else { "http" };
    let own = Origin::parse(&format!("{scheme}://{}", String::from_utf8_lossy(host)));
    own == Some(origin)
}
