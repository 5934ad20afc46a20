//! How a server is asked to end: after a drain, or without one.

use tokio_util::sync::CancellationToken;

/// Asks a server to end, once; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    draining: CancellationToken,
    stopping: CancellationToken,
}

impl Stop {
    /// Has the server serve on for [`Settings::drain`](crate::Settings::drain) and then stop, as [`Stop::now`] does. Meanwhile `/readyz` is
    /// 503, each answer asks its client to come back on another connection, and dequeues answer empty.
    pub fn drain(&self) {
        self.draining.cancel();
    }

    /// Has the server refuse new calls, answer those that were begun, and end. A drain under way is cut short.
    pub fn now(&self) {
        self.stopping.cancel();
        self.draining.cancel();
    }

    /// Whether the server was asked to end, in either way.
    pub fn is_requested(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Waits until the server is asked to end, in either way.
    pub(crate) async fn requested(&self) {
        self.draining.cancelled().await;
    }

    /// Whether new calls are refused.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Waits until new calls are refused.
    pub(crate) async fn stopping(&self) {
        self.stopping.cancelled().await;
    }
}
