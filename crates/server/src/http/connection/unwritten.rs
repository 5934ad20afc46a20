//! Bytes of answers that wait until their client takes them.
//!
//! They are counted from when an answer is known until the last piece of it has been written or thrown away, wherever it waits meanwhile: the buffer
//! itself gives them back. Over HTTP/2 one client may ask for hundreds of answers and have room for none. So there a call begins once less than
//! [`OF_ONE`] waits, and each read that has begun counts for [`GUESS`] until its length is known.
//!
//! What it deliberately does not do: cut an answer short. A single one may be longer than [`OF_ONE`].

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Bytes that wait for the client of one connection, past which it begins no call.
const OF_ONE: usize = 1_024 * 1_024;
/// What the answer of a read is taken to be before it is there, in bytes.
pub(super) const GUESS: usize = 64 * 1_024;

/// What waits for one client.
#[derive(Debug)]
pub(super) struct Unwritten {
    /// What waits for all clients, in bytes.
    all: Arc<AtomicUsize>,
    one: Mutex<One>,
    freed: Notify,
}

#[derive(Debug)]
struct One {
    bytes: usize,
    promised: usize,
    /// When the client last took some.
    taken_at: Instant,
}

impl Unwritten {
    /// Nothing yet; `all` counts that of all clients.
    pub(super) fn new(all: Arc<AtomicUsize>) -> Self {
        let one = One { bytes: 0, promised: 0, taken_at: Instant::now() };
        Self { all, one: Mutex::new(one), freed: Notify::new() }
    }

    /// Waits until a call may begin whose answer may have so many bytes.
    pub(super) async fn room(self: &Arc<Self>, guess: usize) -> Promised {
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            freed.as_mut().enable();
            if self.promise(guess) {
                return Promised { bytes: guess, of: Arc::clone(self) };
            }
            freed.await;
        }
    }

    /// So many bytes wait from now on.
    pub(super) fn wait(self: &Arc<Self>, bytes: usize) -> Waiting {
        self.all.fetch_add(bytes, Ordering::Relaxed);
        let mut one = self.lock();
        if one.bytes == 0 {
            one.taken_at = Instant::now();
        }
        one.bytes += bytes;
        drop(one);
        Waiting { bytes, of: Arc::clone(self) }
    }

    /// The client has taken some.
    pub(super) fn taken(&self) {
        self.lock().taken_at = Instant::now();
    }

    /// How many bytes wait, and since when the client has taken none of them; `None` where none wait.
    pub(super) fn since(&self) -> Option<(Instant, usize)> {
        let one = self.lock();
        (one.bytes > 0).then_some((one.taken_at, one.bytes))
    }

    fn promise(&self, guess: usize) -> bool {
        let mut one = self.lock();
        let fits = one.bytes + one.promised + guess <= OF_ONE;
        if fits {
            one.promised += guess;
        }
        fits
    }

    fn lock(&self) -> MutexGuard<'_, One> {
        self.one.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that has begun; what it was taken to need is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Promised {
    bytes: usize,
    of: Arc<Unwritten>,
}

impl Drop for Promised {
    fn drop(&mut self) {
        self.of.lock().promised -= self.bytes;
        self.of.freed.notify_waiters();
    }
}

/// Bytes that wait until this is dropped.
#[derive(Debug)]
pub(super) struct Waiting {
    bytes: usize,
    of: Arc<Unwritten>,
}

impl Waiting {
    /// The same bytes, which are counted as long as any part of them is held.
    pub(super) fn hold(self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Held { bytes, _waiting: self })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.of.all.fetch_sub(self.bytes, Ordering::Relaxed);
        let mut one = self.of.lock();
        one.bytes -= self.bytes;
        one.taken_at = Instant::now();
        drop(one);
        self.of.freed.notify_waiters();
    }
}

struct Held {
    bytes: Bytes,
    _waiting: Waiting,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn bytes_wait_until_the_last_part_of_them_is_gone() {
        let all = Arc::<AtomicUsize>::default();
        let unwritten = Arc::new(Unwritten::new(all.clone()));
        let mut held = unwritten.wait(10).hold(Bytes::from_static(b"0123456789"));
        let part = held.split_to(3);
        assert_eq!(&part[..], b"012");
        drop(held);
        assert_eq!((all.load(Ordering::Relaxed), unwritten.since().map(|(_, bytes)| bytes)), (10, Some(10)));
        drop(part);
        assert_eq!((all.load(Ordering::Relaxed), unwritten.since()), (0, None));
    }

    #[tokio::test]
    async fn a_call_begins_once_less_waits_than_one_client_may_leave() {
        let unwritten = Arc::new(Unwritten::new(Arc::default()));
        let promised: Vec<_> =
            (0..OF_ONE / GUESS).map(|_| unwritten.room(GUESS).now_or_never().unwrap()).collect();
        assert!(unwritten.room(GUESS).now_or_never().is_none());
        assert!(unwritten.room(0).now_or_never().is_some(), "a call that is no read needs none");
        drop(promised);
        let long = unwritten.wait(2 * OF_ONE);
        assert!(unwritten.room(0).now_or_never().is_none());
        let mut room = Box::pin(unwritten.room(GUESS));
        assert!(room.as_mut().now_or_never().is_none());
        drop(long);
        room.await;
    }
}
