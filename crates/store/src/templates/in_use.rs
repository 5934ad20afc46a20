//! What uses a template, so that it cannot be deleted.

use crate::work::Work;

/// What uses the template whose row this transaction holds, for people; `None`: nothing does.
pub(super) async fn in_use(work: &mut Work, name: &str) -> Result<Option<String>, sqlx::Error> {
    let schedule = sqlx::query_scalar!(
        "SELECT name FROM schedules WHERE template = $1 ORDER BY template, name LIMIT 1",
        name
    )
    .fetch_optional(work.sql())
    .await?;
    Ok(schedule.map(|schedule| format!("the schedule {schedule}")))
}
