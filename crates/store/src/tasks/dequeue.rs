//! `POST /v1/tasks/dequeue`: takes and leases, for a batch of workers that ask for the same types.
//!
//! One statement (`dequeue.template.sql`). It walks the dispatchable jobs of each type by priority and then by the position at which they opened, and in
//! each the waiting tasks above the job's low-water mark, until the batch is full; only the outer limit bounds the walk. Then it locks the
//! chosen jobs in id order and checks again that they are dispatchable: a pause, cancel or end that came first takes them out, and one that
//! comes later waits for this commit. Only then does it take tasks, skipping those that somebody else holds (a task's own cancel).
//!
//! The statement's snapshot may be older than the rows it locked. What was taken meanwhile fails the second look and is passed over.
//! So a dequeue that met another one may come back with less, or nothing, although tasks are free; it then looks again.
//!
//! Tasks that came back by a retry may be stale: their rows do not wait yet. They keep their position in line. Nothing behind their job is leased
//! before them, and a dequeue that leases nothing brings some of them back itself and looks again.
//!
//! While vacuum is held back (`upkeep/low_water.rs`) a variant of the statement is used that passes no dead rows. Always used, it would cost
//! 23 % more of Postgres' CPU time a cycle of one task, and 5 % in batches of 64. That idempotency keys are always in the statement costs
//! up to 3 %.

use std::collections::HashSet;

use uuid::Uuid;
use windlass_domain::{Limits, TypeName, seconds};

use super::dequeue_keys::{Granted, keys_of, look_up};
use super::free::Free;
use super::made::Made;
use crate::db::{Session, deadline};
use crate::events::Actor;
use crate::input::Dequeue;
use crate::queues::{Capacity, lock_limited};
use crate::upkeep::Spans;
use crate::view::LeasedTask;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// Looks in vain before an empty answer although something seemed free: by then it is held by somebody.
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
    ) -> Result<Vec<Result<Granted, Error>>, Error> {
        self.dequeue_of(Made::Anywhere, types, requests).await
    }

    /// The same for one type, of what was made by Jobnik's surface.
    ///
    /// # Errors
    /// As [`Store::dequeue`].
    pub async fn dequeue_of_jobnik(
        &self,
        type_name: &TypeName,
        requests: &[Dequeue],
    ) -> Result<Vec<Result<Granted, Error>>, Error> {
        self.dequeue_of(Made::ByJobnik, std::slice::from_ref(type_name), requests).await
    }

    async fn dequeue_of(
        &self,
        made: Made,
        types: &[TypeName],
        requests: &[Dequeue],
    ) -> Result<Vec<Result<Granted, Error>>, Error> {
        for request in requests {
            self.see_worker(&request.worker, types);
        }
        let names: Vec<String> = types.iter().map(TypeName::to_string).collect();
        let mut answers: Vec<Option<Result<Granted, Error>>> = requests.iter().map(|_| None).collect();
        let mut vain = 0;
        let mut in_line = true;
        while vain < LOOKS && answers.iter().any(Option::is_none) {
            let open = firsts_of_keys(requests, &answers);
            let asking: Vec<Dequeue> = open.iter().map(|at| requests[*at].clone()).collect();
            // Made before the statement, so that leases whose commit nobody heard of can be found again.
            let tokens: Vec<Uuid> =
                asking.iter().flat_map(|request| (0..request.max_tasks).map(|_| Uuid::new_v4())).collect();
            let looked = if vain == 0 && self.may_lease_at_once(&names) {
                self.lease_at_once(made, &names, &asking, &tokens).await
            } else {
                transact!(self, work => lease_in_transaction(&mut work, made, &names, &asking, &tokens, in_line).await).await
            };
            if let Err(Error::Unavailable(_)) = looked {
                self.release_unknown(tokens, keys_of(&asking.iter().collect::<Vec<_>>()));
            }
            let granted = match looked {
                Ok(granted) => granted,
                // What was leased before is answered all the same, or nobody would know of it.
                Err(_) if answers.iter().any(Option::is_some) => break,
                Err(error) => return Err(error),
            };
            // A request that got nothing looks again: what it was to get may have been taken meanwhile, or the answer was full.
            if granted.iter().all(Option::is_none) {
                let free = self.look_for_free(made, &names).await;
                if free.as_ref().is_ok_and(Vec::is_empty) {
                    break;
                }
                // Where nothing can be brought back, since somebody holds it, what is behind it is served.
                in_line = self.bring_back_for(&free.unwrap_or_default()).await;
                vain += usize::from(!in_line);
            }
            for (at, granted) in open.into_iter().zip(granted) {
                answers[at] = granted;
            }
        }
        Ok(answers.into_iter().map(|answer| answer.unwrap_or(Ok(Granted::default()))).collect())
    }
}

impl Store {
    /// Brings back stale tasks, of each type a bounded piece; whether there were any.
    async fn bring_back_for(&self, free: &[Free]) -> bool {
        let mut brought = false;
        for job in free.iter().filter_map(|free| free.stale) {
            brought |= self.bring_some_back(job).await.is_ok_and(|settled| settled.full);
        }
        brought
    }

    /// Whether one statement may be all that is needed: no limit is known.
    pub(super) fn may_lease_at_once(&self, types: &[String]) -> bool {
        !self.memory.limited_types.contains_any(types)
    }

    /// The statement alone, without a transaction around it: three round trips less. Where a limit is met that was not known, nothing is leased,
    /// and the next look finds it. A key that was used before is found by its row if the statement would write it again, and looked for if
    /// nothing was leased.
    async fn lease_at_once(
        &self,
        made: Made,
        types: &[String],
        requests: &[Dequeue],
        tokens: &[Uuid],
    ) -> Result<Vec<Option<Result<Granted, Error>>>, Error> {
        let asking: Vec<&Dequeue> = requests.iter().collect();
        let slots = slots(&asking, tokens);
        let leased = deadline(async {
            let mut connection = self.db.hot.take().await?;
            let walk = Walk {
                made,
                types,
                capacity: None,
                firsts: None,
                in_line: true,
                spans: self.memory.low_water.spans(types),
            };
            let leased = lease(connection.sql(), &walk, &slots, self.memory.shards.of_dequeues()).await?;
            self.db.hot.put_back(connection);
            Ok::<_, Error>(leased)
        });
        let leased = match leased.await {
            // Nothing was leased; in a transaction it is tried until it succeeds.
            Err(error) if error.is_conflict() => {
                return transact!(self, work => lease_in_transaction(&mut work, made, types, requests, tokens, true).await).await;
            }
            leased => leased?,
        };
        if !leased.is_empty() {
            self.observers.appended.notify_one();
        }
        let mut answers: Vec<Option<Result<Granted, Error>>> =
            deal(leased, &asking).into_iter().map(new_leases).collect();
        let open: Vec<usize> = (0..requests.len()).filter(|at| answers[*at].is_none()).collect();
        let empty: Vec<&Dequeue> = open.iter().map(|at| &requests[*at]).collect();
        if self.remembers(&empty).await? {
            let repeats: Vec<Dequeue> = empty.into_iter().cloned().collect();
            let known = transact!(self, work => Ok(look_up(&mut work, &repeats).await?)).await?;
            for (at, known) in open.into_iter().zip(known) {
                answers[at] = known;
            }
        }
        Ok(answers)
    }
}

/// The requests yet to be answered; of those with one key only the first, whose answer is then that of the others.
fn firsts_of_keys(requests: &[Dequeue], answers: &[Option<Result<Granted, Error>>]) -> Vec<usize> {
    let mut keys = HashSet::new();
    let open = (0..requests.len()).filter(|at| answers[*at].is_none());
    open.filter(|at| requests[*at].key.as_ref().is_none_or(|key| keys.insert(&key.key))).collect()
}

/// What each request gets: `None` where nothing was left for it.
async fn lease_in_transaction(
    work: &mut Work,
    made: Made,
    types: &[String],
    requests: &[Dequeue],
    tokens: &[Uuid],
    in_line: bool,
) -> Result<Vec<Option<Result<Granted, Error>>>, Interrupt> {
    let mut answers = look_up(work, requests).await?;
    let asking: Vec<&Dequeue> = requests
        .iter()
        .zip(&answers)
        .filter(|(_, answer)| answer.is_none())
        .map(|(request, _)| request)
        .collect();
    if asking.is_empty() {
        return Ok(answers);
    }
    let (shard, slots) = (work.effects.shard, slots(&asking, tokens));
    let capacity = lock_limited(work, types).await?;
    let spans = work.memory.low_water.spans(types);
    let walk = Walk { made, types, capacity: Some(capacity), firsts: None, in_line, spans };
    let granted = deal(lease(work.sql(), &walk, &slots, shard).await?, &asking);
    let mut granted = granted.into_iter();
    for answer in answers.iter_mut().filter(|answer| answer.is_none()) {
        *answer = granted.next().and_then(new_leases);
    }
    Ok(answers)
}

/// The answer that these leases are, if there are any.
fn new_leases(tasks: Vec<LeasedTask>) -> Option<Result<Granted, Error>> {
    (!tasks.is_empty()).then(|| Ok(Granted { tasks, repeated: false }))
}

/// Deals the leased tasks out as the slots were made: by request, in order. A dequeue that was cut short filled the first slots.
fn deal(leased: Vec<LeasedTask>, requests: &[&Dequeue]) -> Vec<Vec<LeasedTask>> {
    let mut leased = leased.into_iter();
    requests.iter().map(|request| leased.by_ref().take(request.max_tasks).collect()).collect()
}

/// The leases to make, in order: token, worker, who calls and by which key (nowhere if nobody has one), length (null: the job's), and the idempotency
/// key of the request with its hash, nowhere if there is none.
pub(super) struct Slots {
    tokens: Vec<Uuid>,
    workers: Vec<String>,
    actors: Vec<&'static str>,
    callers: Vec<Option<i32>>,
    lengths: Vec<Option<f64>>,
    keys: Vec<Option<String>>,
    hashes: Vec<Option<Vec<u8>>>,
}

/// The slots of these requests, with these tokens.
pub(super) fn slots(requests: &[&Dequeue], tokens: &[Uuid]) -> Slots {
    let each = || requests.iter().flat_map(|request| std::iter::repeat_n(request, request.max_tasks));
    let any_key = requests.iter().any(|request| request.caller.key.is_some());
    let keyed = requests.iter().any(|request| request.key.is_some());
    let keys = || each().map(|request| request.key.as_ref()).filter(|_| keyed);
    Slots {
        tokens: tokens.iter().copied().take(each().count()).collect(),
        workers: each().map(|request| request.worker.to_string()).collect(),
        actors: each().map(|request| Actor::Worker(request.caller).as_str()).collect(),
        callers: each().map(|request| request.caller.key).filter(|_| any_key).collect(),
        lengths: each().map(|request| request.lease.map(seconds)).collect(),
        keys: keys().map(|key| Some(key?.key.clone())).collect(),
        hashes: keys().map(|key| Some(key?.body_hash.to_vec())).collect(),
    }
}

/// Where tasks are looked for.
pub(super) struct Walk<'a> {
    pub(super) made: Made,
    pub(super) types: &'a [String],
    /// The capacity of the limited types, whose queue rows are locked; `None`: no limit was looked for.
    pub(super) capacity: Option<Capacity>,
    /// Each request asks for one type: how many slots come before those of each type of `capacity`, which is then as many as are wanted.
    pub(super) firsts: Option<&'a [i64]>,
    /// Nothing behind a job that has stale tasks.
    pub(super) in_line: bool,
    /// The parts of the line to walk while vacuum is held back.
    pub(super) spans: Option<Spans>,
}

/// Leases as the slots ask.
pub(super) async fn lease(
    connection: &mut Session,
    walk: &Walk<'_>,
    slots: &Slots,
    shard: i16,
) -> Result<Vec<LeasedTask>, sqlx::Error> {
    let limit = i64::try_from(slots.tokens.len()).expect("a batch is bounded far below 2^63");
    let no_capacity = Capacity::default();
    let capacity = walk.capacity.as_ref().unwrap_or(&no_capacity);
    // All variants take these, in this order; the file's name has to be a literal.
    macro_rules! statement {
        ($file:literal $(, $more:expr)*) => {
            sqlx::query_file_as!(
                LeasedTask,
                $file,
                walk.types,
                limit,
                &slots.tokens,
                &slots.workers,
                &slots.lengths as &[Option<f64>],
                Limits::PAGE_BYTES,
                shard,
                &capacity.types,
                &capacity.free,
                walk.capacity.is_some() && walk.firsts.is_none(),
                walk.in_line,
                &slots.keys as &[Option<String>],
                &slots.hashes as &[Option<Vec<u8>>],
                &slots.actors as &[&str],
                &slots.callers as &[Option<i32>],
                $($more,)*
            )
            .fetch_all(connection)
            .await
        };
    }
    match (&walk.spans, walk.firsts) {
        // While vacuum is held back as well: few look for these among others.
        _ if walk.made == Made::ByJobnik => statement!("src/tasks/dequeue_jobnik.sql"),
        (None, None) if walk.types.len() > 1 => statement!("src/tasks/dequeue_many.sql"),
        (None, None) => statement!("src/tasks/dequeue.sql"),
        (_, Some(firsts)) => statement!("src/tasks/dequeue_several.sql", firsts),
        (Some(spans), None) => statement!(
            "src/tasks/dequeue_held.sql",
            &spans.types,
            &spans.priorities,
            &spans.positions,
            &spans.last_priorities,
            &spans.behind_types,
            &spans.behind_priorities,
            &spans.behind_positions
        ),
    }
}
