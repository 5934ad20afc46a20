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

use crate::input::Dequeue;
use crate::queue_limits::take_gates;
use crate::transaction::{Interrupt, Work, transact};
use crate::view::LeasedTask;
use crate::{Error, Store};

/// Looks at most before an answer of nothing is given although something seemed free: by then it is held by somebody.
const LOOKS: usize = 20;

impl Store {
    /// Leases tasks to the workers of this batch, first come first served; answers in the order asked. Empty answers mean that no
    /// task was free.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn dequeue(
        &self,
        types: &[TypeName],
        requests: &[Dequeue],
    ) -> Result<Vec<Vec<LeasedTask>>, Error> {
        for request in requests {
            self.see_worker(&request.worker, types);
        }
        let types: Vec<String> = types.iter().map(TypeName::to_string).collect();
        for _ in 0..LOOKS {
            let slots = slots(requests);
            let leased = transact!(self, work => lease(&mut work, &types, &slots).await).await?;
            if !leased.is_empty() || !self.has_free_task(&types).await? {
                return Ok(deal(leased, requests));
            }
        }
        Ok(vec![Vec::new(); requests.len()])
    }

    /// Whether a task of these types seems free.
    async fn has_free_task(&self, types: &[String]) -> Result<bool, Error> {
        let free = sqlx::query_scalar!(
            r#"SELECT EXISTS (
                 SELECT FROM queues q
                 CROSS JOIN LATERAL (
                     SELECT FROM jobs j
                     CROSS JOIN LATERAL (
                         SELECT FROM tasks t
                         WHERE t.job_id = j.id AND t.state = 'queued' AND t.position > j.head
                         ORDER BY t.position LIMIT 1
                     ) t
                     WHERE j.type = q.type AND j.dispatchable
                     ORDER BY j.priority, j.opened_position LIMIT 1
                 ) free
                 WHERE q.type = ANY($1) AND NOT q.paused AND (q.max_running IS NULL OR q.max_running > (
                     SELECT coalesce(sum(c.running), 0) FROM queue_counts c WHERE c.type = q.type
                 ))
             ) AS "free!""#,
            types,
        );
        crate::transaction::deadline(async { Ok(free.fetch_one(&self.pool).await?) }).await
    }
}

/// The leases to give, in order: token, worker, length (null: the job's).
struct Slots {
    tokens: Vec<Uuid>,
    workers: Vec<String>,
    lengths: Vec<Option<f64>>,
}

fn slots(requests: &[Dequeue]) -> Slots {
    let each = || requests.iter().flat_map(|request| std::iter::repeat_n(request, request.max_tasks));
    Slots {
        tokens: each().map(|_| Uuid::new_v4()).collect(),
        workers: each().map(|request| request.worker.to_string()).collect(),
        lengths: each().map(|request| request.lease.map(seconds)).collect(),
    }
}

/// Deals the leased tasks out as the slots were made: by request, in order. A dequeue that was cut short filled the first slots.
fn deal(leased: Vec<LeasedTask>, requests: &[Dequeue]) -> Vec<Vec<LeasedTask>> {
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
