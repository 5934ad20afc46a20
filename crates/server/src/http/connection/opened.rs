//! A body during which its connection is not idle, and which notices when its client takes no more of it.
//!
//! HTTP/2 takes whatever it is handed, however little its peer has room for. So a body is handed over in pieces: the next one is asked for once there is
//! room, and as long as none is, the answer waits for its client. Its bytes are counted as long as any of them wait.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::activity::Open;
use super::client::{Client, Unanswered};
use super::unwritten::Waiting;

/// An answer's body, open until hyper has taken its end.
pub(super) struct Opened<B> {
    body: B,
    open: Open,
    client: Arc<Client>,
    /// The call, until its client is asked to take some of the answer.
    unanswered: Option<Unanswered>,
    /// All of it, where its length is known and none has been handed over.
    waiting: Option<Waiting>,
    /// What is left of the piece that the body has handed over.
    rest: Bytes,
}

/// The most that is handed over at once; as much as a frame of HTTP/2 holds.
const PIECE: usize = 16 * 1_024;

impl<B> Opened<B> {
    /// Holds `open` for as long as there is the body.
    pub(super) fn new(body: B, mut open: Open, client: &Arc<Client>, unanswered: Option<Unanswered>) -> Self
    where
        B: Body,
    {
        open.waits(!body.is_end_stream());
        let known = body.size_hint().exact().and_then(|bytes| usize::try_from(bytes).ok());
        let mut opened = Self {
            waiting: known.map(|bytes| client.unwritten.wait(bytes)),
            body,
            open,
            client: Arc::clone(client),
            unanswered,
            rest: Bytes::new(),
        };
        if opened.body.is_end_stream() {
            opened.is_taken();
        }
        opened
    }

    /// Its client has taken all that was handed over before.
    fn is_taken(&mut self) {
        self.client.unwritten.taken();
        if let Some(unanswered) = self.unanswered.take() {
            unanswered.answered();
        }
    }

    /// Counts what the body has handed over.
    fn count(&mut self, data: Bytes) -> Bytes {
        let waiting = self.waiting.take();
        waiting.unwrap_or_else(|| self.client.unwritten.wait(data.len())).hold(data)
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Opened<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        self.is_taken();
        if self.rest.is_empty() {
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => self.rest = self.count(data),
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                other => {
                    self.open.waits(false);
                    return other;
                }
            }
        }
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        let more = !self.is_end_stream();
        self.open.waits(more);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, hint) = (self.rest.len() as u64, self.body.size_hint());
        let mut all = SizeHint::new();
        all.set_lower(hint.lower() + rest);
        if let Some(upper) = hint.upper() {
            all.set_upper(upper + rest);
        }
        all
    }
}
