//! `/v1/tasks/{id}/log`: lines of workers for people.
//!
//! Writing is repeated by itself when the client carries an idempotency key, which makes a call count once.

use std::collections::VecDeque;

use futures_util::stream::{self, Stream};
use uuid::Uuid;
use windlass_wire::{Batch, BatchResults, LogPage, LogResult, Logged, LoggedLine, WriteLog, WriteLogItem};

use super::Cursor;
use crate::{Client, Error, LogFilter};

impl Client {
    /// Adds 1 to 1,000 lines to the log of a leased task; it does not extend the lease.
    ///
    /// # Errors
    /// `lease_lost`, `task_not_found`, `validation_failed`, and what any call can fail with.
    pub async fn log_task(&self, id: Uuid, lines: &WriteLog) -> Result<Logged, Error> {
        let call = self.post(&["v1", "tasks", &id.to_string(), "log"]);
        self.fetch(call.idempotency_key(self.idempotency_key.as_deref()).json(lines)?).await
    }

    /// Adds lines to the logs of up to 1,000 leased tasks, 10,000 in all; the results are in the order of `tasks`.
    ///
    /// # Errors
    /// What any call can fail with; items fail on their own.
    pub async fn log_tasks(&self, tasks: &[WriteLogItem]) -> Result<Vec<LogResult>, Error> {
        let call = self.post(&["v1", "tasks", "log"]).idempotency_key(self.idempotency_key.as_deref());
        let call = call.json(&Batch { tasks: tasks.to_vec() })?;
        self.fetch::<BatchResults<_>>(call).await.map(|answer| answer.results)
    }

    /// One page of a task's log, oldest first, from `cursor` on. An empty page means nothing new yet.
    ///
    /// # Errors
    /// `task_not_found`, and what any call can fail with.
    pub async fn list_task_log(
        &self,
        task_id: Uuid,
        filter: &LogFilter,
        cursor: Option<&str>,
    ) -> Result<LogPage, Error> {
        let call = self.get(&["v1", "tasks", &task_id.to_string(), "log"]);
        self.fetch(call.query(filter).query(&Cursor { cursor })).await
    }

    /// A task's log, oldest first, up to its present end.
    pub fn task_log(
        &self,
        task_id: Uuid,
        filter: LogFilter,
    ) -> impl Stream<Item = Result<LoggedLine, Error>> + use<> {
        let start = (self.clone(), None, VecDeque::new());
        stream::try_unfold(
            start,
            move |(client, mut cursor, mut ready): (Self, Option<String>, VecDeque<_>)| {
                let filter = filter.clone();
                async move {
                    let mut moved = true;
                    while ready.is_empty() && moved {
                        let page = client.list_task_log(task_id, &filter, cursor.as_deref()).await?;
                        moved = cursor.as_ref() != Some(&page.next_cursor);
                        cursor = Some(page.next_cursor);
                        ready = page.items.into();
                    }
                    Ok(ready.pop_front().map(|line| (line, (client, cursor, ready))))
                }
            },
        )
    }
}
