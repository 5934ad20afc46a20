//! `Idempotency-Key` on a dequeue: a repeat gets the leases of the first that still live.
//!
//! The statement that leases writes the key's row. An answer without tasks does not use a key up. Of two requests with one key at once, the later
//! one loses the race for that row, is rolled back, and finds the row when it is run again.

use uuid::Uuid;

use crate::db::deadline;
use crate::input::Dequeue;
use crate::view::LeasedTask;
use crate::work::{Work, transact};
use crate::{Error, Store};

/// What a dequeue has leased.
#[derive(Debug, Clone, Default)]
pub struct Granted {
    /// The leases; none when nothing was free.
    pub tasks: Vec<LeasedTask>,
    /// They are those of an earlier request with the same key that still live: nothing else will come.
    pub repeated: bool,
}

impl Store {
    /// What an earlier dequeue with the key of this one was answered, as far as those leases still live; leases nothing.
    ///
    /// # Errors
    /// [`Error::KeyReused`] if its body was another; [`Error::Unavailable`].
    pub async fn dequeued_before(&self, request: &Dequeue) -> Result<Granted, Error> {
        if !self.remembers(&[request]).await? {
            return Ok(Granted::default());
        }
        let requests = [request.clone()];
        let known = transact!(self, work => Ok(look_up(&mut work, &requests).await?)).await?;
        known.into_iter().flatten().next().unwrap_or_else(|| Ok(Granted::default()))
    }

    /// Whether one of the requests may be a repeat.
    pub(super) async fn remembers(&self, requests: &[&Dequeue]) -> Result<bool, Error> {
        let keys = keys_of(requests);
        if keys.is_empty() {
            return Ok(false);
        }
        let known = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM dequeue_keys WHERE key = ANY($1)) AS "known!""#,
            &keys,
        );
        Ok(deadline(known.fetch_one(&self.db.pool)).await?)
    }
}

/// The keys of those requests that have one.
pub(super) fn keys_of(requests: &[&Dequeue]) -> Vec<String> {
    requests.iter().filter_map(|request| request.key.as_ref()).map(|key| key.key.clone()).collect()
}

/// What was leased under these keys before, in the order asked: `None` for a request without a key, or with a new one; an error where the key was
/// used with another body. From now on the leases are the repeat's.
pub(super) async fn look_up(
    work: &mut Work,
    requests: &[Dequeue],
) -> Result<Vec<Option<Result<Granted, Error>>>, sqlx::Error> {
    let keys = keys_of(&requests.iter().collect::<Vec<_>>());
    if keys.is_empty() {
        return Ok(requests.iter().map(|_| None).collect());
    }
    let known = sqlx::query!(
        "UPDATE dequeue_keys SET repeated = true
         WHERE key = ANY(ARRAY(SELECT key FROM dequeue_keys WHERE key = ANY($1) ORDER BY key FOR UPDATE))
         RETURNING key, body_hash, task_ids, tokens",
        &keys,
    )
    .fetch_all(work.sql())
    .await?;
    let mut answers = Vec::with_capacity(requests.len());
    for request in requests {
        let stored = request
            .key
            .as_ref()
            .and_then(|key| Some((key, known.iter().find(|stored| stored.key == key.key)?)));
        answers.push(match stored {
            Some((key, stored)) if stored.body_hash == key.body_hash => Some(Ok(Granted {
                tasks: live(work, &stored.task_ids, &stored.tokens).await?,
                repeated: true,
            })),
            Some(_) => Some(Err(Error::KeyReused)),
            None => None,
        });
    }
    Ok(answers)
}

async fn live(work: &mut Work, tasks: &[Uuid], tokens: &[Uuid]) -> Result<Vec<LeasedTask>, sqlx::Error> {
    sqlx::query_as!(
        LeasedTask,
        r#"SELECT t.id, j.type AS type_name, j.id AS job_id, j.key AS job_key, p.id AS pipeline_id, p.name AS pipeline_name,
                  t.attempt, t.max_attempts,
                  CASE WHEN t.payload_from_job THEN s.payload ELSE b.payload END AS payload, s.payload AS job_payload,
                  b.metadata AS "metadata?", k.checkpoint AS "checkpoint?", l.token AS lease_token, l.expires_at AS lease_expires_at, s.timeout_seconds,
                  p.correlation_id, p.traceparent, p.tracestate, NULL::timestamptz AS created_at, j.run AS job_run, l.started_at AS leased_at,
                  NULL::timestamptz AS waiting_since
           FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS leased (task_id, token, at)
           CROSS JOIN LATERAL (
               SELECT * FROM leases WHERE task_id = leased.task_id AND token = leased.token OFFSET 0
           ) l
           JOIN tasks t ON t.id = l.task_id
           JOIN jobs j ON j.id = t.job_id
           JOIN job_specs s ON s.job_id = j.id
           JOIN pipelines p ON p.id = j.pipeline_id
           LEFT JOIN task_payloads b ON b.task_id = t.id
           LEFT JOIN task_checkpoints k ON k.task_id = t.id AND k.run >= j.all_again_run
           ORDER BY leased.at"#,
        tasks,
        tokens,
    )
    .fetch_all(work.sql())
    .await
}
