//! What a client takes of a connection's bytes, which its [`Activity`] records.
//!
//! Where there is TLS this lies below it: what TLS holds back until the client takes more has not been taken.

use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::activity::Activity;

/// Passes all on as it is.
pub(super) struct Taken<S> {
    stream: S,
    activity: Activity,
    /// The last write found the buffer full.
    blocked: bool,
}

impl<S> Taken<S> {
    /// Records in `activity` whether the other side of `stream` takes what is written.
    pub(super) fn new(stream: S, activity: Activity) -> Self {
        Self { stream, activity, blocked: false }
    }

    fn wrote(&mut self, result: Poll<Result<usize>>) -> Poll<Result<usize>> {
        if self.blocked != result.is_pending() {
            self.blocked = result.is_pending();
            self.activity.blocked(self.blocked);
        }
        result
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Taken<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Taken<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.wrote(result)
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
