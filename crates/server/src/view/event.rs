//! An event as the contract shows it.

use windlass_store as store;
use windlass_wire as wire;

use super::values;

/// An event.
pub(crate) fn event(event: store::Event) -> wire::Event {
    wire::Event {
        id: event.id.to_string(),
        at: event.at,
        entity: entity(&event.entity),
        pipeline_id: event.pipeline_id,
        job_id: event.job_id,
        task_id: event.task_id,
        from: event.from,
        to: event.to,
        flag: event.flag.as_deref().map(flag),
        reason: event.reason,
        attempt: event.attempt.map(values::small),
        worker_id: event.worker_id,
        actor: Some(event.actor),
        correlation_id: event.correlation_id,
        r#type: event.type_name,
    }
}

fn entity(word: &str) -> wire::Entity {
    match word {
        "pipeline" => wire::Entity::Pipeline,
        "job" => wire::Entity::Job,
        "queue" => wire::Entity::Queue,
        _ => wire::Entity::Task,
    }
}

fn flag(word: &str) -> wire::Flag {
    if word == "paused" { wire::Flag::Paused } else { wire::Flag::Resumed }
}
