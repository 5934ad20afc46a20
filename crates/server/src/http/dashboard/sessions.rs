//! Sessions: what a cookie stands for, and that those which have ended end what goes on by them.
//!
//! A session is a row and good as long as its key's text is, which [`Keys`](crate::http::Keys) knows. The row is looked up for each page. While the database is away
//! those seen in the last minutes are still known, so that the page about the system opens. Of sessions with open streams one task looks, for all of them at
//! once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use windlass_store::FoundSession;

use crate::app::App;
use crate::engine::{self, within};

/// The SHA-256 of a token.
pub(super) type Hash = [u8; 32];

/// How often it is looked whether sessions with open streams have ended.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// How long a session is known while the database is away.
const REMEMBERED: Duration = Duration::from_mins(5);
/// Sessions that are remembered at the most.
const MOST: usize = 10_000;

/// The sessions that this server has seen.
pub(super) struct Sessions {
    app: App,
    seen: Mutex<HashMap<Hash, (Instant, FoundSession)>>,
    watched: Mutex<HashMap<Hash, Arc<CancellationToken>>>,
}

impl Sessions {
    /// None yet.
    pub(super) fn new(app: App) -> Self {
        Self { app, seen: Mutex::default(), watched: Mutex::default() }
    }

    /// The session of a token, if it has not ended.
    ///
    /// # Errors
    /// While the database is away and it is not remembered.
    pub(super) async fn find(&self, hash: &Hash) -> Result<Option<FoundSession>, engine::Error> {
        match within(self.app.store().find_session(hash)).await {
            Ok(Some(found)) => {
                let mut seen = locked(&self.seen);
                if seen.len() >= MOST {
                    seen.retain(|_, (at, _)| at.elapsed() < REMEMBERED);
                }
                if seen.len() < MOST {
                    seen.insert(*hash, (Instant::now(), found.clone()));
                }
                Ok(Some(found))
            }
            Ok(None) => {
                self.forget(hash);
                Ok(None)
            }
            Err(error) => {
                let seen = locked(&self.seen);
                let known =
                    seen.get(hash).filter(|(at, found)| at.elapsed() < REMEMBERED.min(found.good_for));
                known.map_or(Err(error), |(_, found)| Ok(Some(found.clone())))
            }
        }
    }

    /// Forgets a session, and ends here what goes on by it.
    pub(super) fn forget(&self, hash: &Hash) {
        locked(&self.seen).remove(hash);
        if let Some(token) = locked(&self.watched).remove(hash) {
            token.cancel();
        }
    }

    /// A token that is cancelled when the session ends.
    pub(super) fn watch(self: &Arc<Self>, hash: Hash) -> Arc<CancellationToken> {
        let mut watched = locked(&self.watched);
        if watched.is_empty() {
            tokio::spawn(Arc::clone(self).look());
        }
        Arc::clone(watched.entry(hash).or_default())
    }

    async fn look(self: Arc<Self>) {
        loop {
            sleep(LOOK_EVERY).await;
            let hashes: Vec<Vec<u8>> = {
                let mut watched = locked(&self.watched);
                watched.retain(|_, token| Arc::strong_count(token) > 1);
                if watched.is_empty() || self.app.stop().is_stopping() {
                    watched.clear();
                    return;
                }
                watched.keys().map(|hash| hash.to_vec()).collect()
            };
            let Ok(live) = within(self.app.store().live_sessions(&hashes)).await else { continue };
            for hash in hashes.iter().filter(|hash| !live.contains(hash)) {
                if let Ok(hash) = Hash::try_from(hash.as_slice()) {
                    self.forget(&hash);
                }
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
