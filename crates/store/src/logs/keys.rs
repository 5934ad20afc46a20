//! `Idempotency-Key` on log calls: their answers, stored with what they did.
//!
//! A second call with a key waits in process for the first. Where both came to two servers, the later one meets the first one's row, and its transaction is
//! run again.

use std::collections::HashMap;

use crate::Error;
use crate::idempotency::{IdempotencyKey, StoredAnswer};
use crate::work::Work;

/// What is stored under each of these keys, in their order: `None` if nothing is, an error where it belongs to another body.
pub(super) async fn stored(
    work: &mut Work,
    keys: &[Option<&IdempotencyKey>],
) -> Result<Vec<Option<Result<StoredAnswer, Error>>>, sqlx::Error> {
    let given: Vec<&IdempotencyKey> = keys.iter().copied().flatten().collect();
    if given.is_empty() {
        return Ok(keys.iter().map(|_| None).collect());
    }
    let rows = sqlx::query!(
        "SELECT k.scope, k.key, k.body_hash, k.response
         FROM unnest($1::text[], $2::text[]) AS asked (scope, key)
         CROSS JOIN LATERAL (SELECT * FROM log_keys l WHERE l.scope = asked.scope AND l.key = asked.key LIMIT 1) k",
        &given.iter().map(|key| key.scope.as_str()).collect::<Vec<_>>() as &[&str],
        &given.iter().map(|key| key.key.as_str()).collect::<Vec<_>>() as &[&str],
    )
    .fetch_all(work.sql())
    .await?;
    let known: HashMap<(String, String), (Vec<u8>, String)> =
        rows.into_iter().map(|row| ((row.scope, row.key), (row.body_hash, row.response))).collect();
    let answer = |key: &IdempotencyKey| {
        let (hash, body) = known.get(&(key.scope.clone(), key.key.clone()))?;
        let answer = StoredAnswer { location: None, body: body.clone() };
        Some(if *hash == key.body_hash { Ok(answer) } else { Err(Error::KeyReused) })
    };
    Ok(keys.iter().map(|key| key.and_then(answer)).collect())
}

/// Stores answers for repeats, in the order of their keys.
pub(super) async fn store(
    work: &mut Work,
    mut answers: Vec<(&IdempotencyKey, String)>,
) -> Result<(), sqlx::Error> {
    if answers.is_empty() {
        return Ok(());
    }
    answers.sort_by(|(one, _), (other, _)| (&one.scope, &one.key).cmp(&(&other.scope, &other.key)));
    let written = sqlx::query!(
        "INSERT INTO log_keys (scope, key, body_hash, response, created_at)
         SELECT scope, key, body_hash, response, windlass_now()
         FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[]) AS a (scope, key, body_hash, response)",
        &answers.iter().map(|(key, _)| key.scope.as_str()).collect::<Vec<_>>() as &[&str],
        &answers.iter().map(|(key, _)| key.key.as_str()).collect::<Vec<_>>() as &[&str],
        &answers.iter().map(|(key, _)| &key.body_hash[..]).collect::<Vec<_>>() as &[&[u8]],
        &answers.iter().map(|(_, answer)| answer.as_str()).collect::<Vec<_>>() as &[&str],
    )
    .execute(work.sql())
    .await?;
    assert_eq!(written.rows_affected(), answers.len() as u64, "each key is new");
    Ok(())
}
