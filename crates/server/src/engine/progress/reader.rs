//! The one reader of how far jobs are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, broadcast};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use windlass_store::Store;

use super::known::{Known, Look};
use super::turn::{Turn, Watched};
use crate::engine::deadline::within;
use crate::engine::error::Error;

/// The pause between two looks: a little over the second that two lines of a job are apart.
const PAUSE: Duration = Duration::from_millis(1_020);
/// So many times the length of a look its pause is at the least.
const PAUSE_PER_LOOK: u32 = 5;

/// How far jobs are, for all who watch it.
pub(crate) struct Progress {
    pub(super) ring: broadcast::Sender<Arc<Look>>,
    pub(super) watched: Mutex<BTreeMap<Watched, usize>>,
    /// Somebody began to watch.
    pub(super) begun: Notify,
}

impl Progress {
    /// One that nobody watches.
    pub(crate) fn new() -> Self {
        // One look: for a slow watcher the newest alone counts.
        Self { ring: broadcast::Sender::new(1), watched: Mutex::default(), begun: Notify::new() }
    }

    /// Looks and hands out, while somebody watches, until the stop.
    pub(crate) async fn run(self: Arc<Self>, store: Store, stop: CancellationToken) {
        let forever = async {
            loop {
                self.begun.notified().await;
                self.follow(&store).await;
            }
        };
        Box::pin(stop.run_until_cancelled(forever)).await;
    }

    /// Looks again and again until nobody watches.
    async fn follow(&self, store: &Store) {
        let (mut turn, mut known) = (Turn::default(), Known::default());
        loop {
            let watched = self.watched();
            if watched.is_empty() {
                return;
            }
            let begun = Instant::now();
            // It is well if nobody watches any more. What failed is looked at again.
            if let Ok(look) = look(store, &watched, &mut turn, &mut known).await {
                drop(self.ring.send(Arc::new(look)));
            }
            sleep(PAUSE.max(begun.elapsed() * PAUSE_PER_LOOK)).await;
        }
    }

    /// What is watched, in order.
    fn watched(&self) -> Vec<Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }
}

/// Reads the next piece of what is watched.
async fn look(store: &Store, watched: &[Watched], turn: &mut Turn, known: &mut Known) -> Result<Look, Error> {
    let (piece, gone) = (turn.piece(watched), known.gone());
    let mut asked = piece.jobs();
    asked.jobs.extend(&gone);
    let found = within(store.job_progress(&asked)).await?;
    let look = known.compare(found.jobs, &gone);
    if turn.pass(&piece, found.more_behind) {
        known.end_turn();
    }
    Ok(look)
}
