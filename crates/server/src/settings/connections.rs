//! How long clients are waited for, and how much one of them may ask for.

use std::time::Duration;

/// Bounds towards clients. Lengths are exact to a second or so, since connections are looked at from time to time.
#[derive(Debug, Clone, Copy)]
pub struct Connections {
    /// Connections at once; default 20,000. Past it the one that has been idle for longest is closed; if none is, the new one is answered 503.
    pub clients: usize,
    /// Connections that may be open beyond those for a moment: a fifth of them are told that there is no place, the rest were closed for another and
    /// have not ended; default 320.
    pub beyond: usize,
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
    /// Calls a minute that a client may take back on one HTTP/2 connection before they are answered; default 100. Then it is cut off.
    pub resets: u32,
    /// Bytes of a request's head; default 32 KiB, at least 8 KiB.
    pub head_bytes: u32,
    /// Headers of a request; default 100.
    pub headers: usize,
}

impl Connections {
    /// The fewest bytes of a head that can be set: less would not hold what is read at once.
    pub const LEAST_HEAD_BYTES: u32 = 8_192;
    /// Connections at once to the listener for metrics, beside those of clients.
    pub const METRICS: usize = 64;
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            clients: 20_000,
            beyond: 320,
            idle: Duration::from_secs(75),
            head: Duration::from_secs(10),
            write: Duration::from_mins(1),
            body_idle: Duration::from_secs(30),
            body: Duration::from_mins(5),
            bodies_bytes: 256 * 1_024 * 1_024,
            streams: 250,
            resets: 100,
            head_bytes: 32 * 1_024,
            headers: 100,
        }
    }
}
