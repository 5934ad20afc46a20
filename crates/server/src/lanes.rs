//! The lanes in which hot requests are folded: one for each kind of report, one for each set of types that is dequeued.
//!
//! A lane of dequeues lives as long as somebody uses it, so that worker sets that come and go leave nothing behind.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use chrono::{DateTime, Utc};
use windlass_store::{Complete, Dequeue, Fail, Heartbeat, Progress, Release, Store, Task};

use crate::fold::Fold;
use crate::leased::Leased;
use crate::parked::Types;
use crate::turns::Turns;

/// All lanes of a server.
pub(crate) struct Lanes {
    store: Store,
    pub(crate) complete: Fold<Complete, Task>,
    pub(crate) fail: Fold<Fail, Task>,
    pub(crate) release: Fold<Release, Task>,
    pub(crate) heartbeat: Fold<Heartbeat, DateTime<Utc>>,
    pub(crate) progress: Fold<Progress, DateTime<Utc>>,
    dequeue: Mutex<HashMap<Types, Weak<Fold<Dequeue, Leased>>>>,
    turns: Arc<Turns>,
}

/// A lane of reports, run by a method of the store.
macro_rules! reports {
    ($store:expr, $place:expr, $weigh:expr, $method:ident) => {{
        let store = $store.clone();
        Fold::new(stringify!($method), $place, $weigh, move |batch| {
            let store = store.clone();
            Box::pin(async move { store.$method(&batch).await })
        })
    }};
}

impl Lanes {
    /// Opens the lanes; must be called within a runtime.
    pub(crate) fn new(store: Store) -> Self {
        let turns = Arc::new(Turns::default());
        let turn = || Some(turns.reports());
        Self {
            complete: reports!(store, turn(), Complete::bytes, complete),
            fail: reports!(store, turn(), Fail::bytes, fail),
            release: reports!(store, turn(), |_| 0, release),
            heartbeat: reports!(store, None, |_| 0, heartbeat),
            progress: reports!(store, None, |_| 0, progress),
            dequeue: Mutex::default(),
            store,
            turns,
        }
    }

    /// The lane of those who ask for these types.
    pub(crate) fn dequeue(&self, types: &Types) -> Arc<Fold<Dequeue, Leased>> {
        let mut lanes = self.dequeue.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(types).and_then(Weak::upgrade) {
            return lane;
        }
        lanes.retain(|_, lane| lane.strong_count() > 0);
        let (store, asked) = (self.store.clone(), types.clone());
        let place = Some(self.turns.dequeues(types));
        let lane = Arc::new(Fold::new(
            "dequeue",
            place,
            |_| 0,
            move |batch: Arc<Vec<Dequeue>>| {
                let (store, types) = (store.clone(), asked.clone());
                Box::pin(async move {
                    let leased = store.dequeue(&types, &batch).await?;
                    let keys = batch.iter().map(|request| request.key.clone());
                    Ok(leased
                        .into_iter()
                        .zip(keys)
                        .map(|(given, key)| Ok(Leased::new(given?, key, store.clone())))
                        .collect())
                })
            },
        ));
        lanes.insert(types.clone(), Arc::downgrade(&lane));
        lane
    }
}
