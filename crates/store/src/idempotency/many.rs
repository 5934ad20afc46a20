//! Answers of many requests with keys, in one transaction.
//!
//! No lock of the database is taken for them: where two servers come with one key, the second waits at the key's row for the first one's commit, and its
//! transaction is run again. So the rows are written in the keys' order.

use std::collections::HashMap;

use super::cut::CutAnswer;
use super::key::{IdempotencyKey, StoredAnswer};
use crate::Error;
use crate::work::Work;

/// A stored answer without its request's texts.
pub(crate) struct Kept(CutAnswer);

impl Kept {
    /// The answer, with the `texts` of a request that has the same body.
    pub(crate) fn fill(self, texts: &[&str]) -> StoredAnswer {
        self.0.fill(texts).expect("a request with the same body has the same texts")
    }
}

/// What is stored under each of these keys, in their order: `None` if nothing is, an error where it belongs to another body.
pub(crate) async fn stored_answers(
    work: &mut Work,
    keys: &[&IdempotencyKey],
) -> Result<Vec<Option<Result<Kept, Error>>>, sqlx::Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        "SELECT k.scope, k.key, k.body_hash, k.location, k.response, k.cut_at, k.cut
         FROM unnest($1::text[], $2::text[]) AS asked (scope, key)
         CROSS JOIN LATERAL (SELECT * FROM idempotency_keys i WHERE i.scope = asked.scope AND i.key = asked.key LIMIT 1) k",
        &keys.iter().map(|key| key.scope.as_str()).collect::<Vec<_>>() as &[&str],
        &keys.iter().map(|key| key.key.as_str()).collect::<Vec<_>>() as &[&str],
    )
    .fetch_all(work.sql())
    .await?;
    let mut stored: HashMap<(String, String), _> = rows
        .into_iter()
        .map(|row| {
            let answer = StoredAnswer { location: row.location, body: row.response };
            let kept = Kept(CutAnswer { answer, at: row.cut_at, texts: row.cut });
            ((row.scope, row.key), (row.body_hash, kept))
        })
        .collect();
    let mut take = |key: &IdempotencyKey| {
        let (hash, kept) = stored.remove(&(key.scope.clone(), key.key.clone()))?;
        Some(if hash == key.body_hash { Ok(kept) } else { Err(Error::KeyReused) })
    };
    Ok(keys.iter().map(|key| take(key)).collect())
}

/// Stores answers for repeats, each without the texts of its request that it shows.
pub(crate) async fn store_answers(
    work: &mut Work,
    mut answers: Vec<(&IdempotencyKey, StoredAnswer, Vec<&str>)>,
) -> Result<(), sqlx::Error> {
    if answers.is_empty() {
        return Ok(());
    }
    answers.sort_by(|(one, ..), (other, ..)| (&one.scope, &one.key).cmp(&(&other.scope, &other.key)));
    let (keys, cut): (Vec<&IdempotencyKey>, Vec<CutAnswer>) =
        answers.into_iter().map(|(key, answer, texts)| (key, CutAnswer::of(answer, &texts))).unzip();
    // Lists in texts, since arrays of arrays must be rectangular.
    let list = |numbers: &[i32]| numbers.iter().map(i32::to_string).collect::<Vec<_>>().join(" ");
    let written = sqlx::query!(
        "INSERT INTO idempotency_keys (scope, key, body_hash, location, response, cut_at, cut, created_at)
         SELECT a.scope, a.key, a.body_hash, a.location, a.response, string_to_array(a.cut_at, ' ')::integer[],
                string_to_array(a.cut, ' ')::integer[], windlass_now()
         FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[])
             AS a (scope, key, body_hash, location, response, cut_at, cut)",
        &keys.iter().map(|key| key.scope.as_str()).collect::<Vec<_>>() as &[&str],
        &keys.iter().map(|key| key.key.as_str()).collect::<Vec<_>>() as &[&str],
        &keys.iter().map(|key| &key.body_hash[..]).collect::<Vec<_>>() as &[&[u8]],
        &cut.iter().map(|cut| cut.answer.location.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
        &cut.iter().map(|cut| cut.answer.body.as_str()).collect::<Vec<_>>() as &[&str],
        &cut.iter().map(|cut| list(&cut.at)).collect::<Vec<_>>(),
        &cut.iter().map(|cut| list(&cut.texts)).collect::<Vec<_>>(),
    )
    .execute(work.sql())
    .await?;
    assert_eq!(written.rows_affected(), keys.len() as u64, "each key is new");
    Ok(())
}
