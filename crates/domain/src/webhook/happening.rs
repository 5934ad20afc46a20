//! What of the audit webhooks can be told.

use crate::{JobState, PipelineState, TaskState};

/// Something that webhooks can be told: what it happened to, and what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Happening {
    subject: &'static str,
    what: &'static str,
}

impl Happening {
    /// What has states or is paused, without an event of its own for the rest.
    pub(super) const SUBJECTS: [&'static str; 4] = ["pipeline", "job", "task", "schedule"];

    /// Every one.
    pub fn all() -> impl Iterator<Item = Self> {
        let of = |subject: &'static str| move |what: &'static str| Self { subject, what };
        let flags = ["paused", "resumed"];
        let pipelines = PipelineState::ALL.map(PipelineState::as_str).into_iter().chain(flags);
        let jobs = JobState::ALL.map(JobState::as_str).into_iter().chain(flags);
        // A task is pending or skipped by its job's event.
        let tasks = TaskState::ALL.map(TaskState::as_str).into_iter();
        let tasks = tasks.filter(|state| !["pending", "skipped"].contains(state));
        let schedules = ["failed", "missed"].into_iter();
        pipelines
            .map(of("pipeline"))
            .chain(jobs.map(of("job")))
            .chain(tasks.map(of("task")))
            .chain(schedules.map(of("schedule")))
    }

    /// What an event of the audit tells: whose it is, to which state, and what changed beside that. Most tell nothing to webhooks.
    pub fn of(entity: &str, to: &str, flag: Option<&str>) -> Option<Self> {
        let what = match flag {
            None => to,
            Some(flag @ ("paused" | "resumed")) => flag,
            Some(_) => return None,
        };
        // Paused and resumed are no states, and of schedules they are none of the list.
        Self::all().find(|one| one.subject == entity && one.what == what)
    }

    /// What it happened to: `pipeline`, `job`, `task` or `schedule`.
    pub const fn subject(self) -> &'static str {
        self.subject
    }

    /// What happened.
    pub const fn what(self) -> &'static str {
        self.what
    }

    /// Whether something has failed.
    pub fn is_failure(self) -> bool {
        self.what == "failed"
    }
}

impl std::fmt::Display for Happening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.subject, self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_the_contracts() {
        let all: Vec<String> = Happening::all().map(|one| one.to_string()).collect();
        let expected = "pipeline.pending pipeline.running pipeline.succeeded pipeline.partial pipeline.failed pipeline.cancelled \
            pipeline.paused pipeline.resumed job.pending job.queued job.running job.succeeded job.failed job.cancelled job.skipped \
            job.paused job.resumed task.scheduled task.queued task.running task.succeeded task.failed task.cancelled \
            schedule.failed schedule.missed";
        let (mut all, mut expected) = (all, expected.split_whitespace().collect::<Vec<_>>());
        all.sort_unstable();
        expected.sort_unstable();
        assert_eq!(all, expected);
    }

    #[test]
    fn an_event_of_the_audit_tells_its_state_or_its_pause() {
        for (entity, to, flag, told) in [
            ("pipeline", "failed", None, Some("pipeline.failed")),
            ("pipeline", "running", Some("paused"), Some("pipeline.paused")),
            ("job", "queued", Some("resumed"), Some("job.resumed")),
            ("job", "queued", Some("sealed"), None),
            ("pipeline", "failed", Some("deleted"), None),
            ("pipeline", "running", Some("cancelling"), None),
            ("task", "running", None, Some("task.running")),
            ("schedule", "missed", None, Some("schedule.missed")),
            ("schedule", "paused", Some("paused"), None),
            ("schedule", "created", None, None),
            ("queue", "open", Some("paused"), None),
            ("key", "created", None, None),
            ("webhook", "paused", Some("paused"), None),
            ("outcome", "failed", None, None),
        ] {
            let found = Happening::of(entity, to, flag).map(|one| one.to_string());
            assert_eq!(found.as_deref(), told, "{entity} {to} {flag:?}");
        }
    }
}
