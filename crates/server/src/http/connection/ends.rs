//! How a connection is asked to end, from wherever the reason is seen.

use std::sync::OnceLock;

use tokio::sync::Notify;

/// Why a connection is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It is to take no more calls.
    Leaving,
    /// It was idle for longer than all others, and another one needs its place.
    Crowded,
    /// Its client took back too many calls.
    Resets,
    /// Its client takes nothing of its answers, while too many bytes wait over all.
    Unread,
}

/// Whether a connection is to end; the first reason counts.
#[derive(Debug, Default)]
pub(super) struct Ends {
    why: OnceLock<Ending>,
    asked: Notify,
}

impl Ends {
    /// Asks it to end.
    pub(super) fn ask(&self, why: Ending) {
        if self.why.set(why).is_ok() {
            self.asked.notify_one();
        }
    }

    /// Returns once, when it has been asked.
    pub(super) async fn asked(&self) -> Ending {
        loop {
            self.asked.notified().await;
            if let Some(why) = self.why.get() {
                return *why;
            }
        }
    }
}
