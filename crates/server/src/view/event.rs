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
        flag: event.flag.as_deref().and_then(flag),
        reason: event.reason,
        attempt: event.attempt.map(values::small),
        worker_id: event.worker_id,
        actor: Some(event.actor),
        correlation_id: event.correlation_id,
        r#type: event.type_name,
        caller: event.caller,
        caller_id: event.caller_id,
        caller_name: event.caller_name,
        key_id: event.key_id,
        schedule: event.schedule,
        template: event.template,
        webhook_id: event.webhook_id,
    }
}

fn entity(word: &str) -> wire::Entity {
    match word {
        "pipeline" => wire::Entity::Pipeline,
        "job" => wire::Entity::Job,
        "queue" => wire::Entity::Queue,
        "key" => wire::Entity::Key,
        "schedule" => wire::Entity::Schedule,
        "template" => wire::Entity::Template,
        "outcome" => wire::Entity::Outcome,
        "webhook" => wire::Entity::Webhook,
        _ => wire::Entity::Task,
    }
}

fn flag(word: &str) -> Option<wire::Flag> {
    match word {
        "paused" => Some(wire::Flag::Paused),
        "resumed" => Some(wire::Flag::Resumed),
        "sealed" => Some(wire::Flag::Sealed),
        "priority" => Some(wire::Flag::Priority),
        "metadata" => Some(wire::Flag::Metadata),
        "deadline" => Some(wire::Flag::Deadline),
        "cancelling" => Some(wire::Flag::Cancelling),
        "max_running" => Some(wire::Flag::MaxRunning),
        "deleted" => Some(wire::Flag::Deleted),
        // One of a later version's, which servers of both may serve at once.
        _ => None,
    }
}
