//! What workers say of their attempts: checked values.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;
use windlass_domain::{AllowedTypes, Category, Directive, JobKey, Json, Message, Verb};

use crate::caller::Caller;
use crate::input::{Checkpoint, NewTask};
use crate::logs::{LogLine, NewLines};
use crate::outcomes::NewOutcome;

/// What a worker says of an attempt's end.
#[derive(Debug, Clone)]
pub enum Report {
    /// It succeeded.
    Complete(Complete),
    /// It failed.
    Fail(Fail),
    /// It is released.
    Release(Release),
}

impl Report {
    /// Bytes of JSON that it carries.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Complete(report) => report.bytes(),
            Self::Fail(report) => report.bytes(),
            Self::Release(report) => report.checkpoint.bytes() + bytes_of(&report.lines),
        }
    }

    /// Tasks that it adds.
    pub fn added_tasks(&self) -> usize {
        match self {
            Self::Complete(report) => report.added(),
            Self::Fail(_) | Self::Release(_) => 0,
        }
    }

    /// What became of the items that its task handled.
    pub fn outcomes(&self) -> &[NewOutcome] {
        match self {
            Self::Complete(report) => &report.outcomes,
            Self::Fail(report) => &report.outcomes,
            Self::Release(_) => &[],
        }
    }

    /// Lines of log that it brings.
    pub fn lines(&self) -> &[LogLine] {
        match self {
            Self::Complete(report) => &report.lines,
            Self::Fail(report) => &report.lines,
            Self::Release(report) => &report.lines,
        }
    }

    /// The lines, if there are any, as they are added to the log.
    pub(super) fn new_lines(&self) -> Option<NewLines<'_>> {
        let lines = self.lines();
        (!lines.is_empty()).then(|| NewLines { task: self.task(), token: self.token(), lines })
    }

    pub(crate) fn task(&self) -> Uuid {
        match self {
            Self::Complete(report) => report.id,
            Self::Fail(report) => report.id,
            Self::Release(report) => report.id,
        }
    }

    pub(crate) fn token(&self) -> Uuid {
        match self {
            Self::Complete(report) => report.token,
            Self::Fail(report) => report.token,
            Self::Release(report) => report.token,
        }
    }

    pub(crate) fn caller(&self) -> Caller {
        match self {
            Self::Complete(report) => report.caller,
            Self::Fail(report) => report.caller,
            Self::Release(report) => report.caller,
        }
    }

    pub(crate) fn verb(&self) -> Verb {
        match self {
            Self::Complete(_) => Verb::Complete,
            Self::Fail(_) => Verb::Fail,
            Self::Release(_) => Verb::Release,
        }
    }

    /// What it says of the task's checkpoint; a completion drops it without saying so.
    pub(super) fn checkpoint(&self) -> Option<&Checkpoint> {
        let checkpoint = match self {
            Self::Complete(_) => return None,
            Self::Fail(report) => &report.checkpoint,
            Self::Release(report) => &report.checkpoint,
        };
        checkpoint.is_said().then_some(checkpoint)
    }

    /// Whether it carries more than ends its attempt, so that more than one statement writes it.
    pub(super) fn carries_more(&self) -> bool {
        self.checkpoint().is_some() || !self.lines().is_empty()
    }

    pub(crate) fn adds_tasks(&self) -> bool {
        matches!(self, Self::Complete(report) if !report.add_tasks.is_empty())
    }
}

impl From<Complete> for Report {
    fn from(report: Complete) -> Self {
        Self::Complete(report)
    }
}

impl From<Fail> for Report {
    fn from(report: Fail) -> Self {
        Self::Fail(report)
    }
}

impl From<Release> for Report {
    fn from(report: Release) -> Self {
        Self::Release(report)
    }
}

/// A completion.
#[derive(Debug, Clone)]
pub struct Complete {
    /// Who reports.
    pub caller: Caller,
    /// The task.
    pub id: Uuid,
    /// The lease's token.
    pub token: Uuid,
    /// `None` is null.
    pub result: Option<Json>,
    /// An object of numbers.
    pub metrics: Option<Json>,
    /// What it led to.
    pub add_tasks: Vec<AddTasks>,
    /// What became of the items that it handled.
    pub outcomes: Vec<NewOutcome>,
    /// The types that it may add tasks of; `None`: any.
    pub types: Option<Arc<AllowedTypes>>,
    /// Its last words.
    pub lines: Vec<LogLine>,
}

impl Complete {
    pub(super) fn added(&self) -> usize {
        self.add_tasks.iter().map(|add| add.tasks.len()).sum()
    }

    fn bytes(&self) -> usize {
        let tasks = self.add_tasks.iter().flat_map(|add| &add.tasks);
        length(self.result.as_ref())
            + length(self.metrics.as_ref())
            + bytes_of(&self.lines)
            + tasks.map(|task| length(task.payload.as_ref()) + length(task.metadata.as_ref())).sum::<usize>()
            + self.outcomes.iter().map(NewOutcome::bytes).sum::<usize>()
    }
}

/// Tasks that a completion adds to a job of its pipeline.
#[derive(Debug, Clone)]
pub struct AddTasks {
    /// The job's key.
    pub job: JobKey,
    /// The tasks.
    pub tasks: Vec<NewTask>,
    /// Whether these are the last.
    pub seal: bool,
}

/// A failure report.
#[derive(Debug, Clone)]
pub struct Fail {
    /// Who reports.
    pub caller: Caller,
    /// The task.
    pub id: Uuid,
    /// The lease's token.
    pub token: Uuid,
    /// What went wrong.
    pub error: TaskError,
    /// What the worker asks for.
    pub directive: Directive,
    /// An object of numbers.
    pub metrics: Option<Json>,
    /// What became of the items that it handled.
    pub outcomes: Vec<NewOutcome>,
    /// What becomes of the checkpoint.
    pub checkpoint: Checkpoint,
    /// Its last words.
    pub lines: Vec<LogLine>,
}

impl Fail {
    fn bytes(&self) -> usize {
        length(self.error.detail.as_ref())
            + length(self.metrics.as_ref())
            + self.outcomes.iter().map(NewOutcome::bytes).sum::<usize>()
            + self.checkpoint.bytes()
            + bytes_of(&self.lines)
    }
}

/// An error as a worker reports it.
#[derive(Debug, Clone)]
pub struct TaskError {
    /// Its kind.
    pub category: Category,
    /// Words for people.
    pub message: Message,
    /// Any JSON.
    pub detail: Option<Json>,
}

/// A lease that its worker releases.
#[derive(Debug, Clone)]
pub struct Release {
    /// Who reports.
    pub caller: Caller,
    /// The task.
    pub id: Uuid,
    /// The lease's token.
    pub token: Uuid,
    /// How long it waits before it may be dequeued again.
    pub delay: Duration,
    /// What becomes of the checkpoint.
    pub checkpoint: Checkpoint,
    /// Its last words.
    pub lines: Vec<LogLine>,
}

fn bytes_of(lines: &[LogLine]) -> usize {
    lines.iter().map(LogLine::bytes).sum()
}

fn length(json: Option<&Json>) -> usize {
    json.map_or(0, |json| json.as_str().len())
}
