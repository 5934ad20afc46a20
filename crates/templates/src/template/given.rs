//! What a call gives beside the template.

/// Parameters, and what is said instead of the template. Each is JSON as text; `None` is what the template says.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// An object; at most 256 KiB.
    pub parameters: &'a str,
    /// The pipeline's name.
    pub name: Option<&'a str>,
    /// Its priority.
    pub priority: Option<&'a str>,
    /// What it belongs to.
    pub correlation_id: Option<&'a str>,
    /// An object, merged over the template's as a merge patch (RFC 7396).
    pub metadata: Option<&'a str>,
    /// Whether it starts paused.
    pub paused: Option<&'a str>,
    /// When it is to end.
    pub deadline_at: Option<&'a str>,
}

impl Default for Given<'_> {
    /// No parameters, and all as the template says.
    fn default() -> Self {
        Self {
            parameters: "{}",
            name: None,
            priority: None,
            correlation_id: None,
            metadata: None,
            paused: None,
            deadline_at: None,
        }
    }
}

impl<'a> Given<'a> {
    /// What replaces the template's fields.
    pub(crate) fn instead(&self) -> [(&'static str, Option<&'a str>); 5] {
        [
            ("name", self.name),
            ("priority", self.priority),
            ("correlation_id", self.correlation_id),
            ("paused", self.paused),
            ("deadline_at", self.deadline_at),
        ]
    }
}
