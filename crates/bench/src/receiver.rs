//! A receiver of webhooks: it answers every call at once, and remembers which deliveries came.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use crate::error::BenchError;

type Seen = Arc<watch::Sender<HashSet<String>>>;

/// One that listens; it ends as it is dropped.
pub(crate) struct Receiver {
    address: SocketAddr,
    seen: Seen,
    _serving: AbortOnDropHandle<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Result<Self, BenchError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let seen = Seen::default();
        let router = Router::new().fallback(receive).with_state(Arc::clone(&seen));
        // If it ended, deliveries would be missing, which the benchmark tells.
        let serving = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Ok(Self { address, seen, _serving: AbortOnDropHandle::new(serving) })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// How many deliveries have come, each counted once, as soon as there are so many, or after this time.
    pub(crate) async fn deliveries(&self, expected: usize, longest: Duration) -> usize {
        let mut seen = self.seen.subscribe();
        let reached = seen.wait_for(|seen| seen.len() >= expected);
        drop(timeout(longest, reached).await);
        self.seen.borrow().len()
    }
}

async fn receive(State(seen): State<Seen>, headers: HeaderMap) -> StatusCode {
    let Some(id) = headers.get("webhook-id").and_then(|id| id.to_str().ok()) else {
        return StatusCode::BAD_REQUEST;
    };
    seen.send_if_modified(|seen| seen.insert(id.to_owned()));
    StatusCode::NO_CONTENT
}
