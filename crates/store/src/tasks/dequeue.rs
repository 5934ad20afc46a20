//! `POST /v1/tasks/dequeue`: takes and leases, for a batch of workers that ask for the same types.
//!
//! One statement. It walks the dispatchable jobs of each type in the order of rule 4 and, in each, the waiting tasks above the
//! job's low-water mark, until the batch is full; only the outer limit bounds the walk. Then it locks the chosen jobs, in id
//! order and with the gate checked again: a pause, cancel or end that came first takes them out, and one that comes later waits
//! for this commit. Only then does it take tasks, skipping those that somebody else holds (a task's own cancel).
//!
//! The statement's snapshot may be older than the rows it locked. What was taken meanwhile fails the second look and is passed over,
//! so a dequeue that met another one may come back with less, or nothing, although tasks are free; it then looks again.

use uuid::Uuid;
use windlass_domain::{Limits, TypeName, seconds};

use super::dequeue_keys::{self, Given};
use crate::input::Dequeue;
use crate::queue_limits::take_gates;
use crate::transaction::{Interrupt, Work, transact};
use crate::view::LeasedTask;
use crate::{Error, Store};

/// Looks in vain before an answer of nothing is given although something seemed free: by then it is held by somebody.
const LOOKS: usize = 20;

impl Store {
    /// Leases tasks to the workers of this batch, first come first served; answers in the order asked. Empty answers mean that no
    /// task was free.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for the whole batch; for a request [`Error::KeyReused`].
    pub async fn dequeue(
        &self,
        types: &[TypeName],
        requests: &[Dequeue],
    ) -> Result<Vec<Result<Given, Error>>, Error> {
        for request in requests {
            self.see_worker(&request.worker, types);
        }
        let names: Vec<String> = types.iter().map(TypeName::to_string).collect();
        let mut answers: Vec<Option<Result<Given, Error>>> = requests.iter().map(|_| None).collect();
        let mut vain = 0;
        while vain < LOOKS && answers.iter().any(Option::is_none) {
            let open: Vec<usize> = (0..requests.len()).filter(|at| answers[*at].is_none()).collect();
            let asking: Vec<Dequeue> = open.iter().map(|at| requests[*at].clone()).collect();
            // Made before the statement, so that leases whose commit nobody heard of can be found again.
            let tokens: Vec<Uuid> =
                asking.iter().flat_map(|request| (0..request.max_tasks).map(|_| Uuid::new_v4())).collect();
            let looked = transact!(self, work => give(&mut work, &names, &asking, &tokens).await).await;
            if let Err(Error::Unavailable(_)) = looked {
                self.give_back_unknown(tokens, keys_of(&asking));
            }
            let given = match looked {
                Ok(given) => given,

                // What was leased before is answered all the same, or nobody would know of it.
                Err(_) if answers.iter().any(Option::is_some) => break,
                Err(error) => return Err(error),
            };
            // Whoever got nothing looks again: what it was to get may have been taken meanwhile, or the answer was full.
            if given.iter().all(Option::is_none) {
                vain += 1;
                if self.free_types(types).await.is_ok_and(|free| free.is_empty()) {
                    break;
                }
            }
            for (at, given) in open.into_iter().zip(given) {
                answers[at] = given;
            }
        }
        Ok(answers.into_iter().map(|answer| answer.unwrap_or(Ok(Given::default()))).collect())
    }
}

/// What each request is given: `None` where nothing was left for it.
async fn give(
    work: &mut Work,
    types: &[String],
    requests: &[Dequeue],
    tokens: &[Uuid],
) -> Result<Vec<Option<Result<Given, Error>>>, Interrupt> {
    let mut answers = dequeue_keys::look_up(work, requests).await?;
    let asking: Vec<&Dequeue> = requests
        .iter()
        .zip(&answers)
        .filter(|(_, answer)| answer.is_none())
        .map(|(request, _)| request)
        .collect();
    if asking.is_empty() {
        return Ok(answers);
    }
    let given = deal(lease(work, types, &slots(&asking, tokens)).await?, &asking);
    dequeue_keys::keep(work, &asking, &given).await?;
    let mut given = given.into_iter();
    for answer in answers.iter_mut().filter(|answer| answer.is_none()) {
        let tasks = given.next().filter(|tasks| !tasks.is_empty());
        *answer = tasks.map(|tasks| Ok(Given { tasks, repeated: false }));
    }
    Ok(answers)
}

fn keys_of(requests: &[Dequeue]) -> Vec<String> {
    requests.iter().filter_map(|request| request.key.as_ref().map(|key| key.key.clone())).collect()
}

/// The leases to give, in order: token, worker, length (null: the job's).
struct Slots {
    tokens: Vec<Uuid>,
    workers: Vec<String>,
    lengths: Vec<Option<f64>>,
}

fn slots(requests: &[&Dequeue], tokens: &[Uuid]) -> Slots {
    let each = || requests.iter().flat_map(|request| std::iter::repeat_n(request, request.max_tasks));
    Slots {
        tokens: tokens.iter().copied().take(each().count()).collect(),
        workers: each().map(|request| request.worker.to_string()).collect(),
        lengths: each().map(|request| request.lease.map(seconds)).collect(),
    }
}

/// Deals the leased tasks out as the slots were made: by request, in order. A dequeue that was cut short filled the first slots.
fn deal(leased: Vec<LeasedTask>, requests: &[&Dequeue]) -> Vec<Vec<LeasedTask>> {
    let mut leased = leased.into_iter();
    requests.iter().map(|request| leased.by_ref().take(request.max_tasks).collect()).collect()
}

async fn lease(work: &mut Work, types: &[String], slots: &Slots) -> Result<Vec<LeasedTask>, Interrupt> {
    let shard = work.shard;
    let gates = take_gates(work, types).await?;
    work.note_limited(&gates.types);
    let limit = i64::try_from(slots.tokens.len()).expect("a batch is bounded far below 2^63");
    let leased = sqlx::query_file_as!(
        LeasedTask,
        "src/tasks/dequeue.sql",
        types,
        limit,
        &slots.tokens,
        &slots.workers,
        &slots.lengths as &[Option<f64>],
        i64::try_from(Limits::PAGE_BYTES).expect("8 MiB fit"),
        shard,
        &gates.types,
        &gates.rooms,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(leased)
}
