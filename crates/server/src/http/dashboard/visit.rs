//! Who looks: a session in mode `keys`, anybody in mode `open`.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_ENCODING, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use windlass_dashboard::frame::{Alert, Frame};
use windlass_dashboard::html::encoded;
use windlass_wire::{Code, Problem as WireProblem};

use super::api::Api;
use super::board::Board;
use super::cookies::{SESSION, cookie, cookie_or_new};
use super::sessions::Hash;
use super::{page, token};
use crate::engine::within;
use crate::http::Problem;
use crate::http::auth::{Credential, KnownKey};
use crate::http::called_by::PersonName;
use crate::http::encoded as percent;
use crate::http::headers::RequestId;
use crate::settings::Auth;

/// A page instead of the one that was asked for.
pub(super) struct Fault(Box<Response>);

/// What a handler answers.
pub(super) type Answer = Result<Response, Fault>;

/// Who looks at what.
pub(super) struct Visit {
    pub(super) board: Board,
    pub(super) api: Api,
    /// Whose session it is; `None`: no key is asked for, or there is none.
    pub(super) session: Option<Session>,
    /// What forgery tokens are bound to.
    pub(super) binding: Hash,
    /// The path, without the prefix of a public URL.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    /// The place of the audit before anything of the page was read.
    place: Option<String>,
    /// A cookie that is new.
    cookie: Option<String>,
    gzip: bool,
}

/// A session that is good.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) hash: Hash,
    pub(super) key: Arc<KnownKey>,
    pub(super) credential: Credential,
    pub(super) display_name: Option<String>,
    name: Option<PersonName>,
}

impl From<Response> for Fault {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl FromRequestParts<Board> for Visit {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, board: &Board) -> Result<Self, Fault> {
        let visit = Self::of(parts, board).await?;
        if !visit.is_inside() {
            let asked = parts.uri.path_and_query().map_or("/ui/", |asked| asked.as_str());
            return Err(Redirect::to(&format!("/ui/login?next={}", encoded(asked))).into_response().into());
        }
        if let Some(session) = &visit.session
            && !session.key.may_call_now()
        {
            let problem =
                WireProblem::new(Code::RateLimited, "the key makes more calls a second than it may");
            return Err(visit.refused(&problem).await);
        }
        Ok(visit)
    }
}

impl Visit {
    /// Whoever it is, perhaps nobody.
    pub(super) async fn of(parts: &Parts, board: &Board) -> Result<Self, Fault> {
        let cookie = cookie(&parts.headers, SESSION);
        let found = match (board.app.auth(), cookie) {
            (Auth::Keys, Some(token)) => Self::session(board, &token).await,
            _ => Ok(None),
        };
        // Whether it is a session is not known while the database is away.
        let (session, unknown) = match found {
            Ok(session) => (session, None),
            Err(problem) => (None, Some(problem.into_wire())),
        };
        let visitor = cookie_or_new(&parts.headers, board);
        let binding =
            session.as_ref().map_or_else(|| Sha256::digest(&visitor.0).into(), |session| session.hash);
        let reads = parts.method == Method::GET;
        let place = if reads && (session.is_some() || board.app.auth() == Auth::Open) {
            Some(within(board.app.store().event_head()).await.map(|head| head.read_to.to_string()))
        } else {
            None
        };
        let (place, no_place) = match place.transpose() {
            Ok(place) => (place, None),
            Err(error) => (None, Some(Problem::from(error).into_wire())),
        };
        let id = parts.extensions.get::<RequestId>().cloned().unwrap_or_else(RequestId::new);
        let key = session.as_ref().map(|session| (Arc::clone(&session.key), session.credential));
        let visit = Self {
            api: Api {
                away: Arc::default(),
                router: board.api.clone(),
                key,
                name: session.as_ref().and_then(|session| session.name),
                id,
            },
            board: board.clone(),
            cookie: if session.is_none() { visitor.1 } else { None },
            session,
            binding,
            path: parts.uri.path().to_owned(),
            query: pairs(parts.uri.query().unwrap_or_default()),
            place,
            gzip: accepts_gzip(&parts.headers),
        };
        if let Some(problem) = unknown {
            return Err(visit.refused(&problem).await);
        }
        if let Some(problem) = no_place {
            visit.api.note(&problem);
        }
        Ok(visit)
    }

    async fn session(board: &Board, token: &str) -> Result<Option<Session>, Problem> {
        let hash: Hash = Sha256::digest(token).into();
        let found = match board.sessions.find(&hash).await {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let credential = Credential::Key { hash: found.key_hash, stored: found.stored };
        match board.app.keys().find(credential).await {
            Ok(key) => {
                key.name_in_log();
                Ok(Some(Session {
                    hash,
                    key,
                    credential,
                    display_name: found.display_name,
                    name: found.name_number.map(PersonName),
                }))
            }
            Err(crate::http::auth::Unproven::Refused) => Ok(None),
            Err(_) => Err(Problem::key_not_looked_up()),
        }
    }

    /// Whether there is somebody to show pages to.
    pub(super) fn is_inside(&self) -> bool {
        self.board.app.auth() == Auth::Open || self.session.is_some()
    }

    /// A parameter of the query; empty where it is missing.
    pub(super) fn asked(&self, name: &str) -> &str {
        self.query.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// Whether an operation may be called.
    pub(super) fn may(&self, operation: &str) -> bool {
        self.session
            .as_ref()
            .is_none_or(|session| self.board.requirements.allow(operation, session.key.scopes))
    }

    /// What goes around the page.
    pub(super) async fn frame(&self) -> Frame {
        let secret = self.board.secret().await;
        let token = secret.map_or_else(|_| String::new(), |secret| token::make(secret, &self.binding));
        let scopes = self.session.as_ref().map(|session| session.key.scopes);
        let requirements = Arc::clone(&self.board.requirements);
        Frame {
            base: format!("{}/ui", self.board.prefix),
            who: self
                .session
                .as_ref()
                .map(|session| (session.key.name.clone(), session.display_name.clone())),
            inside: self.is_inside(),
            token,
            place: self.place.clone(),
            now: now(),
            may: Arc::new(move |operation| scopes.is_none_or(|scopes| requirements.allow(operation, scopes))),
            alert: None,
        }
    }

    /// The same with what went wrong.
    pub(super) async fn frame_with(&self, problem: &WireProblem) -> Frame {
        Frame { alert: Some(alert(problem)), ..self.frame().await }
    }

    /// A page as it is sent.
    pub(super) fn html(&self, status: StatusCode, html: String) -> Response {
        let mut response = page::answer(status, html, self.gzip);
        if let Some(value) =
            self.cookie.as_ref().and_then(|cookie| HeaderValue::try_from(cookie.as_str()).ok())
        {
            response.headers_mut().append(SET_COOKIE, value);
        }
        response
    }

    /// A page that is well.
    #[expect(clippy::unnecessary_wraps, reason = "handlers end with it, and answer so")]
    pub(super) fn ok(&self, html: String) -> Answer {
        Ok(self.html(StatusCode::OK, html))
    }

    /// A page that says what was refused.
    pub(super) async fn refused(&self, problem: &WireProblem) -> Fault {
        let back = format!("{}/ui/", self.board.prefix);
        let html = self.frame_with(problem).await.refusal(&problem.title, Some((&back, "Overview")), None);
        self.html(status(problem), html).into()
    }

    /// What is at a path of `/v1`, or a page that says why not.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        match self.api.get(path).await {
            Ok(value) => Ok(value),
            Err(problem) => Err(self.refused(&problem).await),
        }
    }

    /// The same, or nothing where it cannot be had.
    pub(super) async fn get_or_none<T: DeserializeOwned>(&self, path: &str) -> Option<T> {
        self.api.get(path).await.ok()
    }

    /// Those of the query's parameters that a list has, as a query of `/v1`.
    pub(super) fn list_query(&self, known: &[&str], limit: u32) -> String {
        let mut query = format!("limit={limit}");
        for (name, value) in self.query.iter().map(by_metadata) {
            let is_known = known.contains(&name.as_str()) || name == "cursor" || name.starts_with("metadata");
            if is_known && !value.is_empty() {
                query.extend(["&", &encoded(&name), "=", &encoded(value)]);
            }
        }
        query
    }
}

/// A field of a filter: what is typed as `metadata`, such as `team=data`, is the filter by that member.
pub(super) fn by_metadata((name, value): &(String, String)) -> (String, &str) {
    match value.split_once('=').filter(|_| name == "metadata") {
        Some((key, value)) => (format!("metadata.{key}"), value),
        None => (name.clone(), value),
    }
}

/// The time that lengths are counted to which people read; nothing is decided by it, and it is there while the database is away.
#[expect(
    clippy::disallowed_methods,
    reason = "a page opens while the database, whose clock decides, is away"
)]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A refusal as a page shows it.
pub(super) fn alert(problem: &WireProblem) -> Alert {
    let errors = problem.errors.iter().flatten();
    Alert {
        status: problem.status,
        detail: problem.detail.clone(),
        errors: errors.map(|error| (error.pointer.clone(), error.detail.clone())).collect(),
    }
}

/// The status of a problem.
pub(super) fn status(problem: &WireProblem) -> StatusCode {
    StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Pairs of a form or a query; what is no text is left out.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((percent::text(name).ok()?, percent::text(value).ok()?))
    };
    text.split('&').filter(|each| !each.is_empty()).filter_map(pair).collect()
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim().eq_ignore_ascii_case("gzip")
            && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}
