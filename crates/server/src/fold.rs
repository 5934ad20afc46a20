//! Folds requests that arrive while a batch commits into the next batch: one statement and one commit serve them all.
//!
//! An idle lane runs a request at once, a busy one gathers what comes meanwhile. Each answer is sent after its batch has committed.
//! When a batch fails as a whole its requests are run again one by one, so that one of them never fails its neighbours. A batch that takes
//! long (a row held by somebody else) does not hold up the lane: the next one starts beside it.
//!
//! What it deliberately does not do: know what it folds. How it fails: past [`QUEUE`] waiting requests or [`QUEUE_BYTES`] of them it
//! refuses with `overloaded`, so memory stays bounded; a request that waits past the deadline is told that the database is not available.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use windlass_store::Error;

use crate::app::DATABASE_DEADLINE;
use crate::http::Problem;
use crate::telemetry;
use crate::turns::Place;

/// Requests that wait at the most in one lane.
const QUEUE: usize = 10_000;
/// Bytes of what they carry at the most.
const QUEUE_BYTES: usize = 64 << 20;
/// Items at which a batch takes no further request.
const BATCH: usize = 500;
/// Bytes at which a batch takes no further request.
const BATCH_BYTES: usize = 8 << 20;
/// How long a batch has its lane for itself.
const PATIENCE: Duration = Duration::from_millis(100);
/// Batches of a lane under way at the most; each holds a connection.
const ABREAST: usize = 4;

/// What became of a request's items, in its order.
type Outcomes<O> = Result<Vec<Result<O, Error>>, Error>;

/// Runs a batch of items and answers each, in order.
type Run<I, O> = Arc<dyn Fn(Arc<Vec<I>>) -> BoxFuture<'static, Outcomes<O>> + Send + Sync>;

/// A lane in which requests are folded; it ends when it is dropped.
pub(crate) struct Fold<I, O> {
    requests: mpsc::Sender<Request<I, O>>,
    room: Arc<Semaphore>,
    weigh: fn(&I) -> usize,
}

struct Request<I, O> {
    items: Vec<I>,
    bytes: usize,
    answer: oneshot::Sender<Outcomes<O>>,
    /// Given back when its batch begins.
    _room: OwnedSemaphorePermit,
}

/// A request whose items have gone into a batch.
struct Asker<O> {
    items: usize,
    answer: oneshot::Sender<Outcomes<O>>,
}

impl<I, O> Fold<I, O>
where
    I: Clone + Send + Sync + 'static,
    O: Send + 'static,
{
    /// A lane of this name whose batches are run by `run`. `weigh` tells the bytes that an item carries; `place` whether it takes turns with
    /// others.
    pub(crate) fn new(
        name: &'static str,
        place: Option<Place>,
        weigh: fn(&I) -> usize,
        run: impl Fn(Arc<Vec<I>>) -> BoxFuture<'static, Outcomes<O>> + Send + Sync + 'static,
    ) -> Self {
        let (requests, waiting) = mpsc::channel(QUEUE);
        telemetry::begin_lane(name);
        tokio::spawn(lane(name, waiting, place, Arc::new(run)));
        Self { requests, room: Arc::new(Semaphore::new(QUEUE_BYTES)), weigh }
    }

    /// Runs these items together with those of other requests; answers them in order.
    ///
    /// # Errors
    /// `overloaded` when too many wait; whatever failed the request as a whole.
    pub(crate) async fn submit(&self, items: Vec<I>) -> Result<Vec<Result<O, Error>>, Problem> {
        let (answer, answered) = oneshot::channel();
        let bytes = items.iter().map(self.weigh).sum::<usize>().min(QUEUE_BYTES);
        let weight = u32::try_from(bytes).expect("64 MiB fit");
        let room =
            Arc::clone(&self.room).try_acquire_many_owned(weight).map_err(|_| Problem::overloaded())?;
        let request = Request { items, bytes, answer, _room: room };
        self.requests.try_send(request).map_err(|_| Problem::overloaded())?;
        match tokio::time::timeout(DATABASE_DEADLINE, answered).await {
            Ok(Ok(outcomes)) => Ok(outcomes?),
            // A batch that panicked took its answers with it; the log has the panic.
            Ok(Err(_)) => Err(Problem::internal()),
            Err(_) => Err(Problem::database_unavailable()),
        }
    }
}

async fn lane<I, O>(
    name: &'static str,
    mut waiting: mpsc::Receiver<Request<I, O>>,
    place: Option<Place>,
    run: Run<I, O>,
) where
    I: Clone + Send + Sync + 'static,
    O: Send + 'static,
{
    let abreast = Arc::new(Semaphore::new(ABREAST));
    loop {
        let permit = Arc::clone(&abreast).acquire_owned().await.expect("the semaphore is never closed");
        let Some(first) = waiting.recv().await else { return };
        let turn = if let Some(place) = &place { place.take().await } else { None };
        let (askers, items) = gather(first, &mut waiting);
        if let Some(place) = &place {
            place.note(askers.len());
        }
        let run = Arc::clone(&run);
        let mut running = tokio::spawn(async move {
            run_batch(name, askers, items, &run).await;
            drop(permit);
        });
        // A panic is logged by its hook, and told to the requests by their dropped answers.
        let _done_or_late = tokio::time::timeout(PATIENCE, &mut running).await;
        drop(turn);
    }
}

/// The next batch: what waits, up to the bounds.
fn gather<I, O>(
    first: Request<I, O>,
    waiting: &mut mpsc::Receiver<Request<I, O>>,
) -> (Vec<Asker<O>>, Vec<I>) {
    let (mut askers, mut items, mut bytes) = (Vec::new(), Vec::new(), 0);
    let mut next = Some(first);
    while let Some(request) = next {
        bytes += request.bytes;
        askers.push(Asker { items: request.items.len(), answer: request.answer });
        items.extend(request.items);
        let full = items.len() >= BATCH || bytes >= BATCH_BYTES;
        next = if full { None } else { waiting.try_recv().ok() };
    }
    (askers, items)
}

async fn run_batch<I: Clone, O>(
    name: &'static str,
    mut askers: Vec<Asker<O>>,
    items: Vec<I>,
    run: &Run<I, O>,
) {
    let (items, began) = (Arc::new(items), Instant::now());
    let ran = run(Arc::clone(&items)).await;
    telemetry::count_batch(name, items.len(), began.elapsed());
    match ran {
        Ok(outcomes) => deal(outcomes, askers),
        Err(error) if askers.len() == 1 => {
            let alone = askers.remove(0);
            drop(alone.answer.send(Err(error)));
        }
        Err(_) => {
            telemetry::count_replay(name);
            one_by_one(askers, &items, run).await;
        }
    }
}

fn deal<O>(outcomes: Vec<Result<O, Error>>, askers: Vec<Asker<O>>) {
    let mut outcomes = outcomes.into_iter();
    for asker in askers {
        let own = outcomes.by_ref().take(asker.items).collect();
        // Whoever asked may have gone; what its items hold then is dropped with them.
        drop(asker.answer.send(Ok(own)));
    }
}

async fn one_by_one<I: Clone, O>(askers: Vec<Asker<O>>, mut items: &[I], run: &Run<I, O>) {
    for asker in askers {
        let (own, rest) = items.split_at(asker.items);
        items = rest;
        if asker.answer.is_closed() {
            continue;
        }
        let outcomes = run(Arc::new(own.to_vec())).await;
        drop(asker.answer.send(outcomes));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// The batches that a lane ran.
    type Batches = Arc<Mutex<Vec<Vec<u32>>>>;

    /// A lane that doubles numbers, notes its batches, and fails those with a seven in company or alone.
    fn doubling(gate: Arc<Semaphore>) -> (Fold<u32, u32>, Batches) {
        let batches = Batches::default();
        let seen = Arc::clone(&batches);
        let weigh = |item: &u32| usize::try_from(*item).unwrap() << 20;
        let fold = Fold::new("test", None, weigh, move |items: Arc<Vec<u32>>| {
            let (gate, seen) = (Arc::clone(&gate), Arc::clone(&seen));
            Box::pin(async move {
                gate.acquire().await.unwrap().forget();
                seen.lock().unwrap().push(items.to_vec());
                if items.contains(&7) {
                    return Err(Error::PipelineSealed);
                }
                Ok(items.iter().map(|item| Ok(item * 2)).collect())
            })
        });
        (fold, batches)
    }

    async fn doubled(fold: &Fold<u32, u32>, items: &[u32]) -> Result<Vec<u32>, Problem> {
        Ok(fold.submit(items.to_vec()).await?.into_iter().map(Result::unwrap).collect())
    }

    #[tokio::test(start_paused = true)]
    async fn requests_that_arrive_while_a_batch_runs_form_the_next_one() {
        let gate = Arc::new(Semaphore::new(0));
        let (fold, batches) = doubling(Arc::clone(&gate));
        let (first, second, third, ()) = tokio::join!(
            doubled(&fold, &[1]),
            async {
                tokio::task::yield_now().await;
                doubled(&fold, &[2, 3]).await
            },
            async {
                tokio::task::yield_now().await;
                doubled(&fold, &[4]).await
            },
            async {
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                gate.add_permits(2);
            }
        );
        assert_eq!((first.unwrap(), second.unwrap(), third.unwrap()), (vec![2], vec![4, 6], vec![8]));
        assert_eq!(*batches.lock().unwrap(), [vec![1], vec![2, 3, 4]]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_fails_its_batch_fails_alone() {
        let (fold, _) = doubling(Arc::new(Semaphore::new(100)));
        let (good, bad, other) =
            tokio::join!(doubled(&fold, &[1]), doubled(&fold, &[7]), doubled(&fold, &[2]));
        assert_eq!((good.unwrap(), other.unwrap()), (vec![2], vec![4]));
        assert_eq!(bad.unwrap_err().as_wire().status, 409);
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_that_takes_long_does_not_hold_up_its_lane() {
        let gate = Arc::new(Semaphore::new(0));
        let (fold, batches) = doubling(Arc::clone(&gate));
        let (fold, slow) = (Arc::new(fold), Arc::new(tokio::sync::Notify::new()));
        let (first, other) = (Arc::clone(&fold), Arc::clone(&slow));
        let first = tokio::spawn(async move {
            other.notify_one();
            doubled(&first, &[1]).await
        });
        slow.notified().await;
        tokio::time::advance(PATIENCE * 2).await;
        let second = tokio::spawn(async move { doubled(&fold, &[2]).await });
        tokio::time::advance(PATIENCE * 2).await;
        gate.add_permits(2);
        assert_eq!(second.await.unwrap().unwrap(), [4]);
        assert_eq!(first.await.unwrap().unwrap(), [2]);
        assert_eq!(batches.lock().unwrap().len(), 2);
    }

    /// Numbers weigh as many mebibytes here.
    #[tokio::test(start_paused = true)]
    async fn what_waits_is_bounded_by_its_bytes() {
        let gate = Arc::new(Semaphore::new(0));
        let (fold, batches) = doubling(Arc::clone(&gate));
        let (first, second, third, refused, ()) = tokio::join!(
            doubled(&fold, &[1]),
            async {
                tokio::task::yield_now().await;
                doubled(&fold, &[8]).await
            },
            async {
                tokio::task::yield_now().await;
                doubled(&fold, &[56]).await
            },
            async {
                tokio::task::yield_now().await;
                doubled(&fold, &[1]).await
            },
            async {
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                gate.add_permits(3);
            }
        );
        assert_eq!((first.unwrap(), second.unwrap(), third.unwrap()), (vec![2], vec![16], vec![112]));
        assert_eq!(refused.unwrap_err().as_wire().status, 503, "64 MiB wait already");
        assert_eq!(*batches.lock().unwrap(), [vec![1], vec![8], vec![56]], "8 MiB fill a batch");
    }
}
