//! The lanes in which hot requests are folded: one for reports, one each for heartbeats and progress, one for each set
//! of types that is dequeued.
//!
//! A lane of dequeues lives as long as somebody uses it, so that worker sets that come and go leave nothing behind.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use chrono::{DateTime, Utc};
use windlass_store::{Dequeue, Heartbeat, Progress, Report, Store, Task};

use crate::fold::Fold;
use crate::leased::Leased;
use crate::parked::Types;
use crate::turns::Turns;

/// All lanes of a server.
pub(crate) struct Lanes {
    store: Store,
    /// Of completions, failures and releases together: they write the same rows.
    pub(crate) report: Fold<Report, Task>,
    pub(crate) heartbeat: Fold<Heartbeat, DateTime<Utc>>,
    pub(crate) progress: Fold<Progress, DateTime<Utc>>,
    dequeue: Mutex<HashMap<Types, Weak<Fold<Dequeue, Leased>>>>,
    turns: Arc<Turns>,
}

impl Lanes {
    /// Opens the lanes; must be called within a runtime.
    pub(crate) fn new(store: Store) -> Self {
        let turns = Arc::new(Turns::default());
        let (reporting, beating, progressing) = (store.clone(), store.clone(), store.clone());
        Self {
            report: Fold::new("report", Some(turns.reports()), Report::bytes, move |batch| {
                let store = reporting.clone();
                Box::pin(async move { store.report(&batch).await })
            }),
            heartbeat: Fold::new(
                "heartbeat",
                None,
                |_| 0,
                move |batch| {
                    let store = beating.clone();
                    Box::pin(async move { store.heartbeat(&batch).await })
                },
            ),
            progress: Fold::new(
                "progress",
                None,
                |_| 0,
                move |batch| {
                    let store = progressing.clone();
                    Box::pin(async move { store.progress(&batch).await })
                },
            ),
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
