//! What a handler must know of its connection: that it holds it with a body that has no end of its own.
//!
//! An answer is written to its end when the server stops, even to a client that reads slowly. A stream ends by itself at
//! the stop, but only where its client reads; [`Streams::under_way`] tells the connection that it need not wait for one.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// The streams of one connection; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Streams(Arc<AtomicUsize>);

/// A stream under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct StreamGuard(Streams);

impl Streams {
    /// Begins a stream.
    pub(crate) fn begin(self) -> StreamGuard {
        self.0.fetch_add(1, Ordering::Relaxed);
        StreamGuard(self)
    }

    /// Whether any is under way.
    pub(crate) fn under_way(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for StreamGuard {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<S: Sync> FromRequestParts<S> for Streams {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_under_way_until_its_guard_goes() {
        let streams = Streams::default();
        assert!(!streams.under_way());
        let (one, other) = (streams.clone().begin(), streams.clone().begin());
        drop(one);
        assert!(streams.under_way());
        drop(other);
        assert!(!streams.under_way());
    }
}
