//! The kinds of resources, each with its word.

/// A kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// A pipeline.
    Pipeline,
    /// A job.
    Job,
    /// A task.
    Task,
    /// A queue.
    Queue,
    /// A key.
    Key,
    /// A schedule.
    Schedule,
    /// A template.
    Template,
    /// A webhook.
    Webhook,
    /// A delivery of a webhook.
    Delivery,
}

impl Resource {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Pipeline,
        Self::Job,
        Self::Task,
        Self::Queue,
        Self::Key,
        Self::Template,
        Self::Schedule,
        Self::Webhook,
        Self::Delivery,
    ];

    /// Its word, in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pipeline => "pipeline",
            Self::Job => "job",
            Self::Task => "task",
            Self::Queue => "queue",
            Self::Key => "key",
            Self::Schedule => "schedule",
            Self::Template => "template",
            Self::Webhook => "webhook",
            Self::Delivery => "delivery",
        }
    }
}

impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
