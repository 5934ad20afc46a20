//! Reading tasks to add, wherever a body holds them.

use std::cell::Cell;

use windlass_domain::Limits;
use windlass_store::NewTask;

use super::json::Field;

/// Reads arrays of tasks and counts them over the whole call.
#[derive(Debug)]
pub(crate) struct TaskReader {
    json_bytes: usize,
    most: usize,
    read: Cell<usize>,
}

impl TaskReader {
    /// A reader for one call.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { json_bytes: limits.json_bytes, most: limits.tasks_per_call, read: Cell::new(0) }
    }

    /// An array of tasks, as many as the call has left.
    pub(crate) fn read(&self, field: Field<'_>) -> Option<Vec<NewTask>> {
        let tasks = field.each(0..=self.most, |task, _| self.read_one(task))?;
        match self.count(tasks.len()) {
            Ok(()) => Some(tasks),
            Err(detail) => field.refuse(detail),
        }
    }

    /// Counts a task that is not written out.
    ///
    /// # Errors
    /// Why the call may not bring it, for people.
    pub(super) fn count_one(&self) -> Result<(), String> {
        self.count(1)
    }

    fn count(&self, more: usize) -> Result<(), String> {
        let read = self.read.get() + more;
        if read > self.most {
            return Err(format!("makes it more than {} tasks in one call", self.most));
        }
        self.read.set(read);
        Ok(())
    }

    fn read_one(&self, field: Field<'_>) -> Option<NewTask> {
        field.object(|task| {
            Some(NewTask {
                payload: task.optional("payload", |field| field.json(self.json_bytes)),
                metadata: task.present("metadata", |field| field.json_object(self.json_bytes)),
                run_at: task.optional("run_at", |field| field.instant()),
                ..NewTask::default()
            })
        })
    }
}
