//! `/v1` in this process, as whoever looks.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method, Response as HttpResponse, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower::ServiceExt;
use windlass_dashboard::html::encoded;
use windlass_wire::{Code, Page, Problem as WireProblem};

use crate::app::App;
use crate::http::Problem;
use crate::http::auth::{Credential, KnownKey, Requirements};
use crate::http::called_by::PersonName;
use crate::http::headers::{IDEMPOTENCY_KEY, RequestId};
use crate::settings::Auth;

/// Bytes of an answer at the most: larger ones are not for pages.
const MOST: usize = 256 * 1024 * 1024;

/// So long a page's lists look for rows that no index finds, then they leave the rest to the next page: a page is there within 300 ms.
const LOOKS_FOR: Duration = Duration::from_millis(150);

/// Whose calls these are.
#[derive(Clone)]
pub(super) struct Api {
    pub(super) router: Router,
    pub(super) key: Option<(Arc<KnownKey>, Credential)>,
    pub(super) name: Option<PersonName>,
    pub(super) id: RequestId,
    /// The database did not answer: what is asked further is answered so at once, or a page would wait as long for each of its parts.
    pub(super) away: Arc<OnceLock<WireProblem>>,
}

/// The routes of `/v1`, each of which asks for the scopes that it asks of any caller.
pub(super) fn router(routes: Router<App>, app: &App, requirements: Arc<Requirements>) -> Router {
    let guard = from_fn_with_state((app.auth(), requirements), guard);
    routes.route_layer(guard).with_state(app.looking_for(LOOKS_FOR))
}

async fn guard(
    State((auth, requirements)): State<(Auth, Arc<Requirements>)>,
    request: Request,
    next: Next,
) -> Response {
    if auth == Auth::Open {
        return next.run(request).await;
    }
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let operation = format!("{} {route}", request.method());
    let key = request.extensions().get::<Arc<KnownKey>>();
    if key.is_some_and(|key| requirements.allow(&operation, key.scopes)) {
        return next.run(request).await;
    }
    Problem::new(Code::Forbidden, "the key lacks the scope for this").into_response()
}

impl Api {
    /// What a call answers.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<Vec<u8>, WireProblem> {
        self.call_with(method, path, body, None).await
    }

    /// The same under an `Idempotency-Key`.
    pub(super) async fn call_with(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
        once: Option<&str>,
    ) -> Result<Vec<u8>, WireProblem> {
        if let Some(away) = self.away.get() {
            return Err(away.clone());
        }
        let mut request = Request::builder().method(method).uri(path);
        if body.is_some() {
            request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(once) = once {
            request = request.header(IDEMPOTENCY_KEY, once);
        }
        let mut request =
            request.body(body.map_or_else(Body::empty, Body::from)).map_err(|_| no_such_path())?;
        request.extensions_mut().insert(self.id.clone());
        if let Some((key, credential)) = &self.key {
            request.extensions_mut().insert(Arc::clone(key));
            request.extensions_mut().insert(*credential);
        }
        if let Some(name) = self.name {
            request.extensions_mut().insert(name);
        }
        let answer: HttpResponse<Body> =
            self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), MOST).await.map_err(|_| failed())?;
        if status.is_success() {
            return Ok(bytes.into());
        }
        let problem: WireProblem = serde_json::from_slice(&bytes).unwrap_or_else(|_| unread(status));
        self.note(&problem);
        Err(problem)
    }

    /// Remembers that the database is away, where this is how it shows.
    pub(super) fn note(&self, problem: &WireProblem) {
        if problem.code == Code::DatabaseUnavailable {
            let _ = self.away.set(problem.clone());
        }
    }

    /// What is at a path.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, WireProblem> {
        let bytes = self.call(Method::GET, path, None).await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            tracing::error!(%error, path, "a page cannot read what the API answers");
            failed()
        })
    }

    /// What is in a list, page by page, until there are so many; as far as it can be had.
    pub(super) async fn list<T: DeserializeOwned>(&self, path: &str, most: usize) -> Vec<T> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        while let Ok(page) = self.get::<Page<T>>(&format!("{path}{cursor}")).await {
            all.extend(page.items);
            match page.next_cursor.filter(|_| all.len() < most) {
                Some(next) => cursor = format!("&cursor={}", encoded(&next)),
                None => break,
            }
        }
        all
    }

    /// A change.
    pub(super) async fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, WireProblem> {
        let bytes = self.call(Method::POST, path, Some(json(body)?)).await?;
        serde_json::from_slice(&bytes).map_err(|_| failed())
    }
}

/// The body of a call.
#[expect(clippy::result_large_err, reason = "its callers answer the same")]
pub(super) fn json<B: Serialize>(body: &B) -> Result<String, WireProblem> {
    serde_json::to_string(body).map_err(|_| failed())
}

fn failed() -> WireProblem {
    Problem::internal().into_wire()
}

fn no_such_path() -> WireProblem {
    WireProblem::new(Code::RouteNotFound, "there is no such page")
}

fn unread(status: StatusCode) -> WireProblem {
    let mut problem = failed();
    problem.status = status.as_u16();
    problem
}
