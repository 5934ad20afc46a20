//! Taking a request's body in: no query, its size, its type, its syntax, in the contract's order of refusals.

use std::fmt::Display;

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, timeout_at};
use windlass_store::IdempotencyKey;
use windlass_wire::Code;

use super::budget::Taken;
use super::drain::Unwelcome;
use crate::app::App;
use crate::http::query::NoQuery;
use crate::http::{CalledBy, Problem, headers};
use crate::input::{Document, Field};
use crate::settings::Connections;

/// A JSON body, possibly none; also refuses query parameters, of which no call with a body has any.
#[derive(Debug)]
pub(crate) struct Body {
    document: Option<Document>,
    /// Held for as long as the body is.
    _taken: Taken,
}

/// The body of a call that creates something, which may carry an `Idempotency-Key`.
#[derive(Debug)]
pub(crate) struct CreateBody {
    /// The body.
    pub(crate) body: Body,
    /// The key with what it is bound to: caller, method, path and the body's bytes as they came.
    pub(crate) key: Option<IdempotencyKey>,
}

/// A body as it came.
#[derive(Debug)]
pub(crate) struct Raw {
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// Held for as long as the body is.
    _taken: Taken,
}

impl Raw {
    /// Takes the body of a request in.
    ///
    /// # Errors
    /// 413, 408, 400, or 503 where too many bytes are held.
    pub(crate) async fn take(parts: &Parts, body: axum::body::Body, app: &App) -> Result<Self, Problem> {
        Self::take_most(parts, body, app, app.limits().body_bytes).await
    }

    /// The same of at most `limit` bytes.
    ///
    /// # Errors
    /// As for [`take`](Self::take).
    pub(crate) async fn take_most(
        parts: &Parts,
        body: axum::body::Body,
        app: &App,
        limit: usize,
    ) -> Result<Self, Problem> {
        let (bytes, taken) = receive(parts, body, app, limit).await?;
        Ok(Self { bytes, _taken: taken })
    }
}

impl Body {
    /// What it says.
    ///
    /// # Errors
    /// 400 when there is none.
    pub(crate) fn document(&self) -> Result<&Document, Problem> {
        self.document.as_ref().ok_or_else(|| Problem::new(Code::MalformedRequest, "the body is missing"))
    }

    /// What `read` makes of the body.
    ///
    /// # Errors
    /// 400 when there is none; 422 with all that is wrong.
    pub(crate) fn read<T>(&self, read: impl FnOnce(Field<'_>) -> Option<T>) -> Result<T, Problem> {
        Ok(self.document()?.read(read)?)
    }

    /// What `read` makes of the body, or the default where there is none, or null.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub(crate) fn read_optional<T: Default>(
        &self,
        read: impl FnOnce(Field<'_>) -> Option<T>,
    ) -> Result<T, Problem> {
        let sent = self.document.as_ref().is_some_and(|document| !document.is_null());
        if sent { self.read(read) } else { Ok(T::default()) }
    }
}

#[cfg(test)]
impl Body {
    /// A body of these bytes, which must be JSON, or none.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self {
            document: (!bytes.is_empty()).then(|| Document::parse(bytes.to_vec()).unwrap()),
            _taken: Taken::default(),
        }
    }
}

impl FromRequest<App> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        take(request, app, |_| ()).await.map(|(body, ())| body)
    }
}

impl FromRequest<App> for CreateBody {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let CalledBy(caller) = CalledBy::of(request.extensions());
        let key = headers::idempotency_key(request.headers());
        let scope = format!("{} {}", request.method(), request.uri().path());
        let hashed = matches!(key, Ok(Some(_)));
        let hash = |bytes: &[u8]| hashed.then(|| Sha256::digest(bytes).into());
        let (body, hash) = take(request, app, hash).await?;
        let key = key?.zip(hash).map(|(key, body_hash)| IdempotencyKey::new(caller, scope, key, body_hash));
        Ok(Self { body, key })
    }
}

/// Takes a request's body in; `look` sees its bytes as they came.
async fn take<T>(request: Request, app: &App, look: impl FnOnce(&[u8]) -> T) -> Result<(Body, T), Problem> {
    let (mut parts, body) = request.into_parts();
    NoQuery::check(&mut parts)?;
    let (bytes, taken) = receive(&parts, body, app, app.limits().body_bytes).await?;
    check_type(&parts.headers, bytes.is_empty())?;
    let seen = look(&bytes);
    let document = if bytes.is_empty() { None } else { Some(Document::parse(bytes).map_err(malformed)?) };
    Ok((Body { document, _taken: taken }, seen))
}

fn malformed(detail: String) -> Problem {
    Problem::new(Code::MalformedRequest, detail)
}

/// Reads the body, but no further than its limit; the announced length is refused before a byte is read.
async fn receive(
    parts: &Parts,
    mut body: axum::body::Body,
    app: &App,
    limit: usize,
) -> Result<(Vec<u8>, Taken), Problem> {
    let bounds = app.connections();
    let too_large = || Problem::new(Code::PayloadTooLarge, format!("the body has more than {limit} bytes"));
    let announced =
        parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let (mut bytes, mut taken, end) = (Vec::new(), Taken::announced(announced), Instant::now() + bounds.body);
    while let Some(frame) = next(&mut body, bounds, end).await.inspect_err(|_| leave(parts))? {
        let frame = frame.map_err(|error| malformed(format!("the body cannot be read: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        if data.len() > limit - bytes.len() {
            return Err(too_large());
        }
        app.bodies().take(&mut taken, data.len())?;
        bytes.extend_from_slice(&data);
    }
    Ok((bytes, taken))
}

/// The next frame, within the pause that a client may make, and before the whole body must have come.
async fn next(
    body: &mut axum::body::Body,
    bounds: &Connections,
    end: Instant,
) -> Result<Option<Result<Frame<Bytes>, axum::Error>>, Problem> {
    let pause = Instant::now() + bounds.body_idle;
    timeout_at(pause.min(end), body.frame()).await.map_err(|_| {
        if pause < end {
            too_slow(format_args!("stopped arriving for {} seconds", bounds.body_idle.as_secs()))
        } else {
            too_slow(format_args!("has not come to its end within {} seconds", bounds.body.as_secs()))
        }
    })
}

/// Says that the connection is closed after the answer: who was too slow is not waited for once more.
fn leave(parts: &Parts) {
    if let Some(body) = parts.extensions.get::<Unwelcome>() {
        body.say_leaving();
    }
}

fn too_slow(how: impl Display) -> Problem {
    Problem::timed_out(format!("the body {how}"))
}

/// Whether a body is announced as JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let essence =
        headers.get(CONTENT_TYPE).and_then(|media| media.to_str().ok()?.split(';').next()).map(str::trim);
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
}

/// A body must be announced as plain JSON; where there is none, nothing need be announced.
fn check_type(headers: &HeaderMap, empty: bool) -> Result<(), Problem> {
    let refuse = |detail: &str| Err(Problem::new(Code::UnsupportedMediaType, detail));
    if empty {
        return Ok(());
    }
    if !headers.contains_key(CONTENT_TYPE) {
        return refuse("the content type is missing");
    }
    if !is_json(headers) {
        return refuse("the content type must be application/json");
    }
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if encoding != "identity" => refuse("the body must not be compressed"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{RetryPipeline, read_retry_of_pipeline};

    #[test]
    fn a_body_that_may_be_left_out_may_be_null_and_must_be_right() {
        let read = |body: &str| Body::of(body.as_bytes()).read_optional(read_retry_of_pipeline);
        for none in ["", "null"] {
            assert_eq!(read(none).unwrap(), RetryPipeline::default(), "{none}");
        }
        assert_eq!(read(r#"{"scope":"every"}"#).unwrap_err().into_wire().status, 422);
    }
}
