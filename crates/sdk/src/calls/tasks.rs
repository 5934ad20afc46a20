//! `/v1/tasks`, as producers and operators see it.

use futures_util::Stream;
use uuid::Uuid;
use windlass_wire::{Page, Reason, Task};

use super::Cursor;
use crate::pages::walk;
use crate::{Client, Error, TaskFilter};

impl Client {
    /// One page of tasks, newest first.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn list_tasks(&self, filter: &TaskFilter, cursor: Option<&str>) -> Result<Page<Task>, Error> {
        self.fetch(self.get(&["v1", "tasks"]).query(filter).query(&Cursor { cursor })).await
    }

    /// All tasks, newest first.
    pub fn tasks(&self, filter: TaskFilter) -> impl Stream<Item = Result<Task, Error>> + use<> {
        let client = self.clone();
        walk(move |cursor| {
            let (client, filter) = (client.clone(), filter.clone());
            async move { client.list_tasks(&filter, cursor.as_deref()).await }
        })
    }

    /// A task.
    ///
    /// # Errors
    /// `task_not_found`, and what any call can fail with.
    pub async fn get_task(&self, id: Uuid) -> Result<Task, Error> {
        self.fetch(self.get(&["v1", "tasks", &id.to_string()])).await
    }

    /// Ends a task at once; its worker learns of it from its next report.
    ///
    /// # Errors
    /// `illegal_transition`, `task_not_found`, and what any call can fail with.
    pub async fn cancel_task(&self, id: Uuid, reason: Option<&str>) -> Result<Task, Error> {
        self.task_verb(id, "cancel", reason).await
    }

    /// Runs an ended task again that has not succeeded; reopens its job and pipeline.
    ///
    /// # Errors
    /// `illegal_transition`, `task_not_found`, and what any call can fail with.
    pub async fn retry_task(&self, id: Uuid, reason: Option<&str>) -> Result<Task, Error> {
        self.task_verb(id, "retry", reason).await
    }

    async fn task_verb(&self, id: Uuid, verb: &str, reason: Option<&str>) -> Result<Task, Error> {
        let body = Reason { reason: reason.map(str::to_owned) };
        self.fetch(self.post(&["v1", "tasks", &id.to_string(), verb]).json(&body)?).await
    }
}
