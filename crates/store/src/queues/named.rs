//! Makes the queues of types that jobs name.

use std::collections::BTreeSet;

use crate::work::Work;

/// Makes those of these types that have none. The shared lock of their classes is held until the commit, so that no prune (`prune.rs`)
/// removes them before the jobs can be seen. The locks are 64, however many types there are.
pub(crate) async fn name_types<'a>(
    work: &mut Work,
    types: impl Iterator<Item = &'a str>,
) -> Result<(), sqlx::Error> {
    let types: BTreeSet<&str> = types.collect();
    sqlx::query!(
        "WITH held AS MATERIALIZED (
             SELECT count(pg_advisory_xact_lock_shared(CASE current_schema() WHEN 'public' THEN 1466524263 ELSE hashtext(current_schema()) END, class)::text)
             FROM (SELECT DISTINCT hashtext(type) & 63 AS class FROM unnest($1::text[]) AS named (type)) classes
         )
         INSERT INTO queues (type) SELECT unnest($1::text[]) FROM held ON CONFLICT DO NOTHING",
        &types.into_iter().collect::<Vec<_>>() as &[&str],
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
