//! Bodies of this surface, and that a call has none to look at.

use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use windlass_wire::jobnik::Code;

use super::query::Parameters;
use super::refusal::{Refusal, Wrong};
use crate::app::App;
use crate::http::Problem;
use crate::http::body::{Raw, is_json};
use crate::input::{Document, Field, short};

/// A JSON body. No call that has one takes query parameters.
#[derive(Debug)]
pub(super) struct Body {
    document: Document,
    /// Held for as long as the body is.
    _raw: Raw,
}

impl Body {
    /// What `read` makes of it.
    ///
    /// # Errors
    /// 400 with all that is wrong.
    pub(super) fn read<T>(&self, read: impl FnOnce(Field<'_>) -> Option<T>) -> Result<T, Wrong> {
        Ok(self.document.read(read).map_err(Problem::from)?)
    }
}

impl FromRequest<App> for Body {
    type Rejection = Wrong;

    async fn from_request(request: Request, app: &App) -> Result<Self, Wrong> {
        let (parts, body) = request.into_parts();
        Parameters::of(parts.uri.query())?.none_left()?;
        let mut raw = Raw::take(&parts, body, app).await?;
        let bytes = std::mem::take(&mut raw.bytes);
        if bytes.is_empty() {
            return Err(Refusal::invalid("request must have required property 'body'").into());
        }
        check_type(&parts.headers)?;
        let document = Document::parse(bytes).map_err(Refusal::invalid)?;
        Ok(Self { document, _raw: raw })
    }
}

fn check_type(headers: &HeaderMap) -> Result<(), Refusal> {
    if is_json(headers) {
        return Ok(());
    }
    let message = match headers.get(CONTENT_TYPE) {
        Some(media) => {
            format!("unsupported media type {}", short(&String::from_utf8_lossy(media.as_bytes())))
        }
        None => "media type not specified".to_owned(),
    };
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::UnknownError, message))
}
