//! Writes down attempts that failed for good.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::error_text;

use crate::db::Session;

/// An attempt that failed for good.
pub(crate) struct NewFailure<'a> {
    pub(crate) task_id: Uuid,
    pub(crate) attempt: i32,
    pub(crate) job_id: Uuid,
    pub(crate) type_name: &'a str,
    pub(crate) category: &'a str,
    pub(crate) message: &'a str,
    /// When its task ended.
    pub(crate) failed_at: DateTime<Utc>,
}

/// Writes these failures, whose jobs the transaction holds, in their order; a later one is the newer.
pub(crate) async fn record_failures(
    connection: &mut Session,
    failures: &[NewFailure<'_>],
) -> Result<(), sqlx::Error> {
    if failures.is_empty() {
        return Ok(());
    }
    let column = |of: fn(&NewFailure<'_>) -> Uuid| failures.iter().map(of).collect::<Vec<Uuid>>();
    let texts: Vec<String> = failures.iter().map(|failure| error_text(failure.message)).collect();
    sqlx::query_file!(
        "src/failures/record.sql",
        &column(|failure| failure.task_id),
        &failures.iter().map(|failure| failure.attempt).collect::<Vec<_>>(),
        &column(|failure| failure.job_id),
        &failures.iter().map(|failure| failure.type_name).collect::<Vec<_>>() as &[&str],
        &failures.iter().map(|failure| failure.category).collect::<Vec<_>>() as &[&str],
        &failures.iter().map(|failure| failure.message).collect::<Vec<_>>() as &[&str],
        &texts,
        &failures.iter().map(|failure| failure.failed_at).collect::<Vec<_>>(),
    )
    .execute(connection)
    .await?;
    Ok(())
}
