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

/// SIGHUP, caught from the moment this is called: it would end the process otherwise, and leave its Postgres running.
pub(crate) fn hangups() -> Result<Signal, Failure> {
    caught(SignalKind::hangup())
}

fn caught(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::new("cannot catch signals", error))
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
