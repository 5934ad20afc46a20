//! Clients that delay the end of a server, each in one way.
//!
//! Bounded: what floods does so for ten seconds, what only holds on is a connection that does next to nothing. `WINDLASS_ATTACK_TIMES`
//! multiplies the clients of each way, for `make soak`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::http2;

/// How long calls are made one after the other.
const FLOOD: Duration = Duration::from_secs(10);
/// How long a connection is held on to at the most.
const HOLD: Duration = Duration::from_secs(40);

/// How many times as many clients attack; 1 unless the variable says more, 20 at most.
pub(crate) fn times() -> usize {
    let said = std::env::var("WINDLASS_ATTACK_TIMES").ok().and_then(|times| times.parse().ok());
    said.unwrap_or(1).clamp(1, 20)
}

/// What an attacker is answered.
pub(crate) struct Target {
    pub(crate) address: String,
    /// A path with a large answer.
    pub(crate) large: String,
}

/// One way to attack: a connection's whole life.
pub(crate) type Way = fn(&Attack) -> std::io::Result<()>;

/// An attack of many clients; it ends when it is dropped.
pub(crate) struct Attack {
    target: Arc<Target>,
    over: Arc<AtomicBool>,
    begun: Instant,
    clients: Vec<JoinHandle<()>>,
}

impl Attack {
    /// Begins it, with so many clients of each way.
    pub(crate) fn begin(target: Target, ways: &[(usize, Way)]) -> Self {
        let mut attack = Self {
            target: Arc::new(target),
            over: Arc::default(),
            begun: Instant::now(),
            clients: Vec::new(),
        };
        for (clients, way) in ways {
            for _ in 0..*clients * times() {
                let own = Self {
                    target: Arc::clone(&attack.target),
                    over: Arc::clone(&attack.over),
                    begun: attack.begun,
                    clients: Vec::new(),
                };
                let way = *way;
                // That the server ends its connection is no fault of the client.
                attack.clients.push(thread::spawn(move || drop(way(&own))));
            }
        }
        attack
    }

    fn connect(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect(&self.target.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.set_write_timeout(Some(Duration::from_secs(2)))?;
        Ok(stream)
    }

    fn lasts(&self) -> bool {
        !self.over.load(Ordering::Relaxed) && self.begun.elapsed() < HOLD
    }

    fn floods(&self) -> bool {
        self.lasts() && self.begun.elapsed() < FLOOD
    }

    fn hold(&self) {
        while self.lasts() {
            thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Attack {
    fn drop(&mut self) {
        if self.clients.is_empty() {
            return;
        }
        self.over.store(true, Ordering::Relaxed);
        for client in self.clients.drain(..) {
            let _ = client.join();
        }
    }
}

/// A body that comes a byte a second.
pub(crate) fn slow_body(attack: &Attack) -> std::io::Result<()> {
    let mut stream = attack.connect()?;
    let head = "POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n";
    stream.write_all(head.as_bytes())?;
    while attack.lasts() {
        stream.write_all(b" ")?;
        thread::sleep(Duration::from_secs(1));
    }
    Ok(())
}

/// Large answers, one after the other, none of which is read.
pub(crate) fn unread_answers(attack: &Attack) -> std::io::Result<()> {
    let mut stream = attack.connect()?;
    let call = format!("GET {} HTTP/1.1\r\nhost: localhost\r\n\r\n", attack.target.large);
    stream.write_all(call.repeat(20).as_bytes())?;
    attack.hold();
    Ok(())
}

/// A head without its end.
pub(crate) fn half_head(attack: &Attack) -> std::io::Result<()> {
    let mut stream = attack.connect()?;
    stream.write_all(b"POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\n")?;
    attack.hold();
    Ok(())
}

/// A connection that says nothing.
pub(crate) fn silence(attack: &Attack) -> std::io::Result<()> {
    let _stream = attack.connect()?;
    attack.hold();
    Ok(())
}

/// Calls, one after the other, on connections open as long as the server allows.
pub(crate) fn calls(attack: &Attack) -> std::io::Result<()> {
    let mut answer = [0; 4096];
    while attack.floods() {
        let mut stream = attack.connect()?;
        while attack.floods() {
            let sent = stream.write_all(b"GET /v1/queues HTTP/1.1\r\nhost: localhost\r\n\r\n");
            if sent.is_err() || !matches!(stream.read(&mut answer), Ok(1..)) {
                break;
            }
        }
    }
    Ok(())
}

/// Connections that come and go.
pub(crate) fn connects(attack: &Attack) -> std::io::Result<()> {
    while attack.floods() {
        drop(attack.connect()?);
    }
    Ok(())
}

/// The audit's stream, unread.
pub(crate) fn unread_stream(attack: &Attack) -> std::io::Result<()> {
    let mut stream = attack.connect()?;
    stream.write_all(b"GET /v1/events/stream HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
    attack.hold();
    Ok(())
}

/// HTTP/2 with calls whose answers have no window to be sent in.
pub(crate) fn closed_windows(attack: &Attack) -> std::io::Result<()> {
    let mut stream = attack.connect()?;
    http2::begin(&mut stream, 0)?;
    for call in 0..10 {
        http2::get(&mut stream, 2 * call + 1, &attack.target.large)?;
    }
    attack.hold();
    Ok(())
}

/// HTTP/2 with calls that are taken back at once, on connections open as long as the server allows.
pub(crate) fn resets(attack: &Attack) -> std::io::Result<()> {
    while attack.floods() {
        let mut stream = attack.connect()?;
        http2::begin(&mut stream, 1_000)?;
        for call in 0.. {
            let number = 2 * call + 1;
            let sent =
                http2::post(&mut stream, number, "/v1/jobs").and_then(|()| http2::reset(&mut stream, number));
            if sent.is_err() || !attack.floods() {
                break;
            }
        }
    }
    Ok(())
}
