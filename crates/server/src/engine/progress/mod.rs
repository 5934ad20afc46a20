//! How far jobs are, read once for all who watch it.
//!
//! Why: progress that workers report, and tasks that end, may come by any server, and the former append no event. So it is read from the
//! database: by one statement at a time, at least a second apart, for all streams of this server that ask for it, and by none while no stream does.
//!
//! What is read is bounded: at most [`turn::SCOPES`] of the watched pipelines and jobs and 1,000 running jobs at a time. Where more is watched it
//! comes in turns, so each job is shown less often and none is left out. A look that took long is followed by a longer pause.
//!
//! What it deliberately does not do: hold anything for one watcher. One that is too slow misses looks in between, and sees the next one. How it
//! fails: during an outage nothing is shown, and after it what has changed.

mod known;
mod turn;
mod watch;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, broadcast};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use windlass_store::{JobProgress, Store};

use super::deadline::within;
use super::error::Error;
use known::Known;
use turn::Turn;
pub(crate) use turn::Watched;
pub(crate) use watch::Watch;

/// The pause between two looks: a little over the second that two lines of a job are apart.
const PAUSE: Duration = Duration::from_millis(1_020);
/// So many times the length of a look its pause is at the least.
const PAUSE_PER_LOOK: u32 = 5;

/// How far jobs are, for all who watch it.
pub(crate) struct Progress {
    ring: broadcast::Sender<Arc<Look>>,
    watched: Mutex<BTreeMap<Watched, usize>>,
    /// Somebody began to watch.
    begun: Notify,
}

/// What one look found.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Look {
    /// Jobs that are further than when they were last looked at, or were not looked at before.
    pub(crate) changed: Vec<JobProgress>,
    /// Running jobs that are as far as before.
    pub(crate) same: Vec<JobProgress>,
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
