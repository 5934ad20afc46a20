//! Event streams that are open.

use super::catalogue::EVENT_STREAMS;

/// An open event stream: counted while it lives.
pub(crate) struct OpenStream(());

impl OpenStream {
    /// One more.
    pub(crate) fn begin() -> Self {
        metrics::gauge!(EVENT_STREAMS).increment(1);
        Self(())
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        metrics::gauge!(EVENT_STREAMS).decrement(1);
    }
}
