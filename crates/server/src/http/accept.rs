//! The accept loop: connections in, and a polite end.
//!
//! A server that drains goes on as before for a while; its clients are asked to come back on another connection, which a proxy opens to another
//! server once this one no longer listens. Then late calls on open connections are still served, and all connections end.
//!
//! At a stop without a drain it goes on accepting while calls that were begun are answered, so that late ones are refused in words
//! (by [admission](super::middleware)); then connections are asked to end. What is left at the deadline is cut off.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::connection::{Host, connection};
use crate::app::App;
use crate::settings::Connections;

/// How long late calls are waited for: a request that is already on its way gets its answer rather than a reset.
const LINGER: Duration = Duration::from_millis(250);
/// All that was begun is answered within this time after the server was asked to end; what follows takes some, and the contract says 20 s.
const ANSWERED: Duration = Duration::from_secs(16);

/// The most connections that wait to be accepted: what the standard library asks of the system.
const BACKLOG: usize = 1_024;

/// How long clients are waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// How long a server that drains serves on.
    pub(crate) drain: Duration,
    /// How long each may take for what.
    pub(crate) connections: Connections,
}

/// What was cut off at the deadline.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CutOff {
    /// Calls that their clients had sent in full.
    pub(crate) unanswered: usize,
    /// Calls whose bodies had not come to their end.
    pub(crate) unsent: usize,
    /// Connections, those of these calls included, or whose clients had not taken their answers.
    pub(crate) connections: usize,
}

/// Serves until the server is asked to end, and then until what was begun is answered.
pub(crate) async fn accept(listener: TcpListener, router: Router, app: &App, times: Times) -> CutOff {
    let Times { drain, connections: bounds } = times;
    let host = Host { router, app: app.clone(), bounds, close: CancellationToken::new() };
    let mut connections = Accepted { host: Arc::new(host), running: JoinSet::new() };
    connections.accept_until(&listener, app.stop().requested()).await;
    let deadline = Instant::now() + ANSWERED;
    let drained = async {
        tokio::select! {
            () = sleep(drain) => {}
            () = app.stop().stopping() => {}
        }
    };
    connections.accept_until(&listener, drained).await;
    if drain.is_zero() || app.stop().is_stopping() {
        app.stop().now();
        connections.accept_until(&listener, answered(app, deadline)).await;
        drop(listener);
    } else {
        connections.accept_the_last(listener);
        sleep(LINGER).await;
        app.stop().now();
        connections.host.close.cancel();
        answered(app, deadline).await;
    }
    connections.end(deadline + LINGER).await
}

/// Waits until all calls that were begun are answered, those included that are on their way.
async fn answered(app: &App, deadline: Instant) {
    sleep(LINGER).await;
    app.begun().close();
    drop(timeout_at(deadline, app.begun().wait()).await);
}

struct Accepted {
    host: Arc<Host>,
    running: JoinSet<()>,
}

impl Accepted {
    async fn accept_until(&mut self, listener: &TcpListener, end: impl Future<Output = ()>) {
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return,
                stream = next(listener) => self.serve(stream),
                Some(_) = self.running.join_next() => {}
            }
        }
    }

    /// Takes all who have connected, and listens no more: who comes later is refused, and asks another server.
    fn accept_the_last(&mut self, listener: TcpListener) {
        let Ok(listener) = listener.into_std() else { return };
        // No more than wait in the backlog, however many connect meanwhile.
        for _ in 0..BACKLOG {
            let Ok((stream, _)) = listener.accept() else { return };
            if stream.set_nonblocking(true).is_ok()
                && let Ok(stream) = TcpStream::from_std(stream)
            {
                self.serve(stream);
            }
        }
    }

    fn serve(&mut self, stream: TcpStream) {
        if let Some(place) = self.host.app.crowd().admit() {
            self.running.spawn(connection(stream, place, Arc::clone(&self.host)));
        }
    }

    /// Asks all to end, and cuts off those that have not at the deadline.
    async fn end(mut self, deadline: Instant) -> CutOff {
        self.host.close.cancel();
        drop(timeout_at(deadline, async { while self.running.join_next().await.is_some() {} }).await);
        let (begun, unsent) = (self.host.app.begun().len(), self.host.app.arriving().len());
        let cut_off =
            CutOff { unanswered: begun.saturating_sub(unsent), unsent, connections: self.running.len() };
        self.running.shutdown().await;
        cut_off
    }
}

/// The next connection. A listener whose process has no more descriptors fails for a while; that passes.
async fn next(listener: &TcpListener) -> TcpStream {
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

fn is_of_the_client(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
