//! One connection from its first byte to its end.
//!
//! Why not `axum::serve`: it installs no timer for reading a request's head, so that a client which sends half of one holds its connection for
//! ever. HTTP/1.1 and HTTP/2 with prior knowledge are distinguished by the first bytes.
//!
//! Its clients are asked to come back on another connection while the server drains: with each answer, since a connection that is closed at
//! once may have a request on its way. Once connections are to close, one on which nothing is left to be said is.

mod activity;
mod opened;
mod watched;

use std::convert::Infallible;
use std::fmt::Display;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONNECTION, EXPECT};
use axum::http::{HeaderValue, Request, Response, Version};
use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulConnection;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tower::Service;

use activity::Due;
pub(crate) use activity::{Activity, Open};
use opened::Opened;
use watched::Watched;

use super::body::Drained;
use crate::app::App;
use crate::settings::Connections;

/// How often an HTTP/2 connection is asked whether its peer still lives.
const PING: Duration = Duration::from_secs(20);
/// How long a connection that was asked to end may take to say goodbye, and the last of a stream to be sent.
const GOODBYE: Duration = Duration::from_secs(1);

/// Marks an answer whose body has no end of its own. An answer is written to its end when the server stops, even to a client that reads
/// slowly. A stream ends at the stop, and its client will ask again elsewhere: what it has not read by then need not be waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Endless;

/// What all connections share.
pub(super) struct Host {
    pub(super) router: Router,
    pub(super) app: App,
    /// How long a client may take for what, and how much it may ask for.
    pub(super) bounds: Connections,
    /// Connections are to end.
    pub(super) close: CancellationToken,
}

/// What is known of one connection; cheap to clone.
#[derive(Clone)]
struct Guest {
    host: Arc<Host>,
    activity: Activity,
    /// An HTTP/2 connection is to take no more calls.
    leave: Arc<Notify>,
}

/// Serves one connection to its end.
pub(super) async fn connection(stream: TcpStream, host: Arc<Host>) {
    // Answers are small and awaited; holding them back to fill packets only costs time.
    drop(stream.set_nodelay(true));
    let bounds = host.bounds;
    let guest = Guest { host, activity: Activity::new(), leave: Arc::default() };
    let is_http1 = tokio::select! {
        known = is_http1(&stream) => known,
        () = guest.host.close.cancelled() => return,
        () = sleep_until(Instant::now() + guest.host.bounds.head) => return,
    };
    let stream = TokioIo::new(Watched::new(stream, guest.activity.clone()));
    let service = {
        let guest = guest.clone();
        service_fn(move |request| guest.answer(request))
    };
    if is_http1 {
        guest.serve(pin!(http1(&bounds).serve_connection(stream, service))).await;
    } else {
        // Boxed, or every connection would be as large as those of HTTP/2.
        let either = async {
            let builder = either(&bounds);
            guest.serve(pin!(builder.serve_connection(stream, service))).await;
        };
        Box::pin(either).await;
    }
}

impl Guest {
    /// Answers one call. A function that returns a future rather than an async one, which would hold its arguments twice.
    fn answer(
        &self,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Opened<Body>>, Infallible>> + use<> {
        let version = request.version();
        let open = self.activity.called(version == Version::HTTP_2);
        let answered = self.host.router.clone().call(self.arriving(request));
        let guest = self.clone();
        answered.map(move |answer| answer.map(|answer| guest.send(answer, version, open)))
    }

    fn arriving(&self, request: Request<Incoming>) -> Request<Body> {
        let expects_invitation = request.headers().contains_key(EXPECT);
        let Host { app, close, .. } = &*self.host;
        request.map(|body| {
            let held = (self.activity.open(), app.arriving().token());
            Body::new(Drained::new(body, expects_invitation, held, close.clone()))
        })
    }

    fn send(&self, mut answer: Response<Body>, version: Version, mut open: Open) -> Response<Opened<Body>> {
        if answer.extensions().get::<Endless>().is_some() {
            open.has_no_end();
        }
        if self.host.app.stop().is_requested() {
            if version == Version::HTTP_2 {
                self.leave.notify_one();
            } else {
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
        }
        answer.map(|body| Opened::new(body, open))
    }

    /// Runs a connection until it has ended, or may be cut off.
    async fn serve<C>(&self, mut serving: Pin<&mut C>)
    where
        C: GracefulConnection,
        C::Error: Display,
    {
        let mut asked_to_end = false;
        let mut look = Instant::now() + self.rhythm();
        loop {
            let asks = tokio::select! {
                result = &mut serving => return log(result),
                () = self.host.close.cancelled(), if !asked_to_end => true,
                () = self.leave.notified(), if !asked_to_end => true,
                () = sleep_until(look) => match self.next_look(asked_to_end) {
                    Next::CutOff => return,
                    Next::AskToEnd => true,
                    Next::Look(at) => {
                        look = at;
                        false
                    }
                },
            };
            if asks {
                asked_to_end = true;
                serving.as_mut().graceful_shutdown();
                look = Instant::now() + GOODBYE;
            }
        }
    }

    /// What is to be done with the connection, now that it is looked at.
    fn next_look(&self, asked_to_end: bool) -> Next {
        let now = Instant::now();
        if asked_to_end {
            let done = self.activity.is_done(self.host.close.is_cancelled());
            return if done { Next::CutOff } else { Next::Look(now + GOODBYE) };
        }
        match self.activity.due(&self.host.bounds) {
            Due::Head(due) | Due::Write(due) if due <= now => Next::CutOff,
            Due::Idle(due) if due <= now => Next::AskToEnd,
            Due::Head(due) | Due::Write(due) | Due::Idle(due) => Next::Look(due.min(now + self.rhythm())),
            Due::Never => Next::Look(now + self.rhythm()),
        }
    }

    /// How often it is looked at; what begins between two looks is not due before the second.
    fn rhythm(&self) -> Duration {
        let Connections { head, idle, write, .. } = self.host.bounds;
        head.min(idle).min(write)
    }
}

/// What follows of a look at a connection.
enum Next {
    /// It stays until the next look.
    Look(Instant),
    /// It ends once the client has its answers.
    AskToEnd,
    /// It ends here.
    CutOff,
}

fn log<E: Display>(result: Result<(), E>) {
    if let Err(error) = result {
        tracing::debug!(%error, "a connection ended badly");
    }
}

/// The preface of HTTP/2.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Whether the first bytes are those of HTTP/1.1 for certain; they are not taken. (Where they are, as where the first bytes leave it open, hyper
/// reads the head in two pieces, and holds a buffer of 16 KiB for it instead of 8, which ten thousand waiting workers would all have.)
async fn is_http1(stream: &TcpStream) -> bool {
    let mut first = [0; PREFACE.len()];
    let peeked = stream.peek(&mut first).await.unwrap_or(0);
    !PREFACE.starts_with(&first[..peeked])
}

fn http1(bounds: &Connections) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.header_read_timeout(None).max_headers(bounds.headers).max_buf_size(head_bytes(bounds));
    builder
}

/// HTTP/1.1 or HTTP/2, as the preface shows.
fn either(bounds: &Connections) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().header_read_timeout(None).max_headers(bounds.headers).max_buf_size(head_bytes(bounds));
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_concurrent_streams(bounds.streams)
        .max_header_list_size(bounds.head_bytes);
    builder
}

/// hyper holds as much of a head as of what waits to be written, and not less than [`Connections::LEAST_HEAD_BYTES`].
fn head_bytes(bounds: &Connections) -> usize {
    bounds.head_bytes.max(Connections::LEAST_HEAD_BYTES) as usize
}
