//! Dequeues and reports of Jobnik's surface, in batches as those of `/v1`.
//!
//! A dequeue there asks for one task of one type, and never waits. A report brings no token: the current leases of all who report at one time are read
//! with one statement, and then they are reports like all others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use uuid::Uuid;
use windlass_domain::TypeName;
use windlass_store::{CurrentLease, Dequeue, Granted, LeasedTask, Store};

use super::alternation::Alternation;
use super::batcher::{Batcher, only};
use super::error::Error;
use super::undelivered::UndeliveredLeases;
use crate::history::Minutes;
use crate::stop::Stop;
use crate::telemetry;

type DequeueBatcher = Batcher<Dequeue, UndeliveredLeases>;

/// Runs what Jobnik's clients ask often.
pub(crate) struct Jobnik {
    store: Store,
    stop: Stop,
    minutes: Arc<Minutes>,
    alternation: Arc<Alternation>,
    /// By type; they live as long as somebody uses them.
    dequeues: Mutex<HashMap<TypeName, Weak<DequeueBatcher>>>,
    leases: Batcher<Uuid, Option<CurrentLease>>,
}

impl Jobnik {
    /// Starts the batchers; must be called within a runtime.
    pub(super) fn start(
        store: &Store,
        stop: Stop,
        minutes: Arc<Minutes>,
        alternation: &Arc<Alternation>,
    ) -> Self {
        let reading = store.clone();
        let leases = Batcher::new(
            "jobnik_lease",
            None,
            |_| 0,
            move |batch: Arc<Vec<Uuid>>| {
                let store = reading.clone();
                Box::pin(async move {
                    let leases = store.current_leases(&batch).await?;
                    Ok(batch.iter().map(|task| Ok(leases.get(task).cloned())).collect())
                })
            },
        );
        let alternation = Arc::clone(alternation);
        Self { store: store.clone(), stop, minutes, alternation, dequeues: Mutex::default(), leases }
    }

    /// Leases a task of what this surface made; `None`: there is none now, or the server ends.
    ///
    /// # Errors
    /// What the store refused; [`Error::Overloaded`] when too many wait for the database, [`Error::Unavailable`] when it is away.
    pub(crate) async fn dequeue(
        &self,
        type_name: &TypeName,
        dequeue: Dequeue,
    ) -> Result<Option<LeasedTask>, Error> {
        if self.stop.is_requested() {
            return Ok(None);
        }
        let granted = only(self.batcher(type_name).submit(vec![dequeue]).await?)?.deliver();
        let Granted { mut tasks, repeated } = granted;
        telemetry::count_dequeue(&tasks, repeated);
        self.minutes.leased(&tasks);
        Ok(tasks.pop())
    }

    /// What a report meets of its task; `None`: there is no such one.
    ///
    /// # Errors
    /// As for [`dequeue`](Self::dequeue).
    pub(crate) async fn current_lease(&self, task: Uuid) -> Result<Option<CurrentLease>, Error> {
        Ok(only(self.leases.submit(vec![task]).await?)?)
    }

    fn batcher(&self, type_name: &TypeName) -> Arc<DequeueBatcher> {
        let mut batchers = self.dequeues.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(batcher) = batchers.get(type_name).and_then(Weak::upgrade) {
            return batcher;
        }
        batchers.retain(|_, batcher| batcher.strong_count() > 0);
        let batcher = Arc::new(self.start_batcher(type_name));
        batchers.insert(type_name.clone(), Arc::downgrade(&batcher));
        batcher
    }

    fn start_batcher(&self, type_name: &TypeName) -> DequeueBatcher {
        let (store, type_name) = (self.store.clone(), type_name.clone());
        let alternating = self.alternation.dequeues(("jobnik", &type_name));
        let own = alternating.clone();
        Batcher::new(
            "jobnik_dequeue",
            Some(alternating),
            |_: &Dequeue| 0,
            move |batch: Arc<Vec<Dequeue>>| {
                let (store, type_name, own) = (store.clone(), type_name.clone(), own.clone());
                Box::pin(async move {
                    let granted = store.dequeue_of_jobnik(&type_name, &batch).await?;
                    let tasks = granted.iter().flatten().flat_map(|granted| &granted.tasks);
                    own.took(&tasks.map(|task| task.job_id).collect::<Vec<_>>());
                    let undelivered = |granted: Result<Granted, _>| {
                        granted.map(|granted| UndeliveredLeases::new(granted, None, store.clone()))
                    };
                    Ok(granted.into_iter().map(undelivered).collect())
                })
            },
        )
    }
}
