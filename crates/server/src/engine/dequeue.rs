//! Dequeues: look, wait, look again when woken.
//!
//! Those of one set of types are batched together. Their batcher lives as long as somebody uses it, so that sets of types that come and
//! go leave nothing behind.
//!
//! While several looks are under way, one for a single type of which there is no other shares a batch with such looks for other types. What it is not
//! answered there, it asks in the batcher of its own: what holds up one type holds up no other.

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
use crate::history::Minutes;
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
    pub(super) minutes: Arc<Minutes>,
    pub(super) alternation: Arc<Alternation>,
    pub(super) several: SeveralBatcher,
    pub(super) looks: Mutex<Looks>,
}

/// The looks under way.
#[derive(Default)]
pub(super) struct Looks {
    /// The batchers of sets of types.
    batchers: HashMap<Types, Weak<DequeueBatcher>>,
    /// How many there are.
    count: usize,
    /// The types of those that share a batch with others.
    several: HashSet<TypeName>,
}

/// A look under way, until this is dropped.
struct UnderWay<'a> {
    dequeues: &'a Dequeues,
    /// The type, where it shares a batch with looks for others.
    several: Option<TypeName>,
}

/// Looks under way past which a look for one type shares a batch with others: who is alone is answered by the statement for one type.
const SEVERAL: usize = 1;

/// Looks for one type each; no answer where the batcher of that type is to be asked.
type SeveralBatcher = Batcher<(TypeName, Dequeue), Option<UndeliveredLeases>>;

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
        if !repeated {
            self.minutes.leased(&tasks);
        }
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
        let dequeue = || request.dequeue.clone();
        let under_way = self.begin(&request.types);
        if let Some(type_name) = &under_way.several {
            let looked = self.several.submit(vec![(type_name.clone(), dequeue())]).await?;
            if let Some(leases) = only(looked)? {
                return Ok(leases.deliver());
            }
        }
        Ok(only(self.batcher(&request.types).submit(vec![dequeue()]).await?)?.deliver())
    }

    fn begin(&self, types: &Types) -> UnderWay<'_> {
        let mut looks = self.looks();
        looks.count += 1;
        let several = match &**types {
            [type_name] if looks.count > SEVERAL && !looks.has_batcher(types) => {
                looks.several.insert(type_name.clone()).then(|| type_name.clone())
            }
            _ => None,
        };
        UnderWay { dequeues: self, several }
    }

    /// The batcher of those who ask for these types.
    fn batcher(&self, types: &Types) -> Arc<DequeueBatcher> {
        let mut looks = self.looks();
        if let Some(batcher) = looks.batchers.get(types).and_then(Weak::upgrade) {
            return batcher;
        }
        looks.batchers.retain(|_, batcher| batcher.strong_count() > 0);
        let batcher = Arc::new(self.start_batcher(types));
        looks.batchers.insert(types.clone(), Arc::downgrade(&batcher));
        batcher
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

impl Looks {
    fn has_batcher(&self, types: &Types) -> bool {
        self.batchers.get(types).is_some_and(|batcher| batcher.strong_count() > 0)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut looks = self.dequeues.looks();
        looks.count -= 1;
        if let Some(type_name) = &self.several {
            looks.several.remove(type_name);
        }
    }
}

/// Runs looks for one type each. It takes no turns with others, but keeps a hot type from being taken for the only one.
pub(super) fn batcher_of_several(store: Store, alternation: &Arc<Alternation>) -> SeveralBatcher {
    let alternating = alternation.dequeues("several");
    let no_bytes = |_: &(TypeName, Dequeue)| 0;
    Batcher::new("dequeue", None, no_bytes, move |batch: Arc<Vec<(TypeName, Dequeue)>>| {
        let store = store.clone();
        alternating.ran(batch.len());
        Box::pin(async move {
            let granted = store.dequeue_several(&batch).await?;
            let undelivered = |(granted, (_, dequeue)): (Option<Granted>, &(TypeName, Dequeue))| {
                Ok(granted.map(|granted| UndeliveredLeases::new(granted, dequeue.key.clone(), store.clone())))
            };
            Ok(granted.into_iter().zip(batch.iter()).map(undelivered).collect())
        })
    })
}
