//! The answer to a head that does not come to its end.
//!
//! hyper ends such a connection without a word, so this one is written by hand. Of HTTP/2 there is no call yet that could be answered.

use std::time::Duration;

use axum::body::to_bytes;
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::response::IntoResponse;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::http::Problem;
use crate::http::headers::{REQUEST_ID, RequestId};
use crate::settings::Connections;

/// How long the client may take to take it.
const TIME: Duration = Duration::from_secs(1);

/// Says 408 to a client that speaks HTTP/1.1, or has not said what it speaks, and closes the connection.
pub(super) async fn refuse(mut stream: impl AsyncWrite + Unpin, bounds: &Connections) {
    let detail =
        format!("the head of the request has not come to its end within {} seconds", bounds.head.as_secs());
    let answer = by_hand(Problem::timed_out(detail)).await;
    let said = async {
        stream.write_all(&answer).await?;
        stream.shutdown().await
    };
    // Who has gone meanwhile need not hear it.
    drop(timeout(TIME, said).await);
}

/// An answer on a connection of HTTP/1.1 that is not kept, to a request that is not read. It has what every answer has that does not depend on its request.
pub(super) async fn by_hand(problem: Problem) -> Vec<u8> {
    let (mut head, body) = problem.into_response().into_parts();
    // The one that the client may have sent is in the head that is not read.
    let id = RequestId::new();
    tracing::debug!(request_id = id.as_str(), status = head.status.as_u16(), "answered what was not read");
    head.headers.insert(REQUEST_ID, id.to_header());
    head.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut answer = format!("HTTP/1.1 {}\r\ncontent-length: {}\r\n", head.status, body.len()).into_bytes();
    for (name, value) in &head.headers {
        answer.extend_from_slice(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    answer.extend_from_slice(b"\r\n");
    answer.extend_from_slice(&body);
    answer
}
