//! The answer to a head that cannot be read.
//!
//! hyper gives it by itself, as nothing of the call is known, and has no way to say what it holds: a status and no word more. So it is known by its bytes,
//! and what every answer has is written in its place. Only where it comes behind other answers that were not sent yet does it stay as it is.

use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::http::StatusCode;
use bytes::Bytes;
use futures_util::FutureExt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::late_head::by_hand;
use crate::http::Problem;
use crate::settings::Connections;

/// Longer than any answer of hyper's own.
const LONGEST: usize = 256;

/// Passes all else on as it is.
pub(super) struct Worded<S> {
    stream: S,
    /// What a head may have: bytes, and headers.
    bounds: (u32, usize),
    /// What was written has not been flushed, so that the next write need not be the beginning of an answer.
    within: bool,
    /// What is to be written instead of the bytes that are offered.
    instead: Bytes,
}

impl<S> Worded<S> {
    /// Of a connection of HTTP/1.1 that is held to `bounds`.
    pub(super) fn new(stream: S, bounds: &Connections) -> Self {
        Self { stream, bounds: (bounds.head_bytes, bounds.headers), within: false, instead: Bytes::new() }
    }

    /// The stream.
    pub(super) fn into_inner(self) -> S {
        self.stream
    }

    /// What to say instead of these bytes, if they are all of an answer of hyper's own.
    fn words(&self, bytes: &[u8]) -> Option<Bytes> {
        let said = bytes.strip_prefix(b"HTTP/1.1 ").filter(|_| bytes.len() <= LONGEST)?;
        let said = said.strip_suffix(b"\r\n\r\n").and_then(|said| std::str::from_utf8(said).ok())?;
        let (status, headers) = said.split_once(' ')?;
        let known = |header: &str| {
            ["content-length: 0", "connection: close"].contains(&header) || header.starts_with("date: ")
        };
        if !headers.split("\r\n").skip(1).all(known) {
            return None;
        }
        let (most_bytes, most_headers) = self.bounds;
        let problem = match StatusCode::from_bytes(status.as_bytes()).ok()? {
            StatusCode::BAD_REQUEST => Problem::unreadable_head(),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE | StatusCode::URI_TOO_LONG => {
                Problem::head_too_large(most_bytes, most_headers)
            }
            _ => return None,
        };
        by_hand(problem).now_or_never().map(Bytes::from)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Worded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Worded<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        if !self.within {
            self.within = true;
            self.instead = self.words(bytes).unwrap_or_default();
        }
        if self.instead.is_empty() {
            return Pin::new(&mut self.stream).poll_write(context, bytes);
        }
        while !self.instead.is_empty() {
            let Self { stream, instead, .. } = &mut *self;
            match ready!(Pin::new(stream).poll_write(context, instead))? {
                0 => return Poll::Ready(Ok(0)),
                written => drop(instead.split_to(written)),
            }
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        if self.within && self.instead.is_empty() {
            return Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        }
        // An answer without a body is one piece.
        if let [piece] = pieces {
            return self.poll_write(context, piece);
        }
        self.within = true;
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(context));
        self.within = false;
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
