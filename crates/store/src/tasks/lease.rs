//! The statement that leases, in the variation that is needed.

use std::sync::LazyLock;

use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;
use windlass_domain::{Limits, seconds};

use crate::input::Dequeue;
use crate::queues::Capacity;
use crate::upkeep::Spans;
use crate::variations::{DEQUEUE_HELD, DEQUEUE_KEYED};
use crate::view::LeasedTask;

/// The leases to give, in order: token, worker, length (null: the job's), and the key of the request with its hash, nowhere if there is none.
pub(super) struct Slots {
    pub(super) tokens: Vec<Uuid>,
    workers: Vec<String>,
    lengths: Vec<Option<f64>>,
    keys: Vec<Option<String>>,
    hashes: Vec<Option<Vec<u8>>>,
}

/// The slots of these requests, with these tokens.
pub(super) fn slots(requests: &[&Dequeue], tokens: &[Uuid]) -> Slots {
    let each = || requests.iter().flat_map(|request| std::iter::repeat_n(request, request.max_tasks));
    let keyed = requests.iter().any(|request| request.key.is_some());
    let keys = || each().map(|request| request.key.as_ref()).filter(|_| keyed);
    Slots {
        tokens: tokens.iter().copied().take(each().count()).collect(),
        workers: each().map(|request| request.worker.to_string()).collect(),
        lengths: each().map(|request| request.lease.map(seconds)).collect(),
        keys: keys().map(|key| Some(key?.key.clone())).collect(),
        hashes: keys().map(|key| Some(key?.body_hash.to_vec())).collect(),
    }
}

/// Where tasks are looked for.
pub(super) struct Walk<'a> {
    pub(super) types: &'a [String],
    /// The capacity of the limited types, whose queue rows are locked; `None`: no limit was looked for.
    pub(super) capacity: Option<Capacity>,
    /// Nothing behind a job of which tasks are left over.
    pub(super) in_line: bool,
    /// The parts of the line to walk while vacuum is held back.
    pub(super) spans: Option<Spans>,
}

/// Leases as the slots ask.
pub(super) async fn lease(
    connection: &mut PgConnection,
    walk: &Walk<'_>,
    slots: &Slots,
    shard: i16,
) -> Result<Vec<LeasedTask>, sqlx::Error> {
    let limit = i64::try_from(slots.tokens.len()).expect("a batch is bounded far below 2^63");
    let bytes = i64::try_from(Limits::PAGE_BYTES).expect("8 MiB fit");
    let no_capacity = Capacity::default();
    let capacity = walk.capacity.as_ref().unwrap_or(&no_capacity);
    let variation: &LazyLock<String> = match (slots.keys.is_empty(), &walk.spans) {
        (true, None) => {
            return sqlx::query_file_as!(
                LeasedTask,
                "src/tasks/dequeue.sql",
                walk.types,
                limit,
                &slots.tokens,
                &slots.workers,
                &slots.lengths as &[Option<f64>],
                bytes,
                shard,
                &capacity.types,
                &capacity.free,
                walk.capacity.is_some(),
                walk.in_line,
            )
            .fetch_all(connection)
            .await;
        }
        (false, None) => &DEQUEUE_KEYED,
        (_, Some(_)) => &DEQUEUE_HELD,
    };
    // A variation that names fewer parameters is sent them all the same.
    let no_spans = Spans::default();
    let spans = walk.spans.as_ref().unwrap_or(&no_spans);
    sqlx::query_as(AssertSqlSafe(variation.as_str()))
        .bind(walk.types)
        .bind(limit)
        .bind(&slots.tokens)
        .bind(&slots.workers)
        .bind(&slots.lengths)
        .bind(bytes)
        .bind(shard)
        .bind(&capacity.types)
        .bind(&capacity.free)
        .bind(walk.capacity.is_some())
        .bind(walk.in_line)
        .bind(&slots.keys)
        .bind(&slots.hashes)
        .bind(&spans.types)
        .bind(&spans.priorities)
        .bind(&spans.positions)
        .bind(&spans.last_priorities)
        .bind(&spans.behind_types)
        .bind(&spans.behind_priorities)
        .bind(&spans.behind_positions)
        .fetch_all(connection)
        .await
}
