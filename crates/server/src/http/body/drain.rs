//! A refused body is still read, so that the client can read the refusal.
//!
//! Why: a server that closes a connection while its client still sends makes the client's system discard the
//! answer. What it deliberately does not do: drain for ever; past its bounds the connection is closed after all.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;

/// The most that is read of a body that nobody wants.
const BYTES: usize = 1 << 30;
/// How long it is read at the most.
const TIME: Duration = Duration::from_secs(30);

/// A body that reads itself to its end in the background when it is dropped before.
pub(crate) struct Drained<B: Body<Data = Bytes> + Send + Unpin + 'static> {
    inner: Option<B>,
    /// A client that waits for `100 Continue` has not begun to send; reading would invite it to.
    invited: bool,
}

impl<B: Body<Data = Bytes> + Send + Unpin + 'static> Drained<B> {
    /// Wraps a request's body; `expects_invitation` when it came with `Expect: 100-continue`.
    pub(crate) fn new(inner: B, expects_invitation: bool) -> Self {
        Self { inner: Some(inner), invited: !expects_invitation }
    }
}

impl<B: Body<Data = Bytes> + Send + Unpin + 'static> Body for Drained<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        self.invited = true;
        self.inner.as_mut().map_or(Poll::Ready(None), |inner| Pin::new(inner).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl<B: Body<Data = Bytes> + Send + Unpin + 'static> Drop for Drained<B> {
    fn drop(&mut self) {
        let Some(rest) = self.inner.take().filter(|inner| self.invited && !inner.is_end_stream()) else {
            return;
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(tokio::time::timeout(TIME, drain(rest)));
        }
    }
}

async fn drain<B: Body<Data = Bytes> + Unpin>(mut body: B) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > BYTES {
            return;
        }
    }
}
