//! A body during which its connection is not idle.

use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};

use super::activity::Open;

/// An answer's body, open until hyper has taken its end.
pub(super) struct Opened<B> {
    body: B,
    _open: Open,
}

impl<B> Opened<B> {
    /// Holds `open` for as long as there is the body.
    pub(super) fn new(body: B, open: Open) -> Self {
        Self { body, _open: open }
    }
}

impl<B: Body + Unpin> Body for Opened<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
