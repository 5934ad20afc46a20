//! A refused body is still read, so that the client can read the refusal.
//!
//! Why: a server that closes a connection while its client still sends makes the client's system discard the
//! answer. What it deliberately does not do: drain for ever; past its bounds the connection is closed after all. A connection
//! is not done while its request is read, so a server that stops cuts this short.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::http::connection::Open;

/// The most that is read of a body that nobody wants.
const BYTES: usize = 1 << 30;
/// How long it is read at the most.
const TIME: Duration = Duration::from_secs(30);
/// The same for a body whose sender may not call at all.
const UNWELCOME_BYTES: usize = 1 << 20;
const UNWELCOME_TIME: Duration = Duration::from_secs(5);
/// How long it is still read of a connection that is closed: the answer has been sent, and reaches its client meanwhile.
const LAST: Duration = Duration::from_secs(1);

/// Says of a body on its way that little of it is to be read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unwelcome(Arc<AtomicU8>);

/// What [`Unwelcome`] says.
const OF_NO_CALLER: u8 = 1;
const LEAVING: u8 = 2;

impl Unwelcome {
    /// Its sender may not call.
    pub(crate) fn say(&self) {
        self.0.fetch_max(OF_NO_CALLER, Ordering::Relaxed);
    }

    /// Its connection is closed after the answer.
    pub(crate) fn say_leaving(&self) {
        self.0.fetch_max(LEAVING, Ordering::Relaxed);
    }

    /// How much is read of it, and for how long.
    fn bounds(&self) -> (usize, Duration) {
        match self.0.load(Ordering::Relaxed) {
            0 => (BYTES, TIME),
            OF_NO_CALLER => (UNWELCOME_BYTES, UNWELCOME_TIME),
            _ => (UNWELCOME_BYTES, LAST),
        }
    }
}

/// A body that reads itself to its end in the background when it is dropped before.
pub(crate) struct Drained<B: Body<Data = Bytes> + Send + Unpin + 'static> {
    inner: Option<B>,
    /// A client that waits for `100 Continue` has not begun to send; reading would invite it to.
    invited: bool,
    /// The connection is busy as long as the body is read.
    open: Option<Open>,
    /// Counts it, until its client has sent all of it or nobody wants it any more.
    arriving: Option<TaskTrackerToken>,
    /// Connections are asked to end.
    close: CancellationToken,
    unwelcome: Unwelcome,
}

impl<B: Body<Data = Bytes> + Send + Unpin + 'static> Drained<B> {
    /// Wraps a request's body; `expects_invitation` when it came with `Expect: 100-continue`. Soon after `close` no more is read.
    pub(crate) fn new(
        inner: B,
        expects_invitation: bool,
        (open, arriving): (Open, TaskTrackerToken),
        close: CancellationToken,
        unwelcome: Unwelcome,
    ) -> Self {
        let arriving = (!inner.is_end_stream()).then_some(arriving);
        Self {
            inner: Some(inner),
            invited: !expects_invitation,
            open: Some(open),
            arriving,
            close,
            unwelcome,
        }
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
        let Some(inner) = self.inner.as_mut() else { return Poll::Ready(None) };
        let frame = Pin::new(&mut *inner).poll_frame(context);
        if inner.is_end_stream() || matches!(frame, Poll::Ready(None | Some(Err(_)))) {
            self.arriving = None;
        }
        frame
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
        self.arriving = None;
        let Some(rest) = self.inner.take().filter(|inner| self.invited && !inner.is_end_stream()) else {
            return;
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (close, open) = (std::mem::take(&mut self.close), self.open.take());
            let (bytes, time) = self.unwelcome.bounds();
            runtime.spawn(async move {
                let _open = open;
                let closed = async {
                    close.cancelled().await;
                    tokio::time::sleep(LAST).await;
                };
                tokio::select! {
                    _ = tokio::time::timeout(time, drain(rest, bytes)) => {}
                    () = closed => {}
                }
            });
        }
    }
}

async fn drain<B: Body<Data = Bytes> + Unpin>(mut body: B, most: usize) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > most {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::connection::Activity;
    use tokio::time::Instant;
    use tokio_util::task::TaskTracker;

    /// A body of which nothing more comes, and how long it was held.
    struct Stalled(Option<tokio::sync::oneshot::Sender<()>>);

    impl Body for Stalled {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            Poll::Pending
        }
    }

    impl Drop for Stalled {
        fn drop(&mut self) {
            self.0.take().map(|held| held.send(()));
        }
    }

    async fn held(expects_invitation: bool, close: &CancellationToken, unwelcome: &Unwelcome) -> Duration {
        let (sender, released) = tokio::sync::oneshot::channel();
        let begun = Instant::now();
        let held = (Activity::alone().open(), TaskTracker::new().token());
        drop(Drained::new(Stalled(Some(sender)), expects_invitation, held, close.clone(), unwelcome.clone()));
        released.await.unwrap();
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_body_is_read_for_a_while_and_for_a_moment_once_connections_close() {
        let close = CancellationToken::new();
        let unwelcome = Unwelcome::default();
        assert_eq!(held(false, &close, &unwelcome).await, TIME);
        unwelcome.say();
        assert_eq!(held(false, &close, &unwelcome).await, UNWELCOME_TIME);
        let leaving = Unwelcome::default();
        leaving.say_leaving();
        leaving.say();
        assert_eq!(held(false, &close, &leaving).await, LAST, "the connection is closed after the answer");
        close.cancel();
        assert_eq!(held(false, &close, &Unwelcome::default()).await, LAST);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_nobody_was_invited_to_send_is_not_read() {
        assert_eq!(held(true, &CancellationToken::new(), &Unwelcome::default()).await, Duration::ZERO);
    }
}
