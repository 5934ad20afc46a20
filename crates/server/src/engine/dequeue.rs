//! Dequeues: look, wait, look again when woken.
//!
//! Those of one set of types are batched together. Their batcher lives as long as somebody uses it, so that sets of types that come and
//! go leave nothing behind.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use windlass_store::{self as store, Dequeue, Granted, LeasedTask, Store};

use super::alternation::{Alternation, Participant};
use super::batcher::{Batcher, only};
use super::deadline::within;
use super::error::Error;
use super::line::Types;
use super::undelivered::UndeliveredLeases;
use super::waiters::Waiters;
use crate::health::Health;
use crate::stop::Stop;
use crate::telemetry::{self, Traces};

/// What a worker asks for.
#[derive(Debug)]
pub(crate) struct DequeueRequest {
    /// The types, sorted, each once.
    pub(crate) types: Types,
    /// Who asks, for how many, and for how long.
    pub(crate) dequeue: Dequeue,
    /// How long it waits while there is nothing.
    pub(crate) wait: Duration,
}

/// Runs the dequeues of all callers of a server.
pub(crate) struct Dequeues {
    pub(super) store: Store,
    pub(super) waiters: Arc<Waiters>,
    pub(super) health: Arc<Health>,
    pub(super) stop: Stop,
    pub(super) traces: Option<Traces>,
    pub(super) alternation: Arc<Alternation>,
    pub(super) batchers: Mutex<HashMap<Types, Weak<DequeueBatcher>>>,
}

/// How long an empty answer is held back while the server drains: workers ask again at once, and would do so hundreds of times a second.
const DRAIN_PAUSE: Duration = Duration::from_secs(1);

type DequeueBatcher = Batcher<Dequeue, UndeliveredLeases>;

impl Dequeues {
    /// Leases as soon as there is something; nothing at the deadline or when the server is asked to end.
    ///
    /// # Errors
    /// What the store refused; [`Error::Overloaded`] when too many wait for the database, [`Error::Unavailable`] when it is away.
    pub(crate) async fn lease(&self, request: &DequeueRequest) -> Result<Vec<LeasedTask>, Error> {
        let Granted { mut tasks, repeated } = self.wait(request).await?;
        telemetry::count_dequeue(&tasks, repeated);
        if let Some(traces) = &self.traces {
            traces.hand_over(&mut tasks, repeated);
        }
        Ok(tasks)
    }

    async fn wait(&self, request: &DequeueRequest) -> Result<Granted, Error> {
        if self.stop.is_requested() {
            return self.leased_before(request).await;
        }
        let deadline = Instant::now() + request.wait;
        let waits = !request.wait.is_zero();
        // Registered before the first look, so that what comes between look and wait is not lost.
        let mut waiter = waits.then(|| self.waiters.register(&request.types, request.dequeue.max_tasks));
        loop {
            let granted = self.look(request).await?;
            let Some(waiter) = &mut waiter else { return Ok(granted) };
            let tasks = &granted.tasks;
            waiter.took(tasks.len(), |name| {
                tasks.iter().filter(|task| task.type_name == name.as_str()).count()
            });
            if !tasks.is_empty() || granted.repeated {
                return Ok(granted);
            }
            tokio::select! {
                () = self.stop.requested() => return Ok(Granted::default()),
                () = self.health.database_is_away() => return Err(Error::Unavailable),
                () = sleep_until(deadline) => return Ok(Granted::default()),
                () = waiter.woken() => {}
            }
        }
    }

    /// The live leases of the first of a repeated dequeue; nothing more is leased. A repeat that were answered empty would let them expire.
    async fn leased_before(&self, request: &DequeueRequest) -> Result<Granted, Error> {
        let granted = within(self.store.dequeued_before(&request.dequeue)).await?;
        if granted.tasks.is_empty() {
            let pause = DRAIN_PAUSE.min(request.wait);
            drop(tokio::time::timeout(pause, self.stop.stopping()).await);
        }
        Ok(granted)
    }

    /// One dequeue, in a batch with those of others. It runs to its end even if its client goes: leases that nobody then hears of are
    /// released.
    async fn look(&self, request: &DequeueRequest) -> Result<Granted, Error> {
        let batcher = self.batcher(&request.types);
        Ok(only(batcher.submit(vec![request.dequeue.clone()]).await?)?.deliver())
    }

    /// The batcher of those who ask for these types.
    fn batcher(&self, types: &Types) -> Arc<DequeueBatcher> {
        let mut batchers = self.batchers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(batcher) = batchers.get(types).and_then(Weak::upgrade) {
            return batcher;
        }
        batchers.retain(|_, batcher| batcher.strong_count() > 0);
        let batcher = Arc::new(self.start_batcher(types));
        batchers.insert(types.clone(), Arc::downgrade(&batcher));
        batcher
    }

    fn start_batcher(&self, types: &Types) -> DequeueBatcher {
        let (store, types) = (self.store.clone(), types.clone());
        let alternating = self.alternation.dequeues(&types);
        let own = alternating.clone();
        let no_bytes = |_: &Dequeue| 0;
        Batcher::new("dequeue", Some(alternating), no_bytes, move |batch| {
            Box::pin(dequeue(store.clone(), types.clone(), own.clone(), batch))
        })
    }
}

async fn dequeue(
    store: Store,
    types: Types,
    own: Participant,
    batch: Arc<Vec<Dequeue>>,
) -> Result<Vec<Result<UndeliveredLeases, store::Error>>, store::Error> {
    let granted = store.dequeue(&types, &batch).await?;
    let tasks = granted.iter().flatten().flat_map(|granted| &granted.tasks);
    own.took(&tasks.map(|task| task.job_id).collect::<Vec<_>>());
    let keys = batch.iter().map(|request| request.key.clone());
    let undelivered = |(granted, key): (Result<Granted, store::Error>, _)| {
        granted.map(|granted| UndeliveredLeases::new(granted, key, store.clone()))
    };
    Ok(granted.into_iter().zip(keys).map(undelivered).collect())
}
