//! The signals that ask the program to end: SIGTERM and SIGINT, which is Ctrl-C.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::Failure;

/// Which of them came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// SIGTERM, as service managers send it.
    Terminate,
    /// SIGINT, as a person's Ctrl-C.
    Interrupt,
}

/// Both signals, caught from the moment this is made.
#[derive(Debug)]
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Begins to catch them; nothing is lost between two calls of [`Signals::next`].
    pub(crate) fn catch() -> Result<Self, Failure> {
        let caught = |kind| signal(kind).map_err(|error| Failure::new("cannot catch signals", error));
        Ok(Self { terminate: caught(SignalKind::terminate())?, interrupt: caught(SignalKind::interrupt())? })
    }

    /// Returns when the next one comes.
    pub(crate) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Terminate,
            _ = self.interrupt.recv() => Asked::Interrupt,
        }
    }
}
