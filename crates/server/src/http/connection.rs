//! What a handler tells its connection: that it answers with a body that has no end of its own.
//!
//! An answer is written to its end when the server stops, even to a client that reads slowly. A stream ends at the stop,
//! and its client will ask again elsewhere: what it has not read by then need not be waited for.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// Whether a connection carries a stream; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Streaming(Arc<AtomicBool>);

impl Streaming {
    /// Notes that it does.
    pub(crate) fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it does.
    pub(crate) fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl<S: Sync> FromRequestParts<S> for Streaming {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}
