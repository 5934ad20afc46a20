//! Numbers of the audit at which a webhook's periods begin and end.

use crate::work::Work;
use crate::{Error, Store};

/// The last number of the audit that was drawn, as a statement of its own sees it now.
pub(super) async fn last_drawn(store: &Store) -> Result<i64, Error> {
    let drawn = sqlx::query_scalar!(
        r#"SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS "number!" FROM event_numbers"#
    );
    Ok(drawn.fetch_one(&store.db.pool).await?)
}

/// A number such that whatever commits from now on has a higher one: those who had drawn up to it have ended.
pub(super) async fn beginning(store: &Store) -> Result<i64, Error> {
    let drawn = last_drawn(store).await?;
    store.outwait_writers().await?;
    Ok(drawn)
}

/// Begins a period behind this number, and has the audit read from there if nobody waits for what is before. It holds the reader's row from
/// here on.
pub(super) async fn begin_period(
    work: &mut Work,
    webhook: uuid::Uuid,
    begins_after: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT position FROM webhook_reader FOR NO KEY UPDATE").fetch_one(work.sql()).await?;
    // A statement of its own: it sees what the last holder of that row has done.
    sqlx::query!(
        "UPDATE webhook_reader r SET position = greatest(r.position, $1)
         WHERE NOT EXISTS (SELECT FROM webhook_periods p WHERE p.ends_at IS NULL OR p.ends_at > r.position)",
        begins_after,
    )
    .execute(work.sql())
    .await?;
    // One that is open goes on: its pause was not carried to its end.
    sqlx::query!(
        "INSERT INTO webhook_periods (webhook_id, begins_after)
         SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM webhook_periods WHERE webhook_id = $1 AND ends_at IS NULL)
         ON CONFLICT (webhook_id, begins_after) DO UPDATE SET ends_at = NULL",
        webhook,
        begins_after,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
