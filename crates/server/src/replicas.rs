//! Servers on one database tell each other what none of their own parked workers has taken.
//!
//! Why: a task that was made ready through one server is to reach a worker parked at another one within milliseconds. What is to be told is gathered for
//! [`PAUSE`], so that however fast tasks come, the others hear of a type 20 times a second at the most.
//!
//! What it deliberately does not do: promise anything. How it fails: not heard, a task waits for the slow poll
//! ([`background`](crate::background)); neither the health of the server nor any call depends on it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use windlass_store::{Error, Store};

use crate::parked::Parked;

/// How long what is to be told is gathered.
const PAUSE: Duration = Duration::from_millis(50);
/// The first pause after a failure, doubled by each further one up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Types to tell the other servers of.
#[derive(Debug, Default)]
pub(crate) struct Untold {
    types: Mutex<BTreeSet<String>>,
    some: Notify,
}

impl Untold {
    /// Tasks of this type can be leased, and nobody here takes them.
    pub(crate) fn add(&self, type_name: &str) {
        let mut types = self.types.lock().unwrap_or_else(PoisonError::into_inner);
        if !types.contains(type_name) {
            types.insert(type_name.to_owned());
            self.some.notify_one();
        }
    }

    /// What is to be told now.
    pub(crate) fn take(&self) -> Vec<String> {
        let types = std::mem::take(&mut *self.types.lock().unwrap_or_else(PoisonError::into_inner));
        types.into_iter().collect()
    }
}

/// Tells and listens until the stop.
pub(crate) async fn talk(store: Store, parked: Arc<Parked>, untold: Arc<Untold>, stop: CancellationToken) {
    let talking = async {
        tokio::join!(tell(&store, &untold), listen(&store, &parked));
    };
    Box::pin(stop.run_until_cancelled(talking)).await;
}

async fn tell(store: &Store, untold: &Untold) {
    loop {
        untold.some.notified().await;
        sleep(PAUSE).await;
        if let Err(error) = store.tell_replicas(&untold.take()).await {
            tracing::debug!(%error, "cannot tell other servers what is ready");
        }
    }
}

async fn listen(store: &Store, parked: &Parked) {
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match hear(store, parked, &mut pause).await {
            Ok(never) => match never {},
            Err(error) => error,
        };
        tracing::debug!(%error, "does not hear other servers");
        sleep(pause).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// Wakes a parked worker for each type that another server tells of.
async fn hear(
    store: &Store,
    parked: &Parked,
    pause: &mut Duration,
) -> Result<std::convert::Infallible, Error> {
    let mut listener = store.listen_to_replicas().await?;
    *pause = FIRST_PAUSE;
    loop {
        for type_name in listener.next().await? {
            parked.nudge(&type_name);
        }
    }
}
