//! Calls that are not load: they prepare and control, and are read as JSON.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::address::Address;
use crate::connection::Connection;
use crate::error::BenchError;

/// More than any task here needs, where failures are reported.
const ATTEMPTS: u32 = 100;

/// A connection for calls whose answers are looked at.
pub(crate) struct Client {
    connection: Connection,
}

impl Client {
    pub(crate) async fn open(address: Address) -> Result<Self, BenchError> {
        Ok(Self { connection: Connection::open(address).await? })
    }

    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Result<Value, BenchError> {
        self.call("POST", path, body.to_string().as_bytes()).await
    }

    pub(crate) async fn call(&mut self, method: &str, path: &str, body: &[u8]) -> Result<Value, BenchError> {
        let answer = self.connection.ask(method, path, body).await?.succeeded(method, path)?;
        if answer.body.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(answer.body)?) }
    }

    /// What a page of text says, and how long that took.
    pub(crate) async fn timed_text(&mut self, path: &str) -> Result<(String, Duration), BenchError> {
        let begun = Instant::now();
        let answer = self.connection.ask("GET", path, b"").await?.succeeded("GET", path)?;
        let took = begun.elapsed();
        Ok((String::from_utf8_lossy(answer.body).into_owned(), took))
    }

    /// Makes a job that tasks can be added to; its id.
    pub(crate) async fn unsealed_job(&mut self, type_name: &str) -> Result<String, BenchError> {
        let job = self
            .post(
                "/v1/jobs",
                &json!({"type": type_name, "sealed": false, "retry": {"max_attempts": ATTEMPTS}}),
            )
            .await?;
        text(&job, "id")
    }
}

/// A member of an answer that must be a list.
pub(crate) fn array<'a>(value: &'a Value, member: &str) -> Result<&'a Vec<Value>, BenchError> {
    value[member]
        .as_array()
        .ok_or_else(|| BenchError::Unexpected(format!("no {member} in the answer {value}")))
}

/// A member of an answer that must be text.
pub(crate) fn text(value: &Value, member: &str) -> Result<String, BenchError> {
    value[member]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| BenchError::Unexpected(format!("no {member} in the answer {value}")))
}
