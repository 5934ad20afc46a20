//! Gathers what belongs to events, and makes bodies of it.

use uuid::Uuid;
use windlass_domain::WebhookFormat;
use windlass_store::{Error, SkimmedEvent, Store, Subjects, SubjectsAsked};

use super::body::{Parts, body};

/// What belongs to these events; the events themselves as well.
pub(super) async fn gather(store: &Store, events: &[&SkimmedEvent]) -> Result<Subjects, Error> {
    let mut asked = SubjectsAsked {
        events: events.iter().map(|event| event.number).collect(),
        ..SubjectsAsked::default()
    };
    for event in events {
        if let Some(schedule) = &event.schedule {
            asked.schedules.push(schedule.clone());
            continue;
        }
        asked.pipelines.push(event.pipeline_id);
        asked.jobs.extend(event.job_id);
        asked.tasks.extend(event.task_id);
        if event.happening.is_failure() {
            asked.failed.push(event.task_id.or(event.job_id).unwrap_or(event.pipeline_id));
        }
    }
    for ids in [&mut asked.pipelines, &mut asked.jobs, &mut asked.tasks, &mut asked.failed] {
        ids.sort_unstable();
        ids.dedup();
    }
    store.subjects_of_events(&asked).await
}

/// The body of a delivery of this event; `None`: the event has gone.
pub(super) fn make(
    format: WebhookFormat,
    skimmed: &SkimmedEvent,
    subjects: &Subjects,
    delivery: Uuid,
    public_url: Option<&str>,
) -> Option<String> {
    let event = subjects.events.get(&skimmed.number)?;
    let parts = Parts { happening: skimmed.happening, event, skimmed, subjects, delivery, public_url };
    Some(body(format, &parts))
}

/// The body of a delivery that had none, of the event of this number; `None`: the event has gone.
///
/// # Errors
/// What the store fails with.
pub(crate) async fn body_of(
    store: &Store,
    format: WebhookFormat,
    event: i64,
    delivery: Uuid,
    public_url: Option<&str>,
) -> Result<Option<String>, Error> {
    let Some(skimmed) = store.skimmed_event(event).await? else { return Ok(None) };
    let subjects = gather(store, &[&skimmed]).await?;
    Ok(make(format, &skimmed, &subjects, delivery, public_url))
}
