//! A worker that dequeues and completes by Jobnik's protocol, and does nothing else.

use crate::address::Address;
use crate::connection::Connection;
use crate::error::BenchError;

const COMPLETED: &[u8] = br#"{"status":"COMPLETED"}"#;
/// None waits.
const NOT_FOUND: u16 = 404;

/// A worker on a connection of its own.
pub(crate) struct JobnikWorker {
    connection: Connection,
    dequeue: String,
}

impl JobnikWorker {
    pub(crate) async fn open(address: Address, type_name: &str) -> Result<Self, BenchError> {
        let dequeue = format!("/jobnik/v1/stages/{type_name}/tasks/dequeue");
        Ok(Self { connection: Connection::open(address).await?, dequeue })
    }

    /// Dequeues and reports; how many tasks that were.
    pub(crate) async fn cycle(&mut self) -> Result<usize, BenchError> {
        let answer = self.connection.ask("PATCH", &self.dequeue, b"").await?;
        if answer.status == NOT_FOUND {
            return Ok(0);
        }
        let answer = answer.succeeded("PATCH", &self.dequeue)?;
        let path = format!("/jobnik/v1/tasks/{}/status", id(answer.body)?);
        self.connection.ask("PUT", &path, COMPLETED).await?.succeeded("PUT", &path)?;
        Ok(1)
    }
}

/// The id of a task, which its answer names first.
fn id(body: &[u8]) -> Result<&str, BenchError> {
    let text = std::str::from_utf8(body)?;
    let id = text.split_once("\"id\":\"").and_then(|(_, rest)| rest.split_once('"'));
    id.map(|(id, _)| id).ok_or_else(|| BenchError::Unexpected(format!("a task without an id: {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_known_by_the_id_that_comes_first() {
        assert_eq!(id(br#"{"id":"a","status":"IN_PROGRESS","stageId":"b"}"#).unwrap(), "a");
        assert!(id(b"{}").is_err());
    }
}
