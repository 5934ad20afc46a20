//! A worker that does nothing but dequeue and complete.
//!
//! It reads ids and tokens out of the answer's bytes without parsing them: what it spends is missing to the server beside it.

use std::io::Write;

use serde_json::json;

use crate::address::Address;
use crate::connection::{Answer, Connection};
use crate::error::BenchError;

/// Where tasks come back, of so many cycles of a worker one releases a task, and one fails it and has it tried again.
const RETURNS: usize = 10;

/// What a worker asks for.
#[derive(Debug, Clone)]
pub(crate) struct Cycle {
    /// Sets of types, asked for in rotation; workers begin at different ones.
    pub(crate) types: Vec<Vec<String>>,
    /// Tasks a call; one is reported by the call for one.
    pub(crate) max_tasks: usize,
    /// How long a call waits where nothing is free.
    pub(crate) wait_seconds: u32,
    /// Now and then a task is released, or failed and tried again, instead of completed.
    pub(crate) tasks_return: bool,
    /// Lines of log that a completion by the call for one brings.
    pub(crate) log_lines: usize,
}

/// What a failure says besides its token.
const TRY_AGAIN: &str = r#","error":{"category":"transient","message":"bench"},"retry":{"after_seconds":0}"#;

/// A worker on a connection of its own.
pub(crate) struct Worker {
    connection: Connection,
    dequeues: Vec<String>,
    cycle: usize,
    single: bool,
    tasks_return: bool,
    /// What a completion by the call for one says besides its token.
    completed: String,
    leases: Vec<Lease>,
    report: Vec<u8>,
}

struct Lease {
    id: String,
    token: String,
}

impl Cycle {
    /// Of one type.
    pub(crate) fn of(type_name: &str, max_tasks: usize) -> Self {
        let types = vec![vec![type_name.to_owned()]];
        Self { types, max_tasks, wait_seconds: 0, tasks_return: false, log_lines: 0 }
    }
}

impl Worker {
    pub(crate) async fn open(address: Address, number: usize, cycle: &Cycle) -> Result<Self, BenchError> {
        let dequeue = |types: &Vec<String>| {
            let worker = format!("bench-{number}");
            let (max_tasks, wait) = (cycle.max_tasks, cycle.wait_seconds);
            json!({"types": types, "worker_id": worker, "max_tasks": max_tasks, "wait_seconds": wait})
                .to_string()
        };
        Ok(Self {
            connection: Connection::open(address).await?,
            dequeues: cycle.types.iter().map(dequeue).collect(),
            cycle: number,
            single: cycle.max_tasks == 1,
            tasks_return: cycle.tasks_return,
            completed: with_lines(cycle.log_lines),
            leases: Vec::with_capacity(cycle.max_tasks),
            report: Vec::new(),
        })
    }

    /// Dequeues and reports; how many tasks that were.
    pub(crate) async fn cycle(&mut self) -> Result<usize, BenchError> {
        const PATH: &str = "/v1/tasks/dequeue";
        let dequeue = &self.dequeues[self.cycle % self.dequeues.len()];
        self.cycle += 1;
        let answer = self.connection.ask("POST", PATH, dequeue.as_bytes()).await?.succeeded("POST", PATH)?;
        read_leases(&answer, &mut self.leases)?;
        let tasks = self.leases.len();
        let first = match self.cycle % RETURNS {
            0 if self.tasks_return => Some(("release", "")),
            1 if self.tasks_return => Some(("fail", TRY_AGAIN)),
            _ if self.single => Some(("complete", self.completed.as_str())),
            _ => None,
        };
        if let Some((verb, more)) = first
            && let Some(lease) = self.leases.pop()
        {
            let more = more.to_owned();
            self.report_one(&lease, verb, &more).await?;
        }
        if !self.leases.is_empty() {
            self.complete_all().await?;
        }
        Ok(tasks)
    }

    async fn report_one(&mut self, lease: &Lease, verb: &str, more: &str) -> Result<(), BenchError> {
        let path = format!("/v1/tasks/{}/{verb}", lease.id);
        self.report.clear();
        write!(self.report, "{{\"lease_token\":\"{}\"{more}}}", lease.token)?;
        self.connection.ask("POST", &path, &self.report).await?.succeeded("POST", &path)?;
        Ok(())
    }

    async fn complete_all(&mut self) -> Result<(), BenchError> {
        const PATH: &str = "/v1/tasks/complete";
        self.report.clear();
        let mut before = "{\"tasks\":[";
        for lease in &self.leases {
            write!(self.report, "{before}{{\"id\":\"{}\",\"lease_token\":\"{}\"}}", lease.id, lease.token)?;
            before = ",";
        }
        self.report.extend_from_slice(b"]}");
        let answer = self.connection.ask("POST", PATH, &self.report).await?.succeeded("POST", PATH)?;
        let text = std::str::from_utf8(answer.body)?;
        if text.contains("\"problem\":{") {
            return Err(BenchError::Unexpected(format!("a completion was refused: {text}")));
        }
        Ok(())
    }
}

/// So many lines as a handler writes them: some words, and a number or two.
fn with_lines(lines: usize) -> String {
    if lines == 0 {
        return String::new();
    }
    let line = |number| {
        format!(
            r#"{{"message":"read part {number} of the file, and found nothing to complain of","level":"info","at":"2026-11-22T20:00:00.123456Z","fields":{{"part":{number},"bytes":65536}}}}"#
        )
    };
    let lines: Vec<String> = (1..=lines).map(line).collect();
    format!(",\"lines\":[{}]", lines.join(","))
}

/// The server names a task's id first, and its lease token further on.
fn read_leases(answer: &Answer<'_>, leases: &mut Vec<Lease>) -> Result<(), BenchError> {
    leases.clear();
    let mut rest = std::str::from_utf8(answer.body)?;
    while let Some((id, after)) = member(rest, "\"id\":\"") {
        let (token, after) = member(after, "\"lease_token\":\"")
            .ok_or_else(|| BenchError::Unexpected(format!("a lease without a token: {rest}")))?;
        leases.push(Lease { id: id.to_owned(), token: token.to_owned() });
        rest = after;
    }
    Ok(())
}

/// The text after `name` up to the next quote, and what follows it.
fn member<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let (_, after) = text.split_once(name)?;
    after.split_once('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_tokens_are_paired() {
        let body =
            br#"{"tasks":[{"id":"a","job_id":"j","lease_token":"s"},{"id":"b","lease_token":"t","x":1}]}"#;
        let mut leases = Vec::new();
        read_leases(&Answer { status: 200, body }, &mut leases).unwrap();
        let pairs: Vec<_> = leases.iter().map(|lease| (lease.id.as_str(), lease.token.as_str())).collect();
        assert_eq!(pairs, [("a", "s"), ("b", "t")]);
    }
}
