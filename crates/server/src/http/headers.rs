//! The headers that have a meaning in the contract: request id, trace context, idempotency key.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;
use windlass_domain::CorrelationId;
use windlass_store::Trace;
use windlass_wire::Code;

use super::Problem;
use crate::input::Origin;
use crate::telemetry::Begun;

/// The header of the request id.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header that makes a create happen once.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The header by which a caller says what its call belongs to; for the log only.
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// The longest request id and idempotency key, in characters.
const LONGEST: usize = 200;
/// The length of a `traceparent` of version 00.
const TRACEPARENT: usize = 55;
/// The longest `tracestate` stored; the W3C asks to carry at least this much.
const TRACESTATE: usize = 512;

/// What the request is called in logs, answers and correlation ids.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(Arc<str>);

impl RequestId {
    /// The caller's id where it has 1 to 200 visible characters, else a new one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        headers.get(REQUEST_ID).and_then(visible).map_or_else(Self::new, |sent| Self(sent.into()))
    }

    /// A new one, for what cannot have one of its caller's.
    pub(crate) fn new() -> Self {
        Self(Uuid::now_v7().to_string().into())
    }

    /// The id itself.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The id itself, shared.
    pub(crate) fn to_shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    /// The id as a header's value.
    pub(crate) fn to_header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("request ids are visible characters")
    }
}

/// What the caller says that its call belongs to.
pub(super) fn correlation_id(headers: &HeaderMap) -> Option<String> {
    headers.get(CORRELATION_ID).and_then(visible).map(str::to_owned)
}

impl<S: Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let id =
            parts.extensions.get::<RequestId>().cloned().unwrap_or_else(|| RequestId::of(&parts.headers));
        let correlation_id =
            CorrelationId::parse(id.as_str()).expect("request ids have 1 to 200 visible characters");
        // What came without a context is the beginning of a trace where the server makes some.
        let sent = trace(&parts.headers);
        let begun = parts.extensions.get::<Begun>().filter(|_| sent.traceparent.is_none());
        Ok(Self { correlation_id, trace: begun.map_or(sent, |begun| begun.0.clone()) })
    }
}

/// The header that makes a create happen once, for the `OpenAPI` document.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes what `idempotency_key` reads")]
pub(crate) struct IdempotencyParameters {
    /// Makes the call happen once per method and path: the same key with the same body, byte for byte, is answered as the
    /// first time; with another body it is refused. 1 to 200 visible characters, kept for at least 24 hours.
    #[param(
        rename = "idempotency-key",
        nullable = false,
        min_length = 1,
        max_length = 200,
        pattern = "^[!-~]{1,200}$"
    )]
    idempotency_key: Option<String>,
}

/// The idempotency key, if one was sent.
///
/// # Errors
/// 400 unless it has 1 to 200 visible characters.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut sent = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = sent.next() else { return Ok(None) };
    match (visible(key), sent.next()) {
        (Some(key), None) => Ok(Some(key.to_owned())),
        _ => Err(Problem::new(
            Code::MalformedRequest,
            format!(
                "the header idempotency-key must have 1 to {LONGEST} visible characters, and be there once"
            ),
        )),
    }
}

/// A value of 1 to 200 visible characters.
fn visible(value: &HeaderValue) -> Option<&str> {
    let text = value.to_str().ok()?;
    let right = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    right.then_some(text)
}

/// The trace context of a request; a malformed one is as good as none, says the W3C.
pub(crate) fn trace(headers: &HeaderMap) -> Trace {
    let mut parents = headers.get_all("traceparent").iter();
    let parent = parents.next().and_then(|value| value.to_str().ok()).map(str::trim);
    let Some(parent) = parent.filter(|parent| is_traceparent(parent) && parents.next().is_none()) else {
        return Trace::default();
    };
    Trace { traceparent: Some(parent.to_owned()), tracestate: tracestate(headers) }
}

fn is_traceparent(text: &str) -> bool {
    let mut parts = text.split('-');
    let [Some(version), Some(trace), Some(parent), Some(flags)] = [(); 4].map(|()| parts.next()) else {
        return false;
    };
    let hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let set = |part: &str| part.bytes().any(|byte| byte != b'0');
    let right = hex(version, 2) && hex(trace, 32) && hex(parent, 16) && hex(flags, 2);
    // A later version may append parts; this one has none.
    right && version != "ff" && set(trace) && set(parent) && (version != "00" || text.len() == TRACEPARENT)
}

fn tracestate(headers: &HeaderMap) -> Option<String> {
    let lines: Option<Vec<&str>> =
        headers.get_all("tracestate").iter().map(|line| line.to_str().ok()).collect();
    let state = lines?.join(",");
    let members = || state.split(',').map(str::trim).filter(|member| !member.is_empty());
    let right =
        members().count() > 0 && members().all(|member| member.contains('=')) && state.len() <= TRACESTATE;
    right.then_some(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_request_id_is_used_when_it_is_visible_and_not_too_long() {
        let longest = "x".repeat(200);
        for used in ["a", "host-1/42", &longest] {
            assert_eq!(RequestId::of(&headers(&[("x-request-id", used)])).as_str(), used);
        }
        for replaced in ["", "a b", "é", &"x".repeat(201)] {
            let id = RequestId::of(&headers(&[("x-request-id", replaced)]));
            assert_eq!(Uuid::parse_str(id.as_str()).unwrap().get_version_num(), 7, "{replaced}");
        }
    }

    #[test]
    fn an_idempotency_key_has_bounds() {
        let key = |value: &str| idempotency_key(&headers(&[("idempotency-key", value)]));
        assert_eq!(key(&"k".repeat(200)).unwrap().unwrap().len(), 200);
        for bad in ["", "a b", "ü", &"k".repeat(201)] {
            assert_eq!(key(bad).unwrap_err().into_wire().status, 400, "{bad}");
        }
        assert!(idempotency_key(&HeaderMap::new()).unwrap().is_none());
    }

    #[test]
    fn a_malformed_trace_context_is_ignored() {
        let right = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert!(is_traceparent(right));
        assert!(is_traceparent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-follows"));
        for wrong in [
            "",
            "00",
            &right[..54],
            &format!("{right}-00"),
            &right.to_uppercase(),
            &right.replacen("00", "ff", 1),
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        ] {
            assert!(!is_traceparent(wrong), "{wrong}");
        }
        let both = trace(&headers(&[("traceparent", right), ("tracestate", "a=1")]));
        assert_eq!((both.traceparent.as_deref(), both.tracestate.as_deref()), (Some(right), Some("a=1")));
        assert!(trace(&headers(&[("tracestate", "a=1")])).tracestate.is_none(), "a state needs a parent");
        assert!(trace(&headers(&[("traceparent", right), ("tracestate", "nonsense")])).tracestate.is_none());
    }
}
