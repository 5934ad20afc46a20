//! The batchers of hot requests: one for reports, one each for heartbeats and progress, one for each set of types that is
//! dequeued.
//!
//! A batcher of dequeues lives as long as somebody uses it, so that sets of types that come and go leave nothing behind.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use chrono::{DateTime, Utc};
use windlass_store::{Dequeue, Heartbeat, Progress, Report, Store, Task};

use super::alternation::Alternation;
use super::batcher::Batcher;
use super::undelivered::UndeliveredLeases;
use super::waiters::Types;

/// All batchers of a server.
pub(crate) struct Batchers {
    store: Store,
    /// Of completions, failures and releases together: they write the same rows.
    pub(crate) report: Batcher<Report, Task>,
    pub(crate) heartbeat: Batcher<Heartbeat, DateTime<Utc>>,
    pub(crate) progress: Batcher<Progress, DateTime<Utc>>,
    dequeue: Mutex<HashMap<Types, Weak<Batcher<Dequeue, UndeliveredLeases>>>>,
    alternation: Arc<Alternation>,
}

impl Batchers {
    /// Starts the batchers; must be called within a runtime.
    pub(crate) fn new(store: Store) -> Self {
        let alternation = Arc::new(Alternation::default());
        let (reporting, beating, progressing) = (store.clone(), store.clone(), store.clone());
        Self {
            report: Batcher::new("report", Some(alternation.reports()), Report::bytes, move |batch| {
                let store = reporting.clone();
                Box::pin(async move { store.report(&batch).await })
            }),
            heartbeat: Batcher::new(
                "heartbeat",
                None,
                |_| 0,
                move |batch| {
                    let store = beating.clone();
                    Box::pin(async move { store.heartbeat(&batch).await })
                },
            ),
            progress: Batcher::new(
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
            alternation,
        }
    }

    /// The batcher of those who ask for these types.
    pub(crate) fn dequeue(&self, types: &Types) -> Arc<Batcher<Dequeue, UndeliveredLeases>> {
        let mut batchers = self.dequeue.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(batcher) = batchers.get(types).and_then(Weak::upgrade) {
            return batcher;
        }
        batchers.retain(|_, batcher| batcher.strong_count() > 0);
        let (store, asked) = (self.store.clone(), types.clone());
        let alternating = Some(self.alternation.dequeues(types));
        let batcher = Arc::new(Batcher::new(
            "dequeue",
            alternating,
            |_| 0,
            move |batch: Arc<Vec<Dequeue>>| {
                let (store, types) = (store.clone(), asked.clone());
                Box::pin(async move {
                    let granted = store.dequeue(&types, &batch).await?;
                    let keys = batch.iter().map(|request| request.key.clone());
                    Ok(granted
                        .into_iter()
                        .zip(keys)
                        .map(|(granted, key)| Ok(UndeliveredLeases::new(granted?, key, store.clone())))
                        .collect())
                })
            },
        ));
        batchers.insert(types.clone(), Arc::downgrade(&batcher));
        batcher
    }
}
