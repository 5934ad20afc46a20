//! Which protocol a connection speaks, by its first bytes, and what it is held to.

use std::time::Duration;

use bytes::BytesMut;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::settings::Connections;

/// How often an HTTP/2 connection is asked whether its peer still lives.
const PING: Duration = Duration::from_secs(20);

/// The preface of HTTP/2 with prior knowledge.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What the first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// Waits for the first bytes. Those that are taken are in `first`, also when this is given up.
///
/// Of HTTP/1.1 none are taken as a rule: where they are, hyper reads the head in two pieces, and holds a buffer of 16 KiB for it instead of 8, which
/// ten thousand waiting workers would all have.
///
/// # Errors
/// The connection has ended.
pub(super) async fn protocol(stream: &mut TcpStream, first: &mut BytesMut) -> std::io::Result<Protocol> {
    let mut peeked = [0; PREFACE.len()];
    let length = stream.peek(&mut peeked).await?;
    if length > 0 && !PREFACE.starts_with(&peeked[..length]) {
        return Ok(Protocol::Http1);
    }
    while first.len() < PREFACE.len() {
        let mut rest = stream.take((PREFACE.len() - first.len()) as u64);
        if rest.read_buf(first).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if !PREFACE.starts_with(first) {
            return Ok(Protocol::Http1);
        }
    }
    Ok(Protocol::Http2)
}

/// How many times the longest head is one that is not even looked at.
const MONSTROUS: u32 = 8;

/// For connections of HTTP/1.1.
pub(super) fn http1(bounds: &Connections) -> http1::Builder {
    let mut builder = http1::Builder::new();
    // hyper holds as much of a head as of what waits to be written, and not less than `Connections::LEAST_HEAD_BYTES`.
    let head_bytes = bounds.head_bytes.max(Connections::LEAST_HEAD_BYTES) as usize;
    builder.header_read_timeout(None).max_headers(bounds.headers).max_buf_size(head_bytes);
    // The buffer alone is no bound of a head that comes in one piece: it is looked at only while a head is not whole.
    builder.max_header_size(head_bytes);
    builder
}

/// For connections of HTTP/2.
///
/// hyper's own bounds of resets count other things: those of calls that it has not begun, at one time, and those of calls that break the protocol, over
/// the life of a connection. The first must not be met before the bound of resets is.
pub(super) fn http2(bounds: &Connections) -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_concurrent_streams(bounds.streams)
        .max_pending_accept_reset_streams(bounds.resets as usize)
        .max_header_list_size(bounds.head_bytes.saturating_mul(MONSTROUS));
    builder
}
