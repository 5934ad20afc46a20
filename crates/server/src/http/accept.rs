//! The accept loop: connections in, and a polite end.
//!
//! A server that drains goes on as before for a while; its clients are asked to come back on another connection, which a proxy opens to another
//! server once this one no longer listens. Then late calls on open connections are still served, and all connections end.
//!
//! At a stop without a drain it goes on accepting while calls that were begun are answered, so that late ones are refused in words
//! (by [admission](super::middleware)); then connections are asked to end. What is left at the deadline is cut off.
//!
//! Why it is written here: axum-server and hyper-util's `GracefulShutdown` end connections too, but only in one step, at once and for one listener. A
//! drain that goes on accepting, that tells calls under way from connections that merely stay open, and that counts what it cut off, would be built
//! around either and not by it; both leave the bounds of [`connection`](super::connection) to be written as well. Of hyper-util its graceful
//! end of a single connection is used.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::connection::{Crowd, Host, connection, say_no_place};
use super::door::Door;
use crate::app::App;
use crate::settings::Connections;
use crate::tls::Tls;

/// How long late calls are waited for: a request that is already on its way gets its answer rather than a reset.
const LINGER: Duration = Duration::from_millis(250);
/// All that was begun is answered within this time after the server was asked to end; what follows takes some, and the contract says 20 s.
const ANSWERED: Duration = Duration::from_secs(16);

/// How long clients are waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// How long a server that drains serves on.
    pub(crate) drain: Duration,
    /// How long each may take for what.
    pub(crate) connections: Connections,
}

/// What is listened on, and what is answered there.
pub(crate) struct Doors {
    /// For all.
    pub(crate) clients: (TcpListener, Router),
    /// Certificate and key of that one; `None`: plain HTTP.
    pub(crate) tls: Option<Tls>,
    /// For metrics and health alone, plain.
    pub(crate) metrics: Option<(TcpListener, Router)>,
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
pub(crate) async fn accept(doors: Doors, app: &App, times: Times) -> CutOff {
    let drain = times.drain;
    let mut connections = Accepted::open(doors, app, times);
    connections.accept_until(app.stop().requested()).await;
    let deadline = Instant::now() + ANSWERED;
    let drained = async {
        tokio::select! {
            () = sleep(drain) => {}
            () = app.stop().stopping() => {}
        }
    };
    connections.accept_until(drained).await;
    if drain.is_zero() || app.stop().is_stopping() {
        app.stop().now();
        connections.accept_until(answered(app, deadline)).await;
        connections.doors.iter_mut().for_each(Door::close);
    } else {
        connections.accept_the_last();
        sleep(LINGER).await;
        app.stop().now();
        connections.close.cancel();
        answered(app, deadline).await;
    }
    connections.end(app, deadline + LINGER).await
}

/// Waits until all calls that were begun are answered, those included that are on their way.
async fn answered(app: &App, deadline: Instant) {
    sleep(LINGER).await;
    app.begun().close();
    drop(timeout_at(deadline, app.begun().wait()).await);
}

struct Accepted {
    /// The one for all first; a server has two at the most.
    doors: Vec<Door>,
    close: CancellationToken,
    running: JoinSet<()>,
}

impl Accepted {
    fn open(doors: Doors, app: &App, times: Times) -> Self {
        let Doors { clients, tls, metrics } = doors;
        let (bounds, close) = (times.connections, CancellationToken::new());
        let host =
            |router, crowd, tls| Host { router, app: app.clone(), crowd, tls, bounds, close: close.clone() };
        let mut all = vec![Door::new(clients.0, host(clients.1, Arc::clone(app.crowd()), tls))];
        if let Some((listener, router)) = metrics {
            // A crowd of its own, so that whatever clients do it is known how the server is.
            let crowd = Crowd::new(&Connections { clients: Connections::METRICS, ..bounds });
            all.push(Door::new(listener, host(router, Arc::new(crowd), None)));
        }
        Self { doors: all, close, running: JoinSet::new() }
    }

    async fn accept_until(&mut self, end: impl Future<Output = ()>) {
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return,
                stream = next(&self.doors, 0) => self.serve(0, stream),
                stream = next(&self.doors, 1) => self.serve(1, stream),
                Some(_) = self.running.join_next() => {}
            }
        }
    }

    /// Takes all who have connected, and listens no more.
    fn accept_the_last(&mut self) {
        for at in 0..self.doors.len() {
            for stream in self.doors[at].the_last() {
                self.serve(at, stream);
            }
        }
    }

    fn serve(&mut self, at: usize, stream: TcpStream) {
        let host = &self.doors[at].host;
        match host.crowd.admit() {
            Some(place) => drop(self.running.spawn(connection(stream, place, Arc::clone(host)))),
            None if host.tls.is_none() => say_no_place(stream),
            None => {}
        }
    }

    /// Asks all to end, and cuts off those that have not at the deadline.
    async fn end(mut self, app: &App, deadline: Instant) -> CutOff {
        self.close.cancel();
        drop(timeout_at(deadline, async { while self.running.join_next().await.is_some() {} }).await);
        let (begun, unsent) = (app.begun().len(), app.arriving().len());
        let cut_off =
            CutOff { unanswered: begun.saturating_sub(unsent), unsent, connections: self.running.len() };
        self.running.shutdown().await;
        cut_off
    }
}

/// The next connection at a door, if there is that one.
async fn next(doors: &[Door], at: usize) -> TcpStream {
    match doors.get(at) {
        Some(door) => door.next().await,
        None => std::future::pending().await,
    }
}
