//! The answer to a connection for which there is not even a place to be told so.
//!
//! Those who are told by [`Unserved`](super::Unserved) may take their time, and so they are few. Everybody beyond them is told at once, before a request is read.
//! That keeps no descriptor. A client that has sent more than is read here may lose the answer to the reset that closes its connection; one that speaks TLS
//! hears nothing, as its handshake would take time.

use std::io::{Read, Write};
use std::net::Shutdown;

use futures_util::FutureExt;
use tokio::net::TcpStream;

use super::late_head::by_hand;
use crate::http::Problem;

/// Says 503 to a client that speaks HTTP/1.1, without waiting for it, and closes the connection.
pub(in crate::http) fn say_no_place(stream: TcpStream) {
    let (Ok(mut stream), Some(answer)) =
        (stream.into_std(), by_hand(Problem::too_many_connections()).now_or_never())
    else {
        return;
    };
    // What is not read makes the close a reset. Nothing here waits: the stream is one that does not block.
    drop(stream.read(&mut [0; 4_096]));
    drop(stream.write_all(&answer).and_then(|()| stream.shutdown(Shutdown::Write)));
}
