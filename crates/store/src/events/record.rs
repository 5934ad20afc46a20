//! Events, as a transaction collects them.

use uuid::Uuid;

use crate::caller::Caller;

/// Who changed a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor {
    /// A caller as producer or operator.
    Caller(Caller),
    /// A caller as worker, by its dequeue or report.
    Worker(Caller),
    /// The server itself: sweeper, promoter, or the consequence of another change.
    Server,
}

impl Actor {
    /// The word of the public JSON and of the store.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Caller(_) => "client",
            Self::Worker(_) => "worker",
            Self::Server => "server",
        }
    }

    /// The number of the caller's key; `None`: it needed none, or nobody called.
    pub(crate) fn key(self) -> Option<i32> {
        match self {
            Self::Caller(caller) | Self::Worker(caller) => caller.key,
            Self::Server => None,
        }
    }

    /// The number of the caller's own name; `None`: none was said.
    pub(crate) fn name(self) -> Option<i32> {
        match self {
            Self::Caller(caller) | Self::Worker(caller) => caller.name,
            Self::Server => None,
        }
    }
}

/// One change of a state.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) pipeline_id: Uuid,
    pub(crate) job_id: Option<Uuid>,
    pub(crate) task_id: Option<Uuid>,
    pub(crate) from: Option<&'static str>,
    pub(crate) to: &'static str,
    pub(crate) flag: Option<&'static str>,
    pub(crate) reason: Option<String>,
    pub(crate) attempt: Option<i32>,
    pub(crate) worker_id: Option<String>,
    pub(crate) actor: Actor,
    pub(crate) correlation_id: Option<String>,
    /// The type: of the queue that changed, which belongs to no pipeline; of a job, on the events of its creation and of its ends, which is what
    /// readers have of one that was deleted.
    pub(crate) type_name: Option<String>,
    /// The key that it is about, which belongs to no pipeline.
    pub(crate) key_id: Option<Uuid>,
    /// The name of the schedule that it is about, which belongs to no pipeline.
    pub(crate) schedule: Option<String>,
    /// The template that it is of.
    pub(crate) template: Option<String>,
}

impl Event {
    /// A pipeline's change.
    pub(crate) fn pipeline(id: Uuid, from: Option<&'static str>, to: &'static str, actor: Actor) -> Self {
        Self {
            pipeline_id: id,
            job_id: None,
            task_id: None,
            from,
            to,
            flag: None,
            reason: None,
            attempt: None,
            worker_id: None,
            actor,
            correlation_id: None,
            type_name: None,
            key_id: None,
            schedule: None,
            template: None,
        }
    }

    /// A job's change.
    pub(crate) fn job(
        pipeline: Uuid,
        id: Uuid,
        from: Option<&'static str>,
        to: &'static str,
        actor: Actor,
    ) -> Self {
        Self { job_id: Some(id), ..Self::pipeline(pipeline, from, to, actor) }
    }

    /// The same with the job's type.
    pub(crate) fn of_type(self, type_name: &str) -> Self {
        Self { type_name: Some(type_name.to_owned()), ..self }
    }

    /// What people changed of a queue. It has no states: it is always open.
    pub(crate) fn queue(type_name: &str, flag: &'static str, actor: Actor) -> Self {
        Self::pipeline(Uuid::nil(), Some("open"), "open", actor).of_type(type_name).flagged(flag)
    }

    /// What became of a key: `created`, `rotated` or `revoked`.
    pub(crate) fn key(id: Uuid, to: &'static str, actor: Actor) -> Self {
        Self { key_id: Some(id), ..Self::pipeline(Uuid::nil(), None, to, actor) }
    }

    /// What became of a schedule or of one of its runs: `created`, `deleted`, `failed`, `missed`.
    pub(crate) fn schedule(name: &str, from: Option<&'static str>, to: &'static str, actor: Actor) -> Self {
        Self { schedule: Some(name.to_owned()), ..Self::pipeline(Uuid::nil(), from, to, actor) }
    }

    /// A schedule was paused or resumed.
    pub(crate) fn schedule_paused(name: &str, paused: bool, actor: Actor) -> Self {
        let flag = if paused { "paused" } else { "resumed" };
        Self::schedule(name, Some(flag), flag, actor).flagged(flag)
    }

    /// What happened to a template, which has no states.
    pub(crate) fn template(name: &str, to: &'static str, actor: Actor) -> Self {
        Self { template: Some(name.to_owned()), ..Self::pipeline(Uuid::nil(), None, to, actor) }
    }

    /// All outcomes of a subject were removed; it is not named.
    pub(crate) fn outcomes_removed(actor: Actor) -> Self {
        Self::pipeline(Uuid::nil(), None, "removed", actor)
    }

    /// The same as a change beside the state.
    pub(crate) fn flagged(self, flag: &'static str) -> Self {
        Self { flag: Some(flag), ..self }
    }

    /// The same with a reason.
    pub(crate) fn because(self, reason: Option<String>) -> Self {
        Self { reason, ..self }
    }

    /// What its state changed of.
    pub(crate) fn entity(&self) -> &'static str {
        match (self.job_id, self.task_id) {
            (None, _) if self.key_id.is_some() => "key",
            (None, _) if self.type_name.is_some() => "queue",
            (None, _) if self.schedule.is_some() => "schedule",
            (None, _) if self.template.is_some() => "template",
            (None, _) if self.pipeline_id.is_nil() => "outcome",
            (None, _) => "pipeline",
            (Some(_), None) => "job",
            (Some(_), Some(_)) => "task",
        }
    }
}
