//! Folds requests that arrive while a batch commits into the next batch: one statement and one commit serve them all.
//!
//! There is no timer: an idle lane runs a request at once, a busy one gathers what comes meanwhile. Each answer is sent after
//! its batch has committed. When a batch fails as a whole its requests are run again one by one, so that one of them never fails
//! its neighbours. A batch that takes long (a row held by somebody else) does not hold up the lane: the next one starts beside it.
//!
//! What it deliberately does not do: know what it folds. How it fails: past [`QUEUE`] waiting requests it refuses with `overloaded`,
//! so memory stays bounded; a request that waits past the deadline is told that the database is not available.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::Instant;
use windlass_store::Error;

use crate::app::DATABASE_DEADLINE;
use crate::http::Problem;
use crate::telemetry;

/// Requests that wait at the most in one lane.
const QUEUE: usize = 10_000;
/// Items at which a batch takes no further request.
const BATCH: usize = 500;
/// How long a batch has its lane for itself.
const PATIENCE: Duration = Duration::from_millis(100);
/// Batches of a lane under way at the most; each holds a connection.
const ABREAST: usize = 4;

/// What became of a request's items, in its order.
type Outcomes<O> = Result<Vec<Result<O, Error>>, Error>;

/// Runs a batch of items and answers each, in order.
type Run<I, O> = Arc<dyn Fn(Arc<Vec<I>>) -> BoxFuture<'static, Outcomes<O>> + Send + Sync>;

/// A lane in which requests of one kind are folded; it ends when it is dropped.
pub(crate) struct Fold<I, O> {
    requests: mpsc::Sender<Request<I, O>>,
}

struct Request<I, O> {
    items: Vec<I>,
    answer: oneshot::Sender<Outcomes<O>>,
}

impl<I, O> Fold<I, O>
where
    I: Clone + Send + Sync + 'static,
    O: Send + 'static,
{
    /// A lane of this name whose batches are run by `run`.
    pub(crate) fn new(
        name: &'static str,
        run: impl Fn(Arc<Vec<I>>) -> BoxFuture<'static, Outcomes<O>> + Send + Sync + 'static,
    ) -> Self {
        let (requests, waiting) = mpsc::channel(QUEUE);
        telemetry::begin_lane(name);
        tokio::spawn(lane(name, waiting, Arc::new(run)));
        Self { requests }
    }

    /// Runs these items together with those of other requests; answers them in order.
    ///
    /// # Errors
    /// `overloaded` when too many wait; whatever failed the request as a whole.
    pub(crate) async fn submit(&self, items: Vec<I>) -> Result<Vec<Result<O, Error>>, Problem> {
        let (answer, answered) = oneshot::channel();
        self.requests.try_send(Request { items, answer }).map_err(|_| Problem::overloaded())?;
        match tokio::time::timeout(DATABASE_DEADLINE, answered).await {
            Ok(Ok(outcomes)) => Ok(outcomes?),
            // A batch that panicked took its answers with it; the log has the panic.
            Ok(Err(_)) => Err(Problem::internal()),
            Err(_) => Err(Problem::database_unavailable()),
        }
    }
}

async fn lane<I, O>(name: &'static str, mut waiting: mpsc::Receiver<Request<I, O>>, run: Run<I, O>)
where
    I: Clone + Send + Sync + 'static,
    O: Send + 'static,
{
    let abreast = Arc::new(Semaphore::new(ABREAST));
    loop {
        let place = Arc::clone(&abreast).acquire_owned().await.expect("the semaphore is never closed");
        let Some(first) = waiting.recv().await else { return };
        let mut batch = vec![first];
        let mut items = batch[0].items.len();
        while items < BATCH
            && let Ok(next) = waiting.try_recv()
        {
            items += next.items.len();
            batch.push(next);
        }
        let run = Arc::clone(&run);
        let mut running = tokio::spawn(async move {
            run_batch(name, batch, &run).await;
            drop(place);
        });
        // A panic is logged by its hook, and told to the requests by their dropped answers.
        let _done_or_late = tokio::time::timeout(PATIENCE, &mut running).await;
    }
}

async fn run_batch<I: Clone, O>(name: &'static str, batch: Vec<Request<I, O>>, run: &Run<I, O>) {
    let items: Arc<Vec<I>> =
        Arc::new(batch.iter().flat_map(|request| request.items.iter().cloned()).collect());
    let (count, began) = (items.len(), Instant::now());
    let ran = run(items).await;
    telemetry::count_batch(name, count, began.elapsed());
    match ran {
        Ok(outcomes) => deal(outcomes, batch),
        Err(error) => match <[Request<I, O>; 1]>::try_from(batch) {
            Ok([alone]) => drop(alone.answer.send(Err(error))),
            Err(batch) => {
                telemetry::count_replay(name);
                one_by_one(batch, run).await;
            }
        },
    }
}

fn deal<I, O>(outcomes: Vec<Result<O, Error>>, batch: Vec<Request<I, O>>) {
    let mut outcomes = outcomes.into_iter();
    for request in batch {
        let own = outcomes.by_ref().take(request.items.len()).collect();
        // Whoever asked may have gone; what its items hold then is dropped with them.
        drop(request.answer.send(Ok(own)));
    }
}

async fn one_by_one<I: Clone, O>(batch: Vec<Request<I, O>>, run: &Run<I, O>) {
    for request in batch {
        if request.answer.is_closed() {
            continue;
        }
        let outcomes = run(Arc::new(request.items.clone())).await;
        drop(request.answer.send(outcomes));
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
        let fold = Fold::new("test", move |items: Arc<Vec<u32>>| {
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
}
