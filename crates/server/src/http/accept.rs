//! The accept loop: connections in, answers out, and a polite end.
//!
//! Why not `axum::serve`: it installs no timer for reading a request's head, so that a client which sends half of one
//! holds its connection for ever. HTTP/1.1 and HTTP/2 with prior knowledge are told apart by the first bytes.
//!
//! At a stop it goes on accepting while calls that were begun are answered, so that late ones are turned away in words
//! (by the [gate](super::middleware)); then connections are asked to end, and at last cut off.

use std::fmt::Display;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::EXPECT;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulConnection;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::body::Drained;
use super::connection::Streaming;
use crate::app::App;

/// How long a request's head may take, and a kept-alive connection be idle.
const HEAD: Duration = Duration::from_secs(30);
/// How often an HTTP/2 connection is asked whether its peer still lives.
const PING: Duration = Duration::from_secs(20);
/// Calls at once on one HTTP/2 connection; a worker host parks many polls on one.
const STREAMS: u32 = 1_024;
/// How long idle connections are kept at a stop: a request that is already on its way gets its 503 rather than a reset.
const LINGER: Duration = Duration::from_millis(250);
/// All that was begun is answered within this time after a stop; the contract says 20 s, and closing takes some.
const DRAIN: Duration = Duration::from_secs(17);

/// How long the last of a stream, which the stop ended, may take to be sent.
const LAST_EVENTS: Duration = Duration::from_secs(1);

/// What is left when all is drained.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Accepting {
    /// Calls that were cut off at the deadline.
    pub(crate) unanswered: usize,
}

/// Serves until the app stops, and then until what was begun is answered.
pub(crate) async fn accept(listener: TcpListener, router: Router, app: &App) -> Accepting {
    let connections = TaskTracker::new();
    let close = CancellationToken::new();
    let serve = |stream| connections.spawn(connection(stream, router.clone(), close.clone()));
    let drained = async {
        app.stopping().await;
        let deadline = Instant::now() + DRAIN;
        sleep(LINGER).await;
        app.begun().close();
        drop(timeout_at(deadline, app.begun().wait()).await);
        deadline
    };
    tokio::pin!(drained);
    let deadline = loop {
        tokio::select! {
            deadline = &mut drained => break deadline,
            stream = next(&listener) => drop(serve(stream)),
        }
    };
    drop(listener);
    close.cancel();
    connections.close();
    drop(timeout_at(deadline + LINGER, connections.wait()).await);
    Accepting { unanswered: app.begun().len() }
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

/// Serves one connection to its end.
async fn connection(stream: TcpStream, router: Router, close: CancellationToken) {
    // Answers are small and awaited; holding them back to fill packets only costs time.
    drop(stream.set_nodelay(true));
    let silent = Instant::now() + HEAD;
    let is_http1 = tokio::select! {
        told = is_http1(&stream) => told,
        () = close.cancelled() => return,
        () = sleep_until(silent) => return,
    };
    let signs = Signs::default();
    let service = {
        let (signs, close) = (signs.clone(), close.clone());
        router.map_request(move |mut request: Request<Incoming>| {
            signs.spoken.store(true, Ordering::Relaxed);
            request.extensions_mut().insert(signs.streaming.clone());
            drained(request, close.clone())
        })
    };
    let (stream, service) = (TokioIo::new(stream), TowerToHyperService::new(service));
    if is_http1 {
        let serving = pin!(http1().serve_connection(stream, service));
        serve(serving, silent, &signs, &close).await;
    } else {
        // Boxed, or every connection would be as large as those of HTTP/2.
        let either = async {
            let builder = either();
            serve(pin!(builder.serve_connection(stream, service)), silent, &signs, &close).await;
        };
        Box::pin(either).await;
    }
}

/// What the requests of a connection tell of it.
#[derive(Clone, Default)]
struct Signs {
    /// There was one.
    spoken: Arc<AtomicBool>,
    streaming: Streaming,
}

/// Runs a connection until it has ended, or may be cut off.
async fn serve<C>(mut serving: Pin<&mut C>, silent: Instant, signs: &Signs, close: &CancellationToken)
where
    C: GracefulConnection,
    C::Error: Display,
{
    let mut closing: Option<Instant> = None;
    loop {
        tokio::select! {
            result = &mut serving => {
                if let Err(error) = result {
                    tracing::debug!(%error, "a connection ended badly");
                }
                return;
            }
            () = close.cancelled(), if closing.is_none() => {
                closing = Some(Instant::now() + LAST_EVENTS);
                serving.as_mut().graceful_shutdown();
            }
            () = sleep_until(closing.unwrap_or(silent)), if closing.is_some() && signs.streaming.has_begun() => return,
            // The timer of the head begins with its first byte; this one is for who sends none.
            () = stays_silent(&signs.spoken, silent) => return,
        }
    }
}

/// Ends if nothing was spoken until then, and never otherwise. What is spoken meanwhile must count, so it is looked at when the
/// time has come: a condition of `select!` is looked at before it waits.
async fn stays_silent(spoken: &AtomicBool, until: Instant) {
    sleep_until(until).await;
    if spoken.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}

/// The preface of HTTP/2.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Whether the first bytes are those of HTTP/1.1 for certain; they are not taken. (Where they are, as where the first bytes leave it open, hyper
/// reads the head in two pieces, and keeps a buffer of 16 KiB for it instead of 8, which ten thousand parked workers would all have.)
async fn is_http1(stream: &TcpStream) -> bool {
    let mut first = [0; PREFACE.len()];
    let peeked = stream.peek(&mut first).await.unwrap_or(0);
    !PREFACE.starts_with(&first[..peeked])
}

fn http1() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
    builder
}

/// HTTP/1.1 or HTTP/2, as the preface tells.
fn either() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_concurrent_streams(STREAMS);
    builder
}

fn drained(request: Request<Incoming>, close: CancellationToken) -> Request<Body> {
    let expects_invitation = request.headers().contains_key(EXPECT);
    request.map(|body| Body::new(Drained::new(body, expects_invitation, close)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_has_spoken_is_not_cut_off_when_the_time_for_its_first_words_is_over() {
        let spoken = AtomicBool::new(false);
        let speak = async {
            sleep(HEAD / 2).await;
            spoken.store(true, Ordering::Relaxed);
            sleep(HEAD * 100).await;
        };
        tokio::select! {
            () = stays_silent(&spoken, Instant::now() + HEAD) => panic!("it has spoken"),
            () = speak => {}
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_says_nothing_is_cut_off() {
        let began = Instant::now();
        stays_silent(&AtomicBool::new(false), began + HEAD).await;
        assert_eq!(began.elapsed(), HEAD);
    }
}
