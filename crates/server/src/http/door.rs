//! One listener, and what is behind it.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use super::connection::Host;

/// The most connections that wait to be accepted: what the standard library asks of the system.
const BACKLOG: usize = 1_024;

/// A listener and its guests' host.
pub(crate) struct Door {
    /// `None` once it listens no more.
    listener: Option<TcpListener>,
    pub(super) host: Arc<Host>,
}

impl Door {
    /// Opens it.
    pub(super) fn new(listener: TcpListener, host: Host) -> Self {
        Self { listener: Some(listener), host: Arc::new(host) }
    }

    /// The next connection. A listener whose process has no more descriptors fails for a while; that passes.
    pub(super) async fn next(&self) -> TcpStream {
        let Some(listener) = &self.listener else { return std::future::pending().await };
        loop {
            match listener.accept().await {
                Ok((stream, _)) => return stream,
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "cannot accept connections");
                    sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }

    /// Listens no more: who comes later is refused, and asks another server.
    pub(super) fn close(&mut self) {
        self.listener = None;
    }

    /// All who have connected, after which it listens no more.
    pub(super) fn the_last(&mut self) -> Vec<TcpStream> {
        let listener = self.listener.take().and_then(|listener| listener.into_std().ok());
        let accept = || listener.as_ref()?.accept().ok();
        // No more than wait in the backlog, however many connect meanwhile.
        std::iter::from_fn(accept).take(BACKLOG).filter_map(|(stream, _)| asynchronous(stream)).collect()
    }
}

fn asynchronous(stream: std::net::TcpStream) -> Option<TcpStream> {
    stream.set_nonblocking(true).ok()?;
    TcpStream::from_std(stream).ok()
}

fn is_of_the_client(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
