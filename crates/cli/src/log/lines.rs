//! Lines on their way to standard error: a bounded queue, and the thread that writes it out.
//!
//! Logging only appends to memory. A standard error that takes no more, because its reader is slow or gone or its disk full, costs
//! lines and never a request: lines are dropped and counted, and the log shows how many once it is written again. `tracing-appender` has
//! such a writer, which does not do: it counts neither its bytes nor what it fails to write, and writes to standard output when it ends.

use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};

/// Bytes that may wait; as many may be on their way.
const CAPACITY: usize = 1024 * 1024;

/// What waits to be written, and what was dropped.
#[derive(Debug, Default)]
pub(super) struct Lines {
    queue: Mutex<Queue>,
    filled: Condvar,
    written: Condvar,
    dropped: Arc<AtomicU64>,
}

#[derive(Debug, Default)]
struct Queue {
    text: Vec<u8>,
    writing: bool,
}

impl Lines {
    /// Lines that a thread writes to this, which is asked for nothing else.
    ///
    /// # Errors
    /// There can be no thread.
    pub(super) fn to(stream: impl Write + AsFd + Send + 'static) -> io::Result<Arc<Self>> {
        let lines = Arc::new(Self::default());
        let (mut stream, taken) = (Stream { to: stream, torn: false }, Arc::clone(&lines));
        thread::Builder::new().name("log".to_owned()).spawn(move || taken.write_to(&mut stream))?;
        Ok(lines)
    }

    /// Queues a whole line with its end, or drops and counts it.
    pub(super) fn push(&self, line: &[u8]) {
        let mut queue = self.queue();
        if queue.text.len() + line.len() > CAPACITY {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        queue.text.extend_from_slice(line);
        self.filled.notify_one();
    }

    /// How many lines were dropped so far.
    pub(super) fn dropped(&self) -> &Arc<AtomicU64> {
        &self.dropped
    }

    /// Waits until all is written, but no longer than this.
    pub(super) fn flush(&self, patience: Duration) {
        let waits = |queue: &mut Queue| queue.writing || !queue.text.is_empty();
        drop(self.written.wait_timeout_while(self.queue(), patience, waits));
    }

    fn write_to(&self, stream: &mut Stream<impl Write + AsFd>) {
        let (mut text, mut tale) = (Vec::new(), Tale::default());
        loop {
            self.take(&mut text);
            let lost = stream.write(&text);
            let dropped = self.dropped.fetch_add(lost, Ordering::Relaxed) + lost;
            if let Some(lines) = tale.after(lost == 0, dropped) {
                tracing::warn!(
                    lines,
                    "lines of this log were dropped, since standard error did not take them"
                );
            }
        }
    }

    /// Waits for lines and takes them all.
    fn take(&self, text: &mut Vec<u8>) {
        text.clear();
        let mut queue = self.queue();
        queue.writing = false;
        if queue.text.is_empty() {
            self.written.notify_all();
        }
        let nothing = |queue: &mut Queue| queue.text.is_empty();
        let mut queue = self.filled.wait_while(queue, nothing).unwrap_or_else(PoisonError::into_inner);
        queue.writing = true;
        std::mem::swap(&mut queue.text, text);
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which losses are logged.
#[derive(Debug, Default)]
struct Tale {
    logged: u64,
    /// As logged by a line that is queued, and may be lost itself.
    queued: Option<u64>,
}

impl Tale {
    /// What was queued is written, or not all of it; answers how many lost lines to log.
    fn after(&mut self, written: bool, dropped: u64) -> Option<u64> {
        self.logged = self.queued.take().filter(|_| written).unwrap_or(self.logged);
        let lines = dropped - self.logged;
        if !written || lines == 0 {
            return None;
        }
        self.queued = Some(dropped);
        Some(lines)
    }
}

/// Where lines go.
struct Stream<W> {
    to: W,
    /// The last line ends in its middle.
    torn: bool,
}

impl<W: Write + AsFd> Stream<W> {
    /// Writes whole lines; answers how many were lost.
    fn write(&mut self, text: &[u8]) -> u64 {
        if self.torn && self.advance(b"\n") == 1 {
            self.torn = false;
        }
        let written = if self.torn { 0 } else { self.advance(text) };
        let lost = &text[written..];
        self.torn |= !lost.is_empty() && !text[..written].ends_with(b"\n") && written > 0;
        lost.split_inclusive(|byte| *byte == b'\n').count() as u64
    }

    /// Writes as much as there can be; answers how much.
    fn advance(&mut self, text: &[u8]) -> usize {
        let mut written = 0;
        while written < text.len() {
            match self.to.write(&text[written..]) {
                Ok(0) => break,
                Ok(more) => written += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Others that have the same terminal or pipe may have asked for this.
                Err(error) if error.kind() == ErrorKind::WouldBlock && self.is_ready() => {}
                Err(_) => break,
            }
        }
        written
    }

    fn is_ready(&self) -> bool {
        poll(&mut [PollFd::new(&self.to, PollFlags::OUT)], None).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read;

    use super::*;

    #[test]
    fn what_was_lost_is_logged_once_and_again_only_if_that_line_was_lost_too() {
        let mut tale = Tale::default();
        assert_eq!(tale.after(true, 0), None);
        assert_eq!(tale.after(false, 3), None, "nothing can be written");
        assert_eq!(tale.after(true, 5), Some(5));
        assert_eq!(tale.after(false, 7), None, "the line that logged 5 may have been lost");
        assert_eq!(tale.after(true, 7), Some(7));
        assert_eq!(tale.after(true, 7), None);
        assert_eq!(tale.after(true, 9), Some(2));
    }

    /// Takes some bytes, then fails until its capacity is raised.
    struct Disk {
        file: File,
        capacity: usize,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.capacity == 0 {
                return Err(ErrorKind::StorageFull.into());
            }
            let taken = self.file.write(&bytes[..bytes.len().min(self.capacity)])?;
            self.capacity -= taken;
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl AsFd for Disk {
        fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
            self.file.as_fd()
        }
    }

    #[test]
    fn a_line_that_was_torn_is_ended_before_the_next_one() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let disk = Disk { file: file.reopen().unwrap(), capacity: 6 };
        let mut stream = Stream { to: disk, torn: false };
        assert_eq!(stream.write(b"one\ntwo\nthree\n"), 2, "two is torn, three is missing");
        assert_eq!(stream.write(b"four\n"), 1);
        stream.to.capacity = 100;
        assert_eq!(stream.write(b"five\n"), 0);
        let mut text = String::new();
        file.reopen().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "one\ntw\nfive\n");
    }

    #[test]
    fn what_does_not_fit_is_dropped_and_a_flush_does_not_wait_for_ever() {
        let (_reader, writer) = io::pipe().unwrap();
        let lines = Lines::to(writer).unwrap();
        let line = vec![b'x'; CAPACITY / 4];
        // One is on its way into a pipe that nobody reads, at most all that fits is behind it.
        for _ in 0..20 {
            lines.push(&line);
        }
        assert!(lines.dropped().load(Ordering::Relaxed) >= 12, "{lines:?}");
        lines.flush(Duration::from_millis(10));
    }
}
