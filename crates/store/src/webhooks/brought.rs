//! Events by their numbers, as lists of events show them: of those that webhooks are told.

use std::collections::HashMap;

use crate::db::Session;
use crate::events::EventCursor;
use crate::view::Event;

/// The events of these numbers; those that have gone are missing.
pub(super) async fn read_events(
    connection: &mut Session,
    numbers: &[i64],
    cursor: &(dyn Fn(i64) -> EventCursor + Sync),
) -> Result<HashMap<i64, Event>, sqlx::Error> {
    let rows = sqlx::query_file!("src/webhooks/events.sql", numbers).fetch_all(connection).await?;
    let events = rows.into_iter().map(|row| {
        let event = Event {
            id: cursor(row.number),
            at: row.at,
            entity: row.entity,
            pipeline_id: Some(row.pipeline_id).filter(|id| !id.is_nil()),
            job_id: row.job_id,
            task_id: row.task_id,
            from: row.from_state,
            to: row.to_state,
            flag: row.flag,
            reason: row.reason,
            attempt: row.attempt,
            worker_id: row.worker_id,
            actor: row.actor,
            correlation_id: row.correlation_id,
            type_name: row.type_name,
            caller: row.caller,
            caller_id: row.caller_id,
            caller_name: None,
            key_id: None,
            schedule: row.schedule,
            template: row.template,
            webhook_id: None,
        };
        (row.number, event)
    });
    Ok(events.collect())
}
