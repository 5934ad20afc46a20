//! Servers on one database announce to each other what none of their own waiting polls has taken.
//!
//! Why: a task that was made ready through one server is to reach a worker that waits at another one within milliseconds. Announcements are
//! collected for [`PAUSE`], so that however fast tasks come, the others hear of a type 20 times a second at the most.
//!
//! What it deliberately does not do: promise anything. How it fails: where nothing is heard, a task waits for the slow poll
//! ([`background`](crate::background)); neither the health of the server nor any call depends on it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use windlass_store::{Error, Store};

use super::waiters::Waiters;

/// How long announcements are collected.
const PAUSE: Duration = Duration::from_millis(50);
/// The first pause after a failure, doubled by each further one up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Types to announce to the other servers.
#[derive(Debug, Default)]
pub(crate) struct Announcements {
    types: Mutex<BTreeSet<String>>,
    some: Notify,
}

impl Announcements {
    /// Tasks of this type can be leased, and nobody here takes them.
    pub(crate) fn add(&self, type_name: &str) {
        let mut types = self.types.lock().unwrap_or_else(PoisonError::into_inner);
        if !types.contains(type_name) {
            types.insert(type_name.to_owned());
            self.some.notify_one();
        }
    }

    /// What is to be announced now.
    pub(crate) fn take(&self) -> Vec<String> {
        let types = std::mem::take(&mut *self.types.lock().unwrap_or_else(PoisonError::into_inner));
        types.into_iter().collect()
    }
}

/// Announces and listens until the stop.
pub(crate) async fn exchange(
    store: Store,
    waiters: Arc<Waiters>,
    announcements: Arc<Announcements>,
    stop: CancellationToken,
) {
    let both = async {
        tokio::join!(announce(&store, &announcements), listen(&store, &waiters));
    };
    Box::pin(stop.run_until_cancelled(both)).await;
}

async fn announce(store: &Store, announcements: &Announcements) {
    loop {
        announcements.some.notified().await;
        sleep(PAUSE).await;
        if let Err(error) = store.announce_to_replicas(&announcements.take()).await {
            tracing::debug!(%error, "cannot announce to other servers what is ready");
        }
    }
}

async fn listen(store: &Store, waiters: &Waiters) {
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match hear(store, waiters, &mut pause).await {
            Ok(never) => match never {},
            Err(error) => error,
        };
        waiters.hear_others(false);
        tracing::debug!(%error, "does not hear other servers");
        sleep(pause).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// Wakes a waiting poll for each type that another server announces.
async fn hear(
    store: &Store,
    waiters: &Waiters,
    pause: &mut Duration,
) -> Result<std::convert::Infallible, Error> {
    let mut listener = store.listen_to_replicas().await?;
    *pause = FIRST_PAUSE;
    waiters.hear_others(true);
    loop {
        for type_name in listener.next().await? {
            waiters.nudge(&type_name);
        }
    }
}
