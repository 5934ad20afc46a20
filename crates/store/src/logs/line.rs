//! Lines, as they come, as they are shown, and what became of them.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{Json, LogLevel, TaskState};

use crate::Error;
use crate::resource::Resource;

/// A line to be stored. Its texts are harmless, and within their bounds.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// How grave it is.
    pub level: LogLevel,
    /// The worker's own time; `None`: the server's.
    pub at: Option<DateTime<Utc>>,
    /// Words for people.
    pub message: String,
    /// An object; `None` is the empty one.
    pub fields: Option<Json>,
}

impl LogLine {
    /// Bytes that it uses of those of its attempt.
    pub fn bytes(&self) -> usize {
        self.message.len() + self.fields.as_ref().map_or(0, |fields| fields.as_str().len())
    }
}

/// What became of the lines of one task in one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Logged {
    /// Lines that were stored.
    pub accepted: usize,
    /// Lines for which there was no room.
    pub dropped: usize,
}

impl Logged {
    pub(crate) fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.dropped += other.dropped;
    }
}

/// Why lines of one task were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotLogged {
    /// There is no such task.
    NotFound,
    /// The token is not its current one.
    LeaseLost {
        /// What became of the task.
        task_state: TaskState,
    },
}

impl From<NotLogged> for Error {
    fn from(why: NotLogged) -> Self {
        match why {
            NotLogged::NotFound => Self::NotFound(Resource::Task),
            NotLogged::LeaseLost { task_state } => Self::LeaseLost { task_state },
        }
    }
}

/// A line as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct LoggedLine {
    pub number: i64,
    pub attempt: i32,
    pub at: DateTime<Utc>,
    pub received_at: DateTime<Utc>,
    pub level: LogLevel,
    pub message: String,
    pub fields: Option<String>,
}

/// An attempt, by its task and the token of its lease.
pub(super) type AttemptKey = (Uuid, Uuid);
