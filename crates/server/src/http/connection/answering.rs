//! One call on a connection, from its head to its answer.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::header::{CONNECTION, EXPECT};
use axum::http::{HeaderValue, Method, Request, Response, Version};
use futures_util::FutureExt;
use futures_util::future::Either;
use http_body::Body as _;
use hyper::body::Incoming;
use tower::Service;

use super::activity::Open;
use super::client::Unanswered;
use super::endless::Endless;
use super::ends::Ending;
use super::guest::{Guest, Host};
use super::opened::Opened;
use super::unserved::Unserved;
use super::unwritten::GUESS;
use crate::http::body::{Drained, Unwelcome};
use crate::http::surfaces;
use crate::settings::Connections;

/// Below this path are pages, and log-ins.
const PAGES: &str = "/ui/";
/// What a header counts beside its name and its value.
const OF_A_HEADER: usize = 32;

/// A call whose answer is to be sent.
struct Call {
    is_http2: bool,
    open: Open,
    /// Over HTTP/2 a client can take it back.
    unanswered: Option<Unanswered>,
}

impl Guest {
    /// Answers one call. A function that returns a future rather than an async one, which would hold its arguments twice.
    pub(super) fn answer(
        &self,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Opened<Body>>, Infallible>> + use<> {
        let (is_http2, reads) = (request.version() == Version::HTTP_2, request.method() == Method::GET);
        let call = Call {
            is_http2,
            open: self.activity.called(is_http2),
            unanswered: is_http2.then(|| Unanswered::of(self.client())),
        };
        let unserved = self.unserved(&request);
        let mut request = self.arriving(request);
        surfaces::mean(&mut request);
        if let Some(unserved) = unserved {
            request.extensions_mut().insert(unserved);
        }
        let answered = if is_http2 && unserved.is_none() {
            // Boxed, or every call of HTTP/1.1 would be as large.
            Either::Left(Box::pin(self.clone().answer_in_turn(request, reads)))
        } else {
            Either::Right(self.host.router.clone().call(request))
        };
        let guest = self.clone();
        answered.map(move |answer| answer.map(|answer| guest.send(answer, call)))
    }

    /// Answers a call once the client has taken enough of the answers before.
    async fn answer_in_turn(self, request: Request<Body>, reads: bool) -> Result<Response<Body>, Infallible> {
        let _promised = self.client().unwritten.room(if reads { GUESS } else { 0 }).await;
        self.host.router.clone().call(request).await
    }

    /// Why it is refused whatever it asks for.
    fn unserved(&self, request: &Request<Incoming>) -> Option<Unserved> {
        let Connections { headers, head_bytes, .. } = self.host.bounds;
        if self.turned_away {
            Some(Unserved::NoPlace)
        } else if request.version() != Version::HTTP_2 {
            // Too large a head of HTTP/1.1 hyper has refused.
            None
        } else if request.headers().len() > headers {
            Some(Unserved::TooManyHeaders(headers))
        } else {
            (bytes_of_head(request) > head_bytes as usize).then_some(Unserved::HeadTooLong(head_bytes))
        }
    }

    fn arriving(&self, mut request: Request<Incoming>) -> Request<Body> {
        let expects_invitation = request.headers().contains_key(EXPECT);
        let Host { app, close, .. } = &*self.host;
        if app.may_be_asked_without_a_key()
            && let Some(local) = self.local
        {
            request.extensions_mut().insert(local);
        }
        if let Some(peer) = self.peer.filter(|_| request.uri().path().starts_with(PAGES)) {
            request.extensions_mut().insert(peer);
        }
        let unwelcome = Unwelcome::default();
        let comes = !request.body().is_end_stream();
        let mut request = request.map(|body| {
            let held = (self.activity.open(), app.arriving().token());
            Body::new(Drained::new(body, expects_invitation, held, close.clone(), unwelcome.clone()))
        });
        if comes {
            request.extensions_mut().insert(unwelcome);
        }
        request
    }

    fn send(&self, mut answer: Response<Body>, call: Call) -> Response<Opened<Body>> {
        let Call { is_http2, mut open, unanswered } = call;
        if answer.extensions().get::<Endless>().is_some() {
            open.has_no_end();
        }
        if self.turned_away || self.host.app.stop().is_requested() {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        // HTTP/2 has no such header; there the connection takes no more calls.
        if is_http2 && answer.headers_mut().remove(CONNECTION).is_some() {
            self.client().ends.ask(Ending::Leaving);
        }
        answer.map(|body| Opened::new(body, open, self.client(), unanswered))
    }
}

/// How large a head of HTTP/2 is, as its settings count it (RFC 9113, 6.5.2), but for the lines of the request that have few bytes.
fn bytes_of_head<B>(request: &Request<B>) -> usize {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let headers =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + OF_A_HEADER);
    target + headers.sum::<usize>()
}
