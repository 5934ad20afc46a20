//! The rows of pieces.
//!
//! Looks at what is there say from when and until when: of the partitions, those of the days to come are then not looked at. The hours before and after are
//! for clocks that were turned.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::line::{AttemptKey, Logged};
use super::plan::{Attempt, Base, Newest, Piece};
use crate::db::Session;

/// A piece that was stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) task: Uuid,
    pub(super) token: Uuid,
    pub(super) number: i64,
    pub(super) received_at: DateTime<Utc>,
}

/// Locks the leases of these attempts; returns those that are current.
pub(super) async fn lock_leases(
    connection: &mut Session,
    keys: &BTreeSet<AttemptKey>,
) -> Result<BTreeSet<AttemptKey>, sqlx::Error> {
    let (tasks, tokens): (Vec<Uuid>, Vec<Uuid>) = keys.iter().copied().unzip();
    let rows = sqlx::query!(
        "SELECT l.task_id, l.token
         FROM (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS a (id, token) ORDER BY id) a
         CROSS JOIN LATERAL (SELECT task_id, token FROM leases WHERE task_id = a.id AND token = a.token FOR NO KEY UPDATE) l",
        &tasks,
        &tokens,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.task_id, row.token)).collect())
}

/// What is known of these attempts; those whose lease is not current are left out.
pub(super) async fn read_attempts(
    connection: &mut Session,
    keys: &BTreeSet<AttemptKey>,
) -> Result<BTreeMap<AttemptKey, Attempt>, sqlx::Error> {
    let (tasks, tokens): (Vec<Uuid>, Vec<Uuid>) = keys.iter().copied().unzip();
    let rows = sqlx::query!(
        r#"SELECT l.task_id, l.token, l.attempt, l.since AS "since!", p.number AS "number?", p.token = l.token AS "own?", p.bytes AS "bytes?",
                  p.dropped AS "dropped?", p.received_at AS "received_at?"
           FROM unnest($1::uuid[], $2::uuid[]) AS a (id, token)
           CROSS JOIN LATERAL (
               -- The clock may have been turned back since.
               SELECT task_id, token, attempt, started_at - interval '1 hour' AS since FROM leases
               WHERE task_id = a.id AND token = a.token OFFSET 0
           ) l
           LEFT JOIN LATERAL (
               SELECT number, token, bytes, dropped, received_at FROM task_log
               WHERE task_id = l.task_id AND received_at > l.since AND received_at <= windlass_now() + interval '1 hour' ORDER BY number DESC LIMIT 1
           ) p ON true"#,
        &tasks,
        &tokens,
    )
    .fetch_all(connection)
    .await?;
    let attempts = rows.into_iter().map(|row| {
        let known = Known {
            own: row.own,
            number: row.number,
            bytes: row.bytes,
            dropped: row.dropped,
            received_at: row.received_at,
        };
        ((row.task_id, row.token), known.attempt(row.attempt, row.since))
    });
    Ok(attempts.collect())
}

/// What is known of these attempts now, whose leases may have ended since they were read.
pub(super) async fn read_again(
    connection: &mut Session,
    attempts: &BTreeMap<AttemptKey, Attempt>,
) -> Result<BTreeMap<AttemptKey, Attempt>, sqlx::Error> {
    let (tasks, tokens): (Vec<Uuid>, Vec<Uuid>) = attempts.keys().copied().unzip();
    let rows = sqlx::query!(
        r#"SELECT a.task_id AS "task_id!", a.token AS "token!", p.number AS "number?", p.token = a.token AS "own?", p.bytes AS "bytes?",
                  p.dropped AS "dropped?", p.received_at AS "received_at?"
           FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS a (task_id, token, since)
           LEFT JOIN LATERAL (
               SELECT number, token, bytes, dropped, received_at FROM task_log
               WHERE task_id = a.task_id AND received_at > a.since AND received_at <= windlass_now() + interval '1 hour' ORDER BY number DESC LIMIT 1
           ) p ON true"#,
        &tasks,
        &tokens,
        &attempts.values().map(|attempt| attempt.since).collect::<Vec<_>>(),
    )
    .fetch_all(connection)
    .await?;
    let again = rows.into_iter().filter_map(|row| {
        let key = (row.task_id, row.token);
        let before = attempts.get(&key)?;
        let known = Known {
            own: row.own,
            number: row.number,
            bytes: row.bytes,
            dropped: row.dropped,
            received_at: row.received_at,
        };
        Some((key, known.attempt(before.number, before.since)))
    });
    Ok(again.collect())
}

/// The newest piece of a task, if there is one, and whether it is of the attempt that was asked for.
struct Known {
    own: Option<bool>,
    number: Option<i64>,
    bytes: Option<i64>,
    dropped: Option<i64>,
    received_at: Option<DateTime<Utc>>,
}

impl Known {
    fn attempt(self, number: i32, since: DateTime<Utc>) -> Attempt {
        let own = self.own == Some(true);
        let full = self.dropped.is_some_and(|dropped| dropped > 0);
        let newest = match (own, self.number, self.received_at) {
            (true, Some(number), Some(received_at)) => Newest::Stored { number, received_at },
            _ => Newest::None,
        };
        Attempt {
            number,
            since,
            base: self.number.map(|number| (number, full)),
            bytes: self.bytes.filter(|_| own).unwrap_or_default(),
            full: own && full,
            newest,
            logged: Logged::default(),
            dropped_more: 0,
        }
    }
}

/// Stores pieces; returns where each is, in their order.
pub(super) async fn insert(connection: &mut Session, pieces: &[Piece]) -> Result<Vec<Place>, sqlx::Error> {
    if pieces.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = sqlx::query!(
        "INSERT INTO task_log (task_id, number, token, attempt, received_at, level, bytes, dropped, content)
         SELECT task_id, nextval('task_log_numbers'), token, attempt, windlass_now(), level, bytes, dropped, content
         FROM (
             SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::smallint[], $5::bigint[], $6::bigint[], $7::text[])
                 WITH ORDINALITY AS p (task_id, token, attempt, level, bytes, dropped, content, slot)
             ORDER BY slot
         ) piece
         RETURNING number, received_at",
        &pieces.iter().map(|piece| piece.task).collect::<Vec<_>>(),
        &pieces.iter().map(|piece| piece.token).collect::<Vec<_>>(),
        &pieces.iter().map(|piece| piece.attempt).collect::<Vec<_>>(),
        &pieces.iter().map(|piece| piece.level).collect::<Vec<_>>(),
        &pieces.iter().map(|piece| piece.bytes).collect::<Vec<_>>(),
        &pieces.iter().map(|piece| piece.dropped).collect::<Vec<_>>(),
        &pieces.iter().map(|piece| piece.content.as_str()).collect::<Vec<_>>() as &[&str],
    )
    .fetch_all(connection)
    .await?;
    assert_eq!(rows.len(), pieces.len(), "every piece is stored");
    rows.sort_unstable_by_key(|row| row.number);
    let place = |(piece, row): (&Piece, _)| {
        let (number, received_at): (i64, DateTime<Utc>) = row;
        Place { task: piece.task, token: piece.token, number, received_at }
    };
    Ok(pieces.iter().zip(rows.into_iter().map(|row| (row.number, row.received_at))).map(place).collect())
}

/// Stores those of the pieces whose attempts are current, and whose tasks have none; returns where each is, in their order, and of each attempt that has
/// them its number, and since when its pieces are.
pub(super) async fn insert_first(
    connection: &mut Session,
    pieces: &[Piece],
) -> Result<(Vec<Place>, BTreeMap<AttemptKey, (i32, DateTime<Utc>)>), sqlx::Error> {
    let rows = sqlx::query!(
        r#"WITH piece AS MATERIALIZED (
               SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::bigint[], $5::bigint[], $6::text[])
                   WITH ORDINALITY AS p (task_id, token, level, bytes, dropped, content, slot)
           ), first AS MATERIALIZED (
               SELECT l.*
               FROM (SELECT DISTINCT task_id, token FROM piece) a
               CROSS JOIN LATERAL (
                   -- The clock may have been turned back since.
                   SELECT task_id, token, attempt, started_at - interval '1 hour' AS since FROM leases
                   WHERE task_id = a.task_id AND token = a.token OFFSET 0
               ) l
               LEFT JOIN LATERAL (
                   SELECT number FROM task_log WHERE task_id = l.task_id AND received_at > l.since AND received_at <= windlass_now() + interval '1 hour' ORDER BY number DESC LIMIT 1
               ) before ON true
               WHERE before.number IS NULL
           ), placed AS (
               INSERT INTO task_log (task_id, number, token, attempt, received_at, level, bytes, dropped, content)
               SELECT task_id, nextval('task_log_numbers'), token, attempt, windlass_now(), level, bytes, dropped, content
               FROM (
                   SELECT p.*, f.attempt FROM piece p JOIN first f ON f.task_id = p.task_id AND f.token = p.token ORDER BY p.slot
               ) piece
               RETURNING task_id, token, number, received_at
           )
           SELECT f.task_id, f.token, f.attempt, f.since AS "since!", p.number, p.received_at
           FROM placed p JOIN first f ON f.task_id = p.task_id AND f.token = p.token
           ORDER BY p.number"#,
        &pieces.iter().map(|piece| piece.task).collect::<Vec<_>>(),
        &pieces.iter().map(|piece| piece.token).collect::<Vec<_>>(),
        &pieces.iter().map(|piece| piece.level).collect::<Vec<_>>(),
        &pieces.iter().map(|piece| piece.bytes).collect::<Vec<_>>(),
        &pieces.iter().map(|piece| piece.dropped).collect::<Vec<_>>(),
        &pieces.iter().map(|piece| piece.content.as_str()).collect::<Vec<_>>() as &[&str],
    )
    .fetch_all(connection)
    .await?;
    let mut first = BTreeMap::new();
    let places = rows.into_iter().map(|row| {
        first.insert((row.task_id, row.token), (row.attempt, row.since));
        Place { task: row.task_id, token: row.token, number: row.number, received_at: row.received_at }
    });
    Ok((places.collect(), first))
}

/// Removes pieces that nobody else has seen.
pub(super) async fn remove(connection: &mut Session, places: &[Place]) -> Result<(), sqlx::Error> {
    let mut of_time: BTreeMap<DateTime<Utc>, Vec<&Place>> = BTreeMap::new();
    for place in places {
        of_time.entry(place.received_at).or_default().push(place);
    }
    for (received_at, places) in of_time {
        // One time, of one statement: its partition alone is looked at.
        let removed = sqlx::query!(
            "DELETE FROM task_log
             WHERE (task_id, number) IN (SELECT * FROM unnest($1::uuid[], $2::bigint[])) AND received_at = $3",
            &places.iter().map(|place| place.task).collect::<Vec<_>>(),
            &places.iter().map(|place| place.number).collect::<Vec<_>>(),
            received_at,
        )
        .execute(&mut *connection)
        .await?;
        assert_eq!(removed.rows_affected(), places.len() as u64, "what this transaction has stored is there");
    }
    Ok(())
}

/// The newest piece of each of these attempts' tasks, but for `own` ones; where there is none, nothing.
pub(super) async fn read_bases(
    connection: &mut Session,
    attempts: &[(Uuid, DateTime<Utc>)],
    own: &[i64],
) -> Result<BTreeMap<Uuid, Base>, sqlx::Error> {
    let (tasks, since): (Vec<Uuid>, Vec<DateTime<Utc>>) = attempts.iter().copied().unzip();
    let rows = sqlx::query!(
        r#"SELECT a.task_id AS "task_id!", p.number, p.dropped > 0 AS "full!"
           FROM unnest($1::uuid[], $2::timestamptz[]) AS a (task_id, since)
           CROSS JOIN LATERAL (
               SELECT number, dropped FROM task_log
               WHERE task_id = a.task_id AND received_at > a.since AND received_at <= windlass_now() + interval '1 hour' AND number <> ALL($3) ORDER BY number DESC LIMIT 1
           ) p"#,
        &tasks,
        &since,
        own,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.task_id, (row.number, row.full))).collect())
}

/// Counts lines that were dropped behind a stored piece.
pub(super) async fn count_dropped(
    connection: &mut Session,
    task: Uuid,
    (number, received_at): (i64, DateTime<Utc>),
    dropped: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE task_log SET dropped = dropped + $4 WHERE task_id = $1 AND number = $2 AND received_at = $3",
        task,
        number,
        received_at,
        dropped,
    )
    .execute(connection)
    .await
    .map(drop)
}
