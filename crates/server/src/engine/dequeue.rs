//! Dequeues: look, wait, look again when woken.
//!
//! Who asks for one type, of which no other look is under way, shares a batch with those who ask so for other types. All others share one with those
//! who ask for the same types: what holds up a busy type holds up no other. Such a batcher lives as long as somebody uses it, so that sets of types that
//! come and go leave nothing behind.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use windlass_domain::TypeName;
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
    pub(super) several: Batcher<(TypeName, Dequeue), UndeliveredLeases>,
    pub(super) looks: Mutex<Looks>,
}

/// The looks under way.
#[derive(Default)]
pub(super) struct Looks {
    /// The batchers of sets of types.
    batchers: HashMap<Types, Weak<DequeueBatcher>>,
    /// The types of looks that share a batch with those for others.
    several: HashSet<TypeName>,
}

/// Where a look is batched.
enum Place<'a> {
    Same(Arc<DequeueBatcher>),
    Several(Several<'a>),
}

/// The only look for one type, until it is dropped.
struct Several<'a> {
    dequeues: &'a Dequeues,
    type_name: TypeName,
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
        let dequeue = request.dequeue.clone();
        let looked = match self.place(&request.types) {
            Place::Same(batcher) => batcher.submit(vec![dequeue]).await,
            Place::Several(only) => self.several.submit(vec![(only.type_name.clone(), dequeue)]).await,
        };
        Ok(only(looked?)?.deliver())
    }

    fn place(&self, types: &Types) -> Place<'_> {
        let mut looks = self.looks();
        if let Some(batcher) = looks.batchers.get(types).and_then(Weak::upgrade) {
            return Place::Same(batcher);
        }
        if let [type_name] = &**types
            && looks.several.insert(type_name.clone())
        {
            return Place::Several(Several { dequeues: self, type_name: type_name.clone() });
        }
        looks.batchers.retain(|_, batcher| batcher.strong_count() > 0);
        let batcher = Arc::new(self.start_batcher(types));
        looks.batchers.insert(types.clone(), Arc::downgrade(&batcher));
        Place::Same(batcher)
    }

    fn looks(&self) -> MutexGuard<'_, Looks> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start_batcher(&self, types: &Types) -> DequeueBatcher {
        let (store, types) = (self.store.clone(), types.clone());
        let alternating = self.alternation.dequeues(&types);
        let own = alternating.clone();
        let no_bytes = |_: &Dequeue| 0;
        Batcher::new("dequeue", Some(alternating), no_bytes, move |batch| {
            let (store, types, own) = (store.clone(), types.clone(), own.clone());
            Box::pin(async move {
                let granted = store.dequeue(&types, &batch).await?;
                Ok(undelivered(granted, batch.iter(), &own, &store))
            })
        })
    }
}

impl Drop for Several<'_> {
    fn drop(&mut self) {
        self.dequeues.looks().several.remove(&self.type_name);
    }
}

/// Runs looks for one type each.
pub(super) fn batcher_of_several(
    store: Store,
    alternation: &Arc<Alternation>,
) -> Batcher<(TypeName, Dequeue), UndeliveredLeases> {
    let alternating = alternation.dequeues("several");
    let own = alternating.clone();
    let no_bytes = |_: &(TypeName, Dequeue)| 0;
    Batcher::new("dequeue", Some(alternating), no_bytes, move |batch: Arc<Vec<_>>| {
        let (store, own) = (store.clone(), own.clone());
        Box::pin(async move {
            let granted = store.dequeue_several(&batch).await?;
            Ok(undelivered(granted, batch.iter().map(|(_, dequeue)| dequeue), &own, &store))
        })
    })
}

/// Notes of which jobs was taken, and sees to leases that nobody will hear of.
fn undelivered<'a>(
    granted: Vec<Result<Granted, store::Error>>,
    batch: impl Iterator<Item = &'a Dequeue>,
    own: &Participant,
    store: &Store,
) -> Vec<Result<UndeliveredLeases, store::Error>> {
    let tasks = granted.iter().flatten().flat_map(|granted| &granted.tasks);
    own.took(&tasks.map(|task| task.job_id).collect::<Vec<_>>());
    let keys = batch.map(|request| request.key.clone());
    let undelivered = |(granted, key): (Result<Granted, store::Error>, _)| {
        granted.map(|granted| UndeliveredLeases::new(granted, key, store.clone()))
    };
    granted.into_iter().zip(keys).map(undelivered).collect()
}
