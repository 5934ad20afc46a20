//! The log of one task, as its handler writes it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_wire::{Json, LeasedTask, LogLevel, LogLine};

use super::journal::Journal;

/// Bytes that a line's fields may have.
const FIELDS_BYTES: usize = 4 * 1024;

/// Where lines of one lease go; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct TaskLog {
    journal: Arc<Journal>,
    token: Uuid,
}

impl TaskLog {
    /// The log of a task that was leased.
    pub(super) fn open(journal: &Arc<Journal>, task: &LeasedTask) -> Self {
        journal.open(task.lease_token, task.id);
        Self { journal: Arc::clone(journal), token: task.lease_token }
    }

    /// Puts a line down; it neither waits nor fails. Fields for which the contract has no room are left out.
    pub(crate) fn write(&self, level: LogLevel, mut message: String, fields: Option<Json>) {
        let fields = fields.filter(|fields| {
            let fits = fields.text().len() <= FIELDS_BYTES && fields.text().starts_with('{');
            if !fits {
                message.push_str(" (fields left out: more than 4 KiB)");
            }
            fits
        });
        self.journal.write(self.token, LogLine { message, level, at: Some(now()), fields });
    }
}

#[expect(clippy::disallowed_methods, reason = "shown as the worker's own time; nothing decides by it")]
fn now() -> DateTime<Utc> {
    Utc::now()
}
