//! What a client sends on a connection, which its [`Activity`] records.
//!
//! Where there is TLS this lies above it: the bytes of a handshake are those of no call.

use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::activity::Activity;
use super::framing::Framing;
use super::protocol::Protocol;

/// Passes all on as it is.
pub(super) struct Watched<S> {
    stream: S,
    /// What has been read of it before.
    first: Bytes,
    /// `None`: requests are not distinguished by their bytes.
    framing: Option<Framing>,
    activity: Activity,
}

impl<S> Watched<S> {
    /// Records in `activity` what comes over `stream`, of which `first` has been read.
    pub(super) fn new(stream: S, first: Bytes, protocol: Protocol, activity: Activity) -> Self {
        let framing = (protocol == Protocol::Http1).then(Framing::new);
        Self { stream, first, framing, activity }
    }

    fn received(&mut self, bytes: &[u8]) {
        let within_head = self.framing.as_mut().is_some_and(|framing| {
            framing.follow(bytes);
            framing.is_within_head()
        });
        self.activity.received(within_head);
    }

    /// The stream.
    pub(super) fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        if !self.first.is_empty() {
            let length = self.first.len().min(buffer.remaining());
            let first = self.first.split_to(length);
            buffer.put_slice(&first);
            self.received(&first);
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.received(&buffer.filled()[before..]);
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
