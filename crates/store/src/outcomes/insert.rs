//! Writes outcomes: whose they are, the numbers that they get, and their rows.

use std::collections::HashMap;

use uuid::Uuid;
use windlass_domain::{Json, Remark, VersionLabel};

use super::new_outcome::NewOutcome;
use crate::db::Session;

/// Who records: a lease, with what is shown of it and its job.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    pub(crate) pipeline_id: Uuid,
    pub(crate) job_id: Uuid,
    pub(crate) task_id: Uuid,
    attempt: i32,
    type_name: String,
    worker_id: String,
}

/// Who holds these leases, by task and token; those that are not current are left out. Nothing is locked.
pub(crate) async fn read_holders(
    connection: &mut Session,
    leases: &[(Uuid, Uuid)],
) -> Result<HashMap<(Uuid, Uuid), Holder>, sqlx::Error> {
    let (tasks, tokens): (Vec<Uuid>, Vec<Uuid>) = leases.iter().copied().unzip();
    let rows = sqlx::query!(
        r#"SELECT l.task_id AS "task_id!", l.token AS "token!", l.attempt AS "attempt!", l.type AS "type!", l.worker_id AS "worker_id!",
                  j.id AS "job_id!", j.pipeline_id AS "pipeline_id!"
           FROM unnest($1::uuid[], $2::uuid[]) AS r (id, token)
           CROSS JOIN LATERAL (SELECT * FROM leases WHERE task_id = r.id AND token = r.token OFFSET 0) l
           CROSS JOIN LATERAL (
               SELECT id, pipeline_id FROM jobs WHERE id >= l.job_id AND id <= l.job_id ORDER BY id DESC LIMIT 1
           ) j"#,
        &tasks,
        &tokens,
    )
    .fetch_all(connection)
    .await?;
    let holders = rows.into_iter().map(|row| {
        let holder = Holder {
            pipeline_id: row.pipeline_id,
            job_id: row.job_id,
            task_id: row.task_id,
            attempt: row.attempt,
            type_name: row.r#type,
            worker_id: row.worker_id,
        };
        ((row.task_id, row.token), holder)
    });
    Ok(holders.collect())
}

/// Inserts outcomes of these holders; returns the numbers of each one's, in the order of the call.
pub(crate) async fn insert_outcomes(
    connection: &mut Session,
    recorded: &[(&Holder, &[NewOutcome])],
) -> Result<Vec<Vec<i64>>, sqlx::Error> {
    let outcomes: Vec<(i64, &NewOutcome)> = (1..)
        .zip(recorded)
        .flat_map(|(place, (_, outcomes))| outcomes.iter().map(move |one| (place, one)))
        .collect();
    let mut numbers = draw_numbers(connection, outcomes.len()).await?;
    numbers.sort_unstable();
    insert_rows(connection, recorded, &outcomes, &numbers).await?;
    let mut rest = numbers.into_iter();
    Ok(recorded.iter().map(|(_, outcomes)| rest.by_ref().take(outcomes.len()).collect()).collect())
}

async fn draw_numbers(connection: &mut Session, count: usize) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT array_agg(nextval('outcome_numbers')) AS "numbers!" FROM generate_series(1, $1::bigint)"#,
        i64::try_from(count).unwrap_or(i64::MAX),
    )
    .fetch_one(connection)
    .await
}

async fn insert_rows(
    connection: &mut Session,
    recorded: &[(&Holder, &[NewOutcome])],
    outcomes: &[(i64, &NewOutcome)],
    numbers: &[i64],
) -> Result<(), sqlx::Error> {
    let text = |value: fn(&NewOutcome) -> &str| -> Vec<&str> {
        outcomes.iter().map(|(_, one)| value(one)).collect()
    };
    let maybe = |value: fn(&NewOutcome) -> Option<&str>| -> Vec<Option<&str>> {
        outcomes.iter().map(|(_, one)| value(one)).collect()
    };
    let id = |value: fn(&Holder) -> Uuid| -> Vec<Uuid> {
        recorded.iter().map(|(holder, _)| value(holder)).collect()
    };
    sqlx::query!(
        "INSERT INTO outcomes (
             number, at, pipeline_id, job_id, task_id, attempt, type, worker_id, subject, kind, disposition, reason, version, detail
         )
         SELECT o.number, windlass_now(), h.pipeline_id, h.job_id, h.task_id, h.attempt, h.type, h.worker_id,
                o.subject, o.kind, o.disposition, o.reason, o.version, o.detail
         FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
             AS o (number, holder, subject, kind, disposition, reason, version, detail)
         JOIN unnest($9::uuid[], $10::uuid[], $11::uuid[], $12::integer[], $13::text[], $14::text[]) WITH ORDINALITY
             AS h (pipeline_id, job_id, task_id, attempt, type, worker_id, place) ON h.place = o.holder",
        numbers,
        &outcomes.iter().map(|(place, _)| *place).collect::<Vec<_>>(),
        &text(|one| one.subject.as_str()) as &[&str],
        &text(|one| one.kind.as_str()) as &[&str],
        &text(|one| one.disposition.as_str()) as &[&str],
        &maybe(|one| one.reason.as_ref().map(Remark::as_str)) as &[Option<&str>],
        &maybe(|one| one.version.as_ref().map(VersionLabel::as_str)) as &[Option<&str>],
        &maybe(|one| one.detail.as_ref().map(Json::as_str)) as &[Option<&str>],
        &id(|holder| holder.pipeline_id),
        &id(|holder| holder.job_id),
        &id(|holder| holder.task_id),
        &recorded.iter().map(|(holder, _)| holder.attempt).collect::<Vec<_>>(),
        &recorded.iter().map(|(holder, _)| holder.type_name.as_str()).collect::<Vec<_>>() as &[&str],
        &recorded.iter().map(|(holder, _)| holder.worker_id.as_str()).collect::<Vec<_>>() as &[&str],
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes what this transaction has inserted for a task.
pub(crate) async fn remove_inserted_outcomes(
    connection: &mut Session,
    task: Uuid,
    numbers: &[i64],
) -> Result<(), sqlx::Error> {
    let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else { return Ok(()) };
    let removed = sqlx::query!(
        // One walk along the index. Between these numbers this transaction has no other rows, and those of others have other writers.
        "DELETE FROM outcomes
         WHERE task_id = $1 AND number >= $2 AND number <= $3 AND xmin = pg_current_xact_id()::xid
           AND at > windlass_now() - interval '1 day'",
        task,
        first,
        last,
    )
    .execute(connection)
    .await?
    .rows_affected();
    assert_eq!(removed, numbers.len() as u64, "what this transaction has inserted is there");
    Ok(())
}
