//! Answers: pages, compressed where the browser takes that, and their files.

use std::io::Write;

use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, VARY,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use windlass_dashboard::assets::Asset;

use crate::http::page;

/// What is smaller is sent as it is.
const WORTH_IT: usize = 1_000;
const NO_STORE: (HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("no-store"));
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// A page.
pub(super) fn answer(status: StatusCode, html: String, gzip: bool) -> Response {
    let headers =
        [(CONTENT_TYPE, HTML), NO_STORE, (VARY, HeaderValue::from_static("accept-encoding, cookie"))];
    // As the same problem of `/v1` has it.
    let more = match status {
        StatusCode::REQUEST_TIMEOUT => Some((CONNECTION, HeaderValue::from_static("close"))),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            Some((RETRY_AFTER, HeaderValue::from_static("1")))
        }
        _ => None,
    };
    let packed = if gzip && html.len() > WORTH_IT { pack(html.as_bytes()) } else { None };
    let mut response = match packed {
        Some(bytes) => {
            (status, page::HEADERS, headers, [(CONTENT_ENCODING, HeaderValue::from_static("gzip"))], bytes)
                .into_response()
        }
        None => (status, page::HEADERS, headers, html).into_response(),
    };
    response.headers_mut().extend(more);
    response
}

fn pack(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

/// A file of the pages.
pub(super) fn file(asset: &Asset) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(asset.media)),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (page::HEADERS, headers, asset.content).into_response()
}

/// A text to keep, which no browser shows as anything else.
pub(super) fn attachment(name: &str, text: String) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        NO_STORE,
        (
            CONTENT_DISPOSITION,
            HeaderValue::try_from(format!("attachment; filename=\"{name}\""))
                .unwrap_or(HeaderValue::from_static("attachment")),
        ),
    ];
    (page::HEADERS, headers, text).into_response()
}
