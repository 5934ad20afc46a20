//! Pages for people, and what a browser may do with them.
//!
//! A page takes nothing from another host, runs no script but those that this server serves as files, and is in no frame of
//! anybody. Scripts within a page or made of text are thus refused, whatever finds its way into one.

use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::http::{HeaderName, HeaderValue};

/// What may be loaded, and from where. `data:` is for the icons in style sheets.
// 'unsafe-inline' is for styles alone: the script of the page at /docs adds a style element of its own.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The headers of a page and of its files.
pub(super) const HEADERS: [(HeaderName, HeaderValue); 2] = [
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
];
