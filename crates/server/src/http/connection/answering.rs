//! One call on a connection, from its head to its answer.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::header::{CONNECTION, EXPECT};
use axum::http::{HeaderValue, Method, Request, Response, Version};
use axum::response::IntoResponse;
use futures_util::FutureExt;
use futures_util::future::{Either, ready};
use http_body::Body as _;
use hyper::body::Incoming;
use tower::Service;

use super::activity::Open;
use super::client::Unanswered;
use super::endless::Endless;
use super::ends::Ending;
use super::guest::{Guest, Host};
use super::opened::Opened;
use super::unwritten::GUESS;
use crate::http::Problem;
use crate::http::body::{Drained, Unwelcome};
use crate::settings::Auth;

/// A call whose answer is to be sent.
struct Call {
    is_http2: bool,
    /// It changes nothing, so its answer may be another one.
    reads: bool,
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
            reads,
            open: self.activity.called(is_http2),
            unanswered: is_http2.then(|| Unanswered::of(self.client())),
        };
        let refusal = self.refusal(&request);
        let request = self.arriving(request);
        let answered = match refusal {
            Some(problem) => Either::Left(ready(Ok(problem.into_response()))),
            // Boxed, or every call of HTTP/1.1 would be as large.
            None if is_http2 => {
                Either::Right(Either::Left(Box::pin(self.clone().answer_in_turn(request, reads))))
            }
            None => Either::Right(Either::Right(self.host.router.clone().call(request))),
        };
        let guest = self.clone();
        answered.map(move |answer| answer.map(|answer| guest.send(answer, call)))
    }

    /// Answers a call once the client has taken enough of the answers before.
    async fn answer_in_turn(self, request: Request<Body>, reads: bool) -> Result<Response<Body>, Infallible> {
        let _promised = self.client().unwritten.room(if reads { GUESS } else { 0 }).await;
        self.host.router.clone().call(request).await
    }

    /// Why it is refused whatever it asks for; its connection is not kept.
    fn refusal(&self, request: &Request<Incoming>) -> Option<Problem> {
        let problem = if self.turned_away {
            Problem::too_many_connections()
        } else if request.headers().len() > self.host.bounds.headers {
            // Over HTTP/1.1 hyper has refused it.
            Problem::too_many_headers(self.host.bounds.headers)
        } else {
            return None;
        };
        Some(problem)
    }

    fn arriving(&self, mut request: Request<Incoming>) -> Request<Body> {
        let expects_invitation = request.headers().contains_key(EXPECT);
        let Host { app, close, .. } = &*self.host;
        if app.auth() == Auth::Open
            && let Some(local) = self.local
        {
            request.extensions_mut().insert(local);
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

    fn send(&self, answer: Response<Body>, call: Call) -> Response<Opened<Body>> {
        let Call { is_http2, reads, mut open, unanswered } = call;
        let mut answer = self.bounded(answer, reads);
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

    /// The answer, or that there is no room for it among those that wait for all clients.
    fn bounded(&self, answer: Response<Body>, reads: bool) -> Response<Body> {
        let bytes = answer.body().size_hint().exact().unwrap_or(0);
        let has_room = self.activity.crowd().has_room_for(usize::try_from(bytes).unwrap_or(usize::MAX));
        if has_room || !reads { answer } else { Problem::too_many_unread_bytes().into_response() }
    }
}
