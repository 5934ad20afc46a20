//! How long clients are waited for, and how much one of them may ask for.

use std::time::Duration;

/// Bounds towards clients. Lengths are exact to a second or so, since connections are looked at from time to time.
#[derive(Debug, Clone, Copy)]
pub struct Connections {
    /// How long a connection without a call is kept after one; default 75 s, longer than the 60 s for which nginx keeps its own.
    pub idle: Duration,
    /// How long a request's head may take, from its first byte; of the first one, from the connection's beginning; default 10 s.
    pub head: Duration,
    /// How long a client may take no byte of an answer; default 60 s. Then its connection is cut off.
    pub write: Duration,
    /// How long a client may pause within a body; default 30 s.
    pub body_idle: Duration,
    /// How long a whole body may take; default 5 min.
    pub body: Duration,
    /// Bytes of bodies that are held at once, over all calls; default 256 MiB. Those up to 64 KiB have 16 MiB beside.
    pub bodies_bytes: usize,
    /// Calls at once on one HTTP/2 connection; default 250.
    pub streams: u32,
    /// Bytes of a request's head; default 32 KiB, at least 8 KiB.
    pub head_bytes: u32,
    /// Headers of a request over HTTP/1.1; default 100. Over HTTP/2 their bytes are bounded alone.
    pub headers: usize,
}

impl Connections {
    /// The fewest bytes of a head that can be set: less would not hold what is read at once.
    pub const LEAST_HEAD_BYTES: u32 = 8_192;
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(75),
            head: Duration::from_secs(10),
            write: Duration::from_mins(1),
            body_idle: Duration::from_secs(30),
            body: Duration::from_mins(5),
            bodies_bytes: 256 * 1_024 * 1_024,
            streams: 250,
            head_bytes: 32 * 1_024,
            headers: 100,
        }
    }
}
