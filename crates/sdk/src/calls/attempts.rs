//! `/v1/tasks/{id}/attempts`.

use futures_util::Stream;
use uuid::Uuid;
use windlass_wire::{Attempt, Page};

use super::Cursor;
use crate::pages::walk;
use crate::{Client, Error};

impl Client {
    /// One page of a task's attempts, oldest first.
    ///
    /// # Errors
    /// `task_not_found`, and what any call can fail with.
    pub async fn list_attempts(&self, task_id: Uuid, cursor: Option<&str>) -> Result<Page<Attempt>, Error> {
        let call = self.get(&["v1", "tasks", &task_id.to_string(), "attempts"]);
        self.fetch(call.query(&Cursor { cursor })).await
    }

    /// All attempts of a task, oldest first.
    pub fn attempts(&self, task_id: Uuid) -> impl Stream<Item = Result<Attempt, Error>> + use<> {
        let client = self.clone();
        walk(move |cursor| {
            let client = client.clone();
            async move { client.list_attempts(task_id, cursor.as_deref()).await }
        })
    }
}
