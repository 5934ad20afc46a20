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
}

impl Resource {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Pipeline, Self::Job, Self::Task, Self::Queue];

    /// Its word, in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pipeline => "pipeline",
            Self::Job => "job",
            Self::Task => "task",
            Self::Queue => "queue",
        }
    }
}

impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
