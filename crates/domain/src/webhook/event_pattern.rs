//! Which events a webhook wants, as it says it.

use super::happening::Happening;
use crate::Invalid;

/// One event, or a wildcard for some: `pipeline.failed`, `pipeline.*`, `*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EventPattern(String);

impl EventPattern {
    /// The most that one webhook names.
    pub const MOST: usize = 50;

    /// Checks that it is one of the list, or a wildcard.
    ///
    /// # Errors
    /// [`Invalid`] with what there is.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let pattern = Self(text.into());
        let is_wildcard =
            pattern.0 == "*" || Happening::SUBJECTS.iter().any(|subject| pattern.0 == format!("{subject}.*"));
        if is_wildcard || Happening::all().any(|one| one.to_string() == pattern.0) {
            return Ok(pattern);
        }
        let known: Vec<String> = Happening::all().map(|one| one.to_string()).collect();
        Err(Invalid(format!("must be one of *, pipeline.*, job.*, task.*, schedule.*, {}", known.join(", "))))
    }

    /// Whether it wants this.
    pub fn takes(&self, happening: Happening) -> bool {
        let (subject, what) = self.0.split_once('.').unwrap_or((&self.0, "*"));
        (subject == "*" || subject == happening.subject()) && (what == "*" || what == happening.what())
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(pattern: &str) -> usize {
        let pattern = EventPattern::parse(pattern).unwrap();
        Happening::all().filter(|one| pattern.takes(*one)).count()
    }

    #[test]
    fn a_wildcard_means_the_kinds_of_the_list() {
        assert_eq!(taken("*"), 25);
        assert_eq!(taken("pipeline.*"), 8);
        assert_eq!(taken("job.*"), 9);
        assert_eq!(taken("task.*"), 6);
        assert_eq!(taken("schedule.*"), 2);
        for one in Happening::all() {
            assert_eq!(taken(&one.to_string()), 1, "{one}");
        }
    }

    #[test]
    fn what_is_not_in_the_list_is_refused() {
        for wrong in [
            "",
            "pipeline",
            "pipeline.",
            ".failed",
            "*.failed",
            "*.*",
            "pipeline.f*",
            "Pipeline.failed",
            "pipeline.done",
            "task.pending",
            "task.skipped",
            "task.paused",
            "schedule.created",
            "schedule.paused",
            "queue.paused",
            "webhook.paused",
            "key.*",
            "pipeline.sealed",
            "windlass.test",
            "pipeline.failed ",
            "pipeline.failed.*",
        ] {
            let refused = EventPattern::parse(wrong).unwrap_err().to_string();
            assert!(refused.contains("schedule.missed"), "{wrong}: {refused}");
        }
    }
}
