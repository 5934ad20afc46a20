//! One connection from its first byte to its end.
//!
//! Its clients are asked to come back on another connection while the server drains: with each answer, since a connection that is closed at
//! once may have a request on its way. Once connections are to close, one on which nothing is left to be said is.

use std::fmt::Display;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bytes::{Bytes, BytesMut};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::activity::{Activity, Due};
use super::client::Client;
use super::crowd::{Crowd, Place};
use super::ends::Ending;
use super::late_head;
use super::protocol::{Protocol, http1, http2, protocol};
use super::taken::Taken;
use super::unread_head::Worded;
use super::watched::Watched;
use crate::app::App;
use crate::http::entrance::{LocalAddress, PeerAddress};
use crate::settings::Connections;
use crate::telemetry::{self, Closed};
use crate::tls::{H2, Tls};

/// How long a connection that was asked to end may take to say goodbye, and the last of a stream to be sent.
const GOODBYE: Duration = Duration::from_secs(1);
/// How long a connection may take for which there is no place.
const TURNED_AWAY: Duration = Duration::from_secs(5);

/// What all connections share.
pub(in crate::http) struct Host {
    pub(in crate::http) router: Router,
    pub(in crate::http) app: App,
    /// All connections to this listener.
    pub(in crate::http) crowd: Arc<Crowd>,
    /// Certificate and key; `None`: plain HTTP.
    pub(in crate::http) tls: Option<Tls>,
    /// How long a client may take for what, and how much it may ask for.
    pub(in crate::http) bounds: Connections,
    /// Connections are to end.
    pub(in crate::http) close: CancellationToken,
}

/// What is known of one connection; cheap to clone.
#[derive(Clone)]
pub(super) struct Guest {
    pub(super) host: Arc<Host>,
    pub(super) activity: Activity,
    /// There is no place for it: it is answered so.
    pub(super) turned_away: bool,
    /// The address of this machine that it was made to.
    pub(super) local: Option<LocalAddress>,
    /// The address that it was made from.
    pub(super) peer: Option<PeerAddress>,
}

/// Serves one connection to its end, which frees its place.
pub(in crate::http) async fn connection(stream: TcpStream, place: Place, host: Arc<Host>) {
    // Answers are small and awaited; holding them back to fill packets only costs time.
    drop(stream.set_nodelay(true));
    let (activity, turned_away) = (Activity::new(place.known.clone()), place.turned_away);
    let local = stream.local_addr().ok().map(|address| LocalAddress(address.ip()));
    let peer = stream.peer_addr().ok().map(|address| PeerAddress(address.ip().to_canonical()));
    let guest = Guest { host, activity, turned_away, local, peer };
    if turned_away {
        drop(timeout(TURNED_AWAY, Box::pin(guest.welcome(stream))).await);
    } else {
        guest.welcome(stream).await;
    }
    drop(place);
}

impl Guest {
    /// Waits for its first bytes, and serves it in the protocol that they show.
    async fn welcome(self, stream: TcpStream) {
        if let Some(tls) = &self.host.tls {
            let acceptor = tls.acceptor();
            // Boxed, or every connection would be as large as those of TLS.
            return Box::pin(self.welcome_privately(stream, acceptor)).await;
        }
        let (mut stream, mut first) = (stream, BytesMut::new());
        match self.in_time(protocol(&mut stream, &mut first)).await {
            Ok(Ok(protocol)) => {
                let stream = Taken::new(stream, self.activity.clone());
                self.converse(stream, first.freeze(), protocol).await;
            }
            Err(Untimely::Late) if !first.is_empty() => {
                Box::pin(late_head::refuse(stream, &self.host.bounds)).await;
            }
            Ok(Err(_)) | Err(_) => {}
        }
    }

    /// The same after a handshake, in which the protocol is agreed on.
    async fn welcome_privately(self, stream: TcpStream, acceptor: TlsAcceptor) {
        let stream = Taken::new(stream, self.activity.clone());
        let stream = match self.in_time(acceptor.accept(stream)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => return,
        };
        let protocol = match stream.get_ref().1.alpn_protocol() {
            Some(H2) => Protocol::Http2,
            _ => Protocol::Http1,
        };
        self.activity.greeted();
        self.converse(stream, Bytes::new(), protocol).await;
    }

    /// What comes before the first head.
    async fn in_time<T>(&self, first: impl Future<Output = T>) -> Result<T, Untimely> {
        tokio::select! {
            done = first => Ok(done),
            () = self.host.close.cancelled() => Err(Untimely::Unwanted),
            _ = self.client().ends.asked() => {
                count(Closed::Crowded);
                Err(Untimely::Unwanted)
            }
            () = sleep_until(Instant::now() + self.host.bounds.head) => {
                count(Closed::Head);
                Err(Untimely::Late)
            }
        }
    }

    /// Answers calls on a stream of which `first` has been read.
    async fn converse<S>(self, stream: S, first: Bytes, protocol: Protocol)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stream = Watched::new(stream, first, protocol, self.activity.clone());
        let service = {
            let guest = self.clone();
            service_fn(move |request| guest.answer(request))
        };
        match protocol {
            Protocol::Http1 => {
                let bounds = &self.host.bounds;
                let stream = TokioIo::new(Worded::new(stream, bounds));
                let mut serving = http1(bounds).serve_connection(stream, service);
                if self.serve(Pin::new(&mut serving)).await == Ended::LateHead {
                    let stream = serving.into_parts().io.into_inner().into_inner().into_inner();
                    Box::pin(late_head::refuse(stream, &self.host.bounds)).await;
                }
            }
            // Boxed, or every connection would be as large as those of HTTP/2.
            Protocol::Http2 => {
                Box::pin(async {
                    let stream = TokioIo::new(stream);
                    self.serve(pin!(http2(&self.host.bounds).serve_connection(stream, service))).await;
                })
                .await;
            }
        }
    }

    /// The client.
    pub(super) fn client(&self) -> &Arc<Client> {
        self.activity.client()
    }

    /// Runs a connection until it has ended, or may be cut off.
    async fn serve<C>(&self, mut serving: Pin<&mut C>) -> Ended
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
                why = self.client().ends.asked() => match why {
                    Ending::Leaving => true,
                    Ending::Crowded => { count(Closed::Crowded); true }
                    Ending::Resets => { count(Closed::Resets); return Ended::CutOff; }
                    Ending::Unread => { count(Closed::Unread); return Ended::CutOff; }
                },
                () = sleep_until(look) => match self.next_look(asked_to_end) {
                    Next::End(ended) => return ended,
                    Next::AskToEnd => true,
                    Next::Look(at) => {
                        look = at;
                        false
                    }
                },
            };
            if asks && !asked_to_end {
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
            return if done { Next::End(Ended::CutOff) } else { Next::Look(now + GOODBYE) };
        }
        match self.activity.due(&self.host.bounds) {
            Due::Silence(due) if due <= now => {
                count(Closed::Head);
                Next::End(Ended::CutOff)
            }
            Due::Head(due) if due <= now => {
                count(Closed::Head);
                Next::End(Ended::LateHead)
            }
            Due::Write(due) if due <= now => {
                count(Closed::Write);
                Next::End(Ended::CutOff)
            }
            Due::Idle(due) if due <= now => {
                count(Closed::Idle);
                Next::AskToEnd
            }
            Due::Silence(due) | Due::Head(due) | Due::Write(due) | Due::Idle(due) => {
                Next::Look(due.min(now + self.rhythm()))
            }
            Due::Never => Next::Look(now + self.rhythm()),
        }
    }

    /// How often it is looked at; what begins between two looks is not due before the second.
    fn rhythm(&self) -> Duration {
        let Connections { head, idle, write, .. } = self.host.bounds;
        head.min(idle).min(write)
    }
}

/// Why a connection ends before its first head.
enum Untimely {
    /// It had its time.
    Late,
    /// It is wanted no more.
    Unwanted,
}

/// What follows of a look at a connection.
enum Next {
    /// It stays until the next look.
    Look(Instant),
    /// It ends once the client has its answers.
    AskToEnd,
    /// It ends here.
    End(Ended),
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// By itself, or as it was asked to.
    Itself,
    /// It is cut off.
    CutOff,
    /// It is cut off, since a head that was begun did not come to its end.
    LateHead,
}

fn count(reason: Closed) {
    tracing::debug!(?reason, "closed a connection");
    telemetry::count_closed(reason);
}

fn log<E: Display>(result: Result<(), E>) -> Ended {
    if let Err(error) = result {
        tracing::debug!(%error, "a connection ended badly");
    }
    Ended::Itself
}
