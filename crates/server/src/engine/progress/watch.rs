//! One who watches how far jobs are.

use std::sync::{Arc, PoisonError};

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::known::Look;
use super::reader::Progress;
use super::turn::Watched;

/// One who watches, for as long as it lives.
pub(crate) struct Watch {
    progress: Arc<Progress>,
    watched: Watched,
    looks: Receiver<Arc<Look>>,
}

impl Progress {
    /// Begins to watch.
    pub(crate) fn watch(self: &Arc<Self>, watched: Watched) -> Watch {
        let looks = self.ring.subscribe();
        *self.watched.lock().unwrap_or_else(PoisonError::into_inner).entry(watched).or_default() += 1;
        self.begun.notify_one();
        Watch { progress: Arc::clone(self), watched, looks }
    }
}

impl Watch {
    /// The next look, and whether looks before it were missed.
    pub(crate) async fn next(&mut self) -> (Arc<Look>, bool) {
        let mut missed = false;
        loop {
            match self.looks.recv().await {
                Ok(look) => return (look, missed),
                Err(RecvError::Lagged(_)) => missed = true,
                // Whoever hands out holds the ring, and so does this watch.
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut watched = self.progress.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = watched.get_mut(&self.watched) {
            *count -= 1;
            if *count == 0 {
                watched.remove(&self.watched);
            }
        }
    }
}
