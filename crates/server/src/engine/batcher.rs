//! Group commit: requests that arrive while a batch is committing become the next batch, one statement and one commit for all.
//!
//! There is no timer: an idle batcher runs a request at once. Each caller is answered after its own batch has committed. A batch that fails
//! as a whole is run again one request at a time, so that one request never fails its neighbours. A batch that takes long (somebody else
//! holds a row) does not block the next one, which starts beside it.
//!
//! What it deliberately does not do: know what its items are. How it fails: past [`QUEUE`] waiting requests or [`QUEUE_BYTES`] of them it
//! refuses with [`Error::Overloaded`], so memory stays bounded; a request that waits past the deadline gets [`Error::Unavailable`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use windlass_store as store;

use super::alternation::Participant;
use super::deadline::DATABASE_DEADLINE;
use super::error::Error;
use crate::telemetry;

/// The most requests that wait in one batcher.
const QUEUE: usize = 10_000;
/// The most bytes that they carry.
const QUEUE_BYTES: usize = 64 << 20;
/// Items at which a batch takes no further request.
const BATCH: usize = 500;
/// Bytes at which a batch takes no further request.
const BATCH_BYTES: usize = 8 << 20;
/// How long a batch runs alone before the next one may start beside it.
const PATIENCE: Duration = Duration::from_millis(100);
/// The most batches of one batcher under way; each holds a connection.
const CONCURRENT: usize = 4;

/// What became of a request's items, in its order.
type Outcomes<O> = Result<Vec<Result<O, store::Error>>, store::Error>;

/// Runs a batch of items and answers each, in order.
type Run<I, O> = Arc<dyn Fn(Arc<Vec<I>>) -> BoxFuture<'static, Outcomes<O>> + Send + Sync>;

/// Runs requests in batches; it ends when it is dropped.
pub(crate) struct Batcher<I, O> {
    requests: mpsc::Sender<Request<I, O>>,
    /// Bytes that may still be queued.
    capacity: Arc<Semaphore>,
    bytes_of: fn(&I) -> usize,
}

struct Request<I, O> {
    items: Vec<I>,
    bytes: usize,
    answer: oneshot::Sender<Outcomes<O>>,
    /// Released when its batch begins.
    _queued: OwnedSemaphorePermit,
}

/// A request whose items are in a batch: it waits for their outcomes.
struct Pending<O> {
    items: usize,
    answer: oneshot::Sender<Outcomes<O>>,
}

impl<I, O> Batcher<I, O>
where
    I: Clone + Send + Sync + 'static,
    O: Send + 'static,
{
    /// A batcher of this name, which is its label in the metrics. `run` runs a batch; `bytes_of` measures what an item carries;
    /// `alternating` makes it alternate with others.
    pub(crate) fn new(
        name: &'static str,
        alternating: Option<Participant>,
        bytes_of: fn(&I) -> usize,
        run: impl Fn(Arc<Vec<I>>) -> BoxFuture<'static, Outcomes<O>> + Send + Sync + 'static,
    ) -> Self {
        Self::start(name, BATCH, alternating, bytes_of, run)
    }

    /// A batcher whose every request is a batch of its own: for requests so large that others should not wait for them.
    pub(crate) fn of_large(
        name: &'static str,
        bytes_of: fn(&I) -> usize,
        run: impl Fn(Arc<Vec<I>>) -> BoxFuture<'static, Outcomes<O>> + Send + Sync + 'static,
    ) -> Self {
        Self::start(name, 1, None, bytes_of, run)
    }

    fn start(
        name: &'static str,
        most: usize,
        alternating: Option<Participant>,
        bytes_of: fn(&I) -> usize,
        run: impl Fn(Arc<Vec<I>>) -> BoxFuture<'static, Outcomes<O>> + Send + Sync + 'static,
    ) -> Self {
        let (requests, waiting) = mpsc::channel(QUEUE);
        telemetry::begin_batcher(name);
        tokio::spawn(run_batches(name, most, waiting, alternating, Arc::new(run)));
        Self { requests, capacity: Arc::new(Semaphore::new(QUEUE_BYTES)), bytes_of }
    }

    /// Runs these items together with those of other requests; answers them in order.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait; whatever failed the request as a whole.
    pub(crate) async fn submit(&self, items: Vec<I>) -> Result<Vec<Result<O, store::Error>>, Error> {
        let (answer, answered) = oneshot::channel();
        let bytes = items.iter().map(self.bytes_of).sum::<usize>().min(QUEUE_BYTES);
        let permits = u32::try_from(bytes).expect("64 MiB fit");
        let queued = Arc::clone(&self.capacity).try_acquire_many_owned(permits);
        let queued = queued.map_err(|_| Error::Overloaded)?;
        let request = Request { items, bytes, answer, _queued: queued };
        self.requests.try_send(request).map_err(|_| Error::Overloaded)?;
        match tokio::time::timeout(DATABASE_DEADLINE, answered).await {
            Ok(Ok(outcomes)) => Ok(outcomes?),
            // A batch that panicked took its answers with it; the log has the panic.
            Ok(Err(_)) => Err(Error::Internal),
            Err(_) => Err(Error::Unavailable),
        }
    }
}

/// The outcome of a request of one item.
pub(super) fn only<O>(outcomes: Vec<Result<O, store::Error>>) -> Result<O, store::Error> {
    outcomes.into_iter().next().expect("the store answers each item of a batch")
}

async fn run_batches<I, O>(
    name: &'static str,
    most: usize,
    mut waiting: mpsc::Receiver<Request<I, O>>,
    alternating: Option<Participant>,
    run: Run<I, O>,
) where
    I: Clone + Send + Sync + 'static,
    O: Send + 'static,
{
    let concurrent = Arc::new(Semaphore::new(CONCURRENT));
    loop {
        let permit = Arc::clone(&concurrent).acquire_owned().await.expect("the semaphore is never closed");
        let Some(first) = waiting.recv().await else { return };
        let share = if let Some(participant) = &alternating { participant.wait().await } else { None };
        let (pending, items) = collect(first, &mut waiting, most);
        if let Some(participant) = &alternating {
            participant.ran(pending.len());
        }
        let run = Arc::clone(&run);
        let mut running = tokio::spawn(async move {
            run_batch(name, pending, items, &run).await;
            drop(permit);
        });
        // A panic is logged by its hook, and known to the requests by their dropped answers.
        let _done_or_late = tokio::time::timeout(PATIENCE, &mut running).await;
        drop(share);
    }
}

/// The next batch: what waits, up to the bounds; with `most` items it takes no further request.
fn collect<I, O>(
    first: Request<I, O>,
    waiting: &mut mpsc::Receiver<Request<I, O>>,
    most: usize,
) -> (Vec<Pending<O>>, Vec<I>) {
    let (mut pending, mut items, mut bytes) = (Vec::new(), Vec::new(), 0);
    let mut next = Some(first);
    while let Some(request) = next {
        bytes += request.bytes;
        pending.push(Pending { items: request.items.len(), answer: request.answer });
        items.extend(request.items);
        let full = items.len() >= most || bytes >= BATCH_BYTES;
        next = if full { None } else { waiting.try_recv().ok() };
    }
    (pending, items)
}

async fn run_batch<I: Clone, O>(
    name: &'static str,
    mut pending: Vec<Pending<O>>,
    items: Vec<I>,
    run: &Run<I, O>,
) {
    let (items, began) = (Arc::new(items), Instant::now());
    let ran = run(Arc::clone(&items)).await;
    telemetry::count_batch(name, items.len(), began.elapsed());
    match ran {
        Ok(outcomes) => distribute(outcomes, pending),
        Err(error) if pending.len() == 1 => {
            let alone = pending.remove(0);
            drop(alone.answer.send(Err(error)));
        }
        Err(_) => {
            telemetry::count_replay(name);
            one_by_one(pending, &items, run).await;
        }
    }
}

fn distribute<O>(outcomes: Vec<Result<O, store::Error>>, pending: Vec<Pending<O>>) {
    let mut outcomes = outcomes.into_iter();
    for request in pending {
        let own = outcomes.by_ref().take(request.items).collect();
        // The caller may have gone; what its items hold is then dropped with them.
        drop(request.answer.send(Ok(own)));
    }
}

async fn one_by_one<I: Clone, O>(pending: Vec<Pending<O>>, mut items: &[I], run: &Run<I, O>) {
    for request in pending {
        let (own, rest) = items.split_at(request.items);
        items = rest;
        if request.answer.is_closed() {
            continue;
        }
        let outcomes = run(Arc::new(own.to_vec())).await;
        drop(request.answer.send(outcomes));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// The batches that were run.
    type Ran = Arc<Mutex<Vec<Vec<u32>>>>;

    /// Doubles numbers, records its batches, and fails those with a seven, in company or alone.
    fn doubling(permits: Arc<Semaphore>) -> (Batcher<u32, u32>, Ran) {
        let ran = Ran::default();
        let seen = Arc::clone(&ran);
        let bytes_of = |item: &u32| usize::try_from(*item).unwrap() << 20;
        let batcher = Batcher::new("test", None, bytes_of, move |items: Arc<Vec<u32>>| {
            let (permits, seen) = (Arc::clone(&permits), Arc::clone(&seen));
            Box::pin(async move {
                permits.acquire().await.unwrap().forget();
                seen.lock().unwrap().push(items.to_vec());
                if items.contains(&7) {
                    return Err(store::Error::PipelineSealed);
                }
                Ok(items.iter().map(|item| Ok(item * 2)).collect())
            })
        });
        (batcher, ran)
    }

    async fn doubled(batcher: &Batcher<u32, u32>, items: &[u32]) -> Result<Vec<u32>, Error> {
        Ok(batcher.submit(items.to_vec()).await?.into_iter().map(Result::unwrap).collect())
    }

    #[tokio::test(start_paused = true)]
    async fn requests_that_arrive_while_a_batch_runs_form_the_next_one() {
        let permits = Arc::new(Semaphore::new(0));
        let (batcher, ran) = doubling(Arc::clone(&permits));
        let (first, second, third, ()) = tokio::join!(
            doubled(&batcher, &[1]),
            async {
                tokio::task::yield_now().await;
                doubled(&batcher, &[2, 3]).await
            },
            async {
                tokio::task::yield_now().await;
                doubled(&batcher, &[4]).await
            },
            async {
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                permits.add_permits(2);
            }
        );
        assert_eq!((first.unwrap(), second.unwrap(), third.unwrap()), (vec![2], vec![4, 6], vec![8]));
        assert_eq!(*ran.lock().unwrap(), [vec![1], vec![2, 3, 4]]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_fails_its_batch_fails_alone() {
        let (batcher, _) = doubling(Arc::new(Semaphore::new(100)));
        let (good, bad, other) =
            tokio::join!(doubled(&batcher, &[1]), doubled(&batcher, &[7]), doubled(&batcher, &[2]));
        assert_eq!((good.unwrap(), other.unwrap()), (vec![2], vec![4]));
        assert!(matches!(bad, Err(Error::Store(store::Error::PipelineSealed))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_that_takes_long_does_not_hold_up_the_next() {
        let permits = Arc::new(Semaphore::new(0));
        let (batcher, ran) = doubling(Arc::clone(&permits));
        let (batcher, slow) = (Arc::new(batcher), Arc::new(tokio::sync::Notify::new()));
        let (first, other) = (Arc::clone(&batcher), Arc::clone(&slow));
        let first = tokio::spawn(async move {
            other.notify_one();
            doubled(&first, &[1]).await
        });
        slow.notified().await;
        tokio::time::advance(PATIENCE * 2).await;
        let second = tokio::spawn(async move { doubled(&batcher, &[2]).await });
        tokio::time::advance(PATIENCE * 2).await;
        permits.add_permits(2);
        assert_eq!(second.await.unwrap().unwrap(), [4]);
        assert_eq!(first.await.unwrap().unwrap(), [2]);
        assert_eq!(ran.lock().unwrap().len(), 2);
    }

    /// Numbers weigh as many mebibytes here.
    #[tokio::test(start_paused = true)]
    async fn what_waits_is_bounded_by_its_bytes() {
        let permits = Arc::new(Semaphore::new(0));
        let (batcher, ran) = doubling(Arc::clone(&permits));
        let (first, second, third, refused, ()) = tokio::join!(
            doubled(&batcher, &[1]),
            async {
                tokio::task::yield_now().await;
                doubled(&batcher, &[8]).await
            },
            async {
                tokio::task::yield_now().await;
                doubled(&batcher, &[56]).await
            },
            async {
                tokio::task::yield_now().await;
                doubled(&batcher, &[1]).await
            },
            async {
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                permits.add_permits(3);
            }
        );
        assert_eq!((first.unwrap(), second.unwrap(), third.unwrap()), (vec![2], vec![16], vec![112]));
        assert!(matches!(refused, Err(Error::Overloaded)), "64 MiB wait already");
        assert_eq!(*ran.lock().unwrap(), [vec![1], vec![8], vec![56]], "8 MiB fill a batch");
    }
}
