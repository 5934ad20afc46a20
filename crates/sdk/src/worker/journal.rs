//! Lines of handlers on their way into the logs of their tasks.
//!
//! Handlers only put lines down here, which never waits and never fails. Once a second what has come since is sent, of all tasks in one call; what a task has
//! left goes with its report, so its last words are not lost.
//!
//! What it deliberately does not do: hold more than [`MOST_BYTES`]. While the server cannot be reached for long, lines are dropped, and the log says how many.
//! How it fails: a call whose answer was lost is made again with its key, which makes it count once. If its task ends meanwhile, those lines go with the report,
//! and may be there twice.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use uuid::Uuid;
use windlass_wire::{LogLevel, LogLine, WriteLogItem};

use crate::resilience::Backoff;
use crate::{Client, Error};

/// How long lines are gathered before they are sent.
const INTERVAL: Duration = Duration::from_secs(1);
/// Bytes of lines that wait, of all tasks of a worker.
const MOST_BYTES: usize = 4 << 20;
/// What a line takes beside its texts.
const LINE_BYTES: usize = 64;
/// Lines of one task in one call, and with one report.
pub(super) const MOST_LINES: usize = 1_000;
/// Lines of all tasks in one call.
const MOST_LINES_A_CALL: usize = 10_000;
/// Tasks in one call.
const MOST_TASKS_A_CALL: usize = 1_000;
/// The longest that one call may take.
const LONGEST_CALL: Duration = Duration::from_secs(10);
/// The longest that a report waits for a call under way.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// The lines of a worker's tasks that were not sent yet.
#[derive(Debug, Default)]
pub(super) struct Journal {
    waiting: Mutex<Waiting>,
    /// Held while a call is under way; what it sends, until it is known to have arrived.
    unsent: tokio::sync::Mutex<Option<Unsent>>,
    came: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    /// By the token of the lease.
    tasks: HashMap<Uuid, OfTask>,
    bytes: usize,
}

#[derive(Debug)]
struct OfTask {
    id: Uuid,
    lines: Vec<LogLine>,
    /// Lines for which there was no room.
    dropped: u64,
}

/// A call, to be made again as it was.
#[derive(Debug)]
struct Unsent {
    key: String,
    items: Vec<WriteLogItem>,
}

impl Journal {
    /// From now on lines of this lease are taken.
    pub(super) fn open(&self, token: Uuid, id: Uuid) {
        self.waiting().tasks.insert(token, OfTask { id, lines: Vec::new(), dropped: 0 });
    }

    /// Takes a line; one of a lease that is not open is nobody's.
    pub(super) fn write(&self, token: Uuid, line: LogLine) {
        let mut waiting = self.waiting();
        let size = size(&line);
        let fits = waiting.bytes + size <= MOST_BYTES;
        let Some(task) = waiting.tasks.get_mut(&token) else { return };
        if fits {
            task.lines.push(line);
            waiting.bytes += size;
        } else {
            task.dropped += 1;
        }
        drop(waiting);
        self.came.notify_one();
    }

    /// Sends what comes, once a second, until it is dropped.
    pub(super) async fn send(&self, client: &Client) {
        loop {
            self.came.notified().await;
            sleep(INTERVAL).await;
            while self.send_once(client).await {}
        }
    }

    /// The lines of a lease that were not sent, for its report. From now on none is taken.
    pub(super) async fn close(&self, token: Uuid) -> Vec<LogLine> {
        let mut lines = match timeout(LONGEST_WAIT, self.unsent.lock()).await {
            Ok(unsent) => of_lease(unsent.as_ref(), token),
            Err(_) => Vec::new(),
        };
        lines.extend(self.take(token).map(OfTask::told).unwrap_or_default());
        lines
    }

    /// Forgets the lines of a lease that is lost: nobody would take them any more.
    pub(super) fn forget(&self, token: Uuid) {
        drop(self.take(token));
    }

    /// Sends one call; whether there is more, and it makes sense to go on.
    async fn send_once(&self, client: &Client) -> bool {
        let mut unsent = self.unsent.lock().await;
        if unsent.is_none() {
            *unsent = self.gather();
        }
        let Some(call) = &*unsent else { return false };
        if !send(client, call).await {
            // To be made again with what comes next, or after a while.
            self.came.notify_one();
            return false;
        }
        *unsent = None;
        true
    }

    /// Takes as many lines as one call may have.
    fn gather(&self) -> Option<Unsent> {
        let mut waiting = self.waiting();
        let (mut items, mut room, mut bytes) = (Vec::new(), MOST_LINES_A_CALL, 0);
        let with_lines = waiting.tasks.iter_mut().filter(|(_, task)| !task.lines.is_empty());
        for (token, task) in with_lines.take(MOST_TASKS_A_CALL) {
            let count = task.lines.len().min(MOST_LINES).min(room);
            if count == 0 {
                break;
            }
            let lines: Vec<LogLine> = task.lines.drain(..count).collect();
            room -= count;
            bytes += lines.iter().map(size).sum::<usize>();
            items.push(WriteLogItem { id: task.id, lease_token: *token, lines });
        }
        waiting.bytes = waiting.bytes.saturating_sub(bytes);
        (!items.is_empty()).then(|| Unsent::of(items))
    }

    fn take(&self, token: Uuid) -> Option<OfTask> {
        let mut waiting = self.waiting();
        let task = waiting.tasks.remove(&token)?;
        let bytes: usize = task.lines.iter().map(size).sum();
        waiting.bytes = waiting.bytes.saturating_sub(bytes);
        Some(task)
    }

    /// Nothing that holds the lock can panic half-way.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OfTask {
    /// Its lines, with one that says how many were dropped.
    fn told(mut self) -> Vec<LogLine> {
        if self.dropped > 0 {
            let message = format!(
                "{} lines were dropped by the worker, which could not send them in time",
                self.dropped
            );
            self.lines.push(LogLine { message, level: LogLevel::Warn, ..LogLine::default() });
        }
        self.lines
    }
}

impl Unsent {
    fn of(items: Vec<WriteLogItem>) -> Self {
        Self { key: Uuid::new_v4().to_string(), items }
    }
}

/// The lines of a lease in a call that may not have arrived.
fn of_lease(unsent: Option<&Unsent>, token: Uuid) -> Vec<LogLine> {
    let items = unsent.into_iter().flat_map(|unsent| &unsent.items);
    items.filter(|item| item.lease_token == token).flat_map(|item| item.lines.clone()).collect()
}

/// Makes a call once; whether it is not to be made again: it arrived, or never would.
async fn send(client: &Client, call: &Unsent) -> bool {
    let client = Client { timeout: LONGEST_CALL, backoff: Backoff::NEVER, ..client.idempotent(&call.key) };
    match client.log_tasks(&call.items).await {
        Ok(_) => true,
        Err(error) => {
            let again = is_worth_repeating(&error);
            tracing::debug!(error = &error as &dyn std::error::Error, again, "cannot send lines of log");
            !again
        }
    }
}

fn is_worth_repeating(error: &Error) -> bool {
    error.is_transient() || error.is_unauthorized()
}

fn size(line: &LogLine) -> usize {
    LINE_BYTES + line.message.len() + line.fields.as_ref().map_or(0, |fields| fields.text().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(message: &str) -> LogLine {
        LogLine { message: message.to_owned(), ..LogLine::default() }
    }

    #[tokio::test]
    async fn what_was_not_sent_goes_with_the_report() {
        let (journal, token) = (Journal::default(), Uuid::new_v4());
        journal.open(token, Uuid::nil());
        journal.write(token, line("a"));
        journal.write(Uuid::new_v4(), line("nobody's"));
        journal.write(token, line("b"));
        let lines = journal.close(token).await;
        assert_eq!(lines.iter().map(|line| line.message.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        journal.write(token, line("after its end"));
        assert!(journal.close(token).await.is_empty());
        assert_eq!(journal.waiting().bytes, 0);
    }

    #[tokio::test]
    async fn what_waits_is_bounded_and_what_was_dropped_is_told() {
        let (journal, token) = (Journal::default(), Uuid::new_v4());
        journal.open(token, Uuid::nil());
        for _ in 0..10 {
            journal.write(token, line(&"x".repeat(MOST_BYTES / 4)));
        }
        assert!(journal.waiting().bytes <= MOST_BYTES);
        let lines = journal.close(token).await;
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[3].level, LogLevel::Warn);
        assert!(lines[3].message.starts_with("7 lines"), "{}", lines[3].message);
    }

    #[test]
    fn a_call_has_its_bounds() {
        let journal = Journal::default();
        let tokens: Vec<Uuid> = (0..11).map(|_| Uuid::new_v4()).collect();
        for token in &tokens {
            journal.open(*token, Uuid::nil());
            for _ in 0..1_001 {
                journal.write(*token, line(""));
            }
        }
        let mut counts = Vec::new();
        while let Some(call) = journal.gather() {
            assert!(call.items.iter().all(|item| item.lines.len() <= MOST_LINES));
            counts.push(call.items.iter().map(|item| item.lines.len()).sum::<usize>());
        }
        assert_eq!(counts.iter().sum::<usize>(), 11 * 1_001);
        assert!(counts.iter().all(|count| *count <= MOST_LINES_A_CALL), "{counts:?}");
        assert_eq!(journal.waiting().bytes, 0);
    }
}
