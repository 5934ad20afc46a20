//! Connections of clients: how many, what each is doing, and how it ends.
//!
//! Why not `axum::serve` or axum-server: neither has a time for a request's head, for an answer that nobody reads or for HTTP/2 between two calls,
//! nor a bound of connections, of calls that are taken back, or of bytes that wait to be written. hyper has a timer for heads of HTTP/1.1, which does
//! not tell a head from a pause between two calls, and hyper-util tells the protocols apart but gives a connection back to nobody who
//! would still answer on it. tokio-rustls has no time for a handshake. Looked at anew: axum-server 0.8 and hyper-util 0.1.21, whose builder sets times of hyper's and
//! whose graceful shutdown ends connections, and nothing of the above.
//!
//! What it deliberately does not do: know what a call is about. How it fails: a connection ends, and the log has a line at `debug`.

mod activity;
mod answering;
mod client;
mod crowd;
mod endless;
mod ends;
mod framing;
mod guest;
mod late_head;
mod no_place;
mod opened;
mod protocol;
mod taken;
mod unread_head;
mod unserved;
mod unwritten;
mod watched;

#[cfg(test)]
pub(crate) use activity::Activity;
pub(crate) use activity::Open;
pub(crate) use crowd::Crowd;
pub(crate) use endless::Endless;
pub(super) use guest::{Host, connection};
pub(super) use no_place::say_no_place;
pub(super) use unserved::Unserved;
