//! What the test server stores.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};
use uuid::Uuid;
use windlass_wire::{
    AddToJob, Code, Dequeue, Json, LeasedTask, LogLine, NewOutcome, Problem, ResultItem, Task, TaskState,
};

use super::TestTask;
use super::lease::Entry;

/// Tasks in the order in which they wait, and the test's time.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) pipeline_id: Uuid,
    now: DateTime<Utc>,
    entries: Vec<Entry>,
    results: HashMap<String, Vec<ResultItem>>,
    pub(super) added: Vec<AddToJob>,
    pub(super) outcomes: Vec<NewOutcome>,
    /// The answers of dequeues with a key, to be repeated.
    answers: HashMap<String, Vec<LeasedTask>>,
    /// Keys of log calls that were taken.
    pub(super) logged: HashSet<String>,
}

impl Book {
    pub(super) fn new() -> Self {
        let now = Utc.timestamp_opt(946_684_800, 0).single().expect("the year 2000 has begun once");
        Self {
            pipeline_id: Uuid::now_v7(),
            now,
            entries: Vec::new(),
            results: HashMap::new(),
            added: Vec::new(),
            outcomes: Vec::new(),
            answers: HashMap::new(),
            logged: HashSet::new(),
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    pub(super) fn advance(&mut self, by: Duration) {
        self.now += by;
        for entry in &mut self.entries {
            entry.tick(self.now);
        }
    }

    pub(super) fn add(&mut self, task: TestTask) -> Uuid {
        let entry = Entry::new(task, self.pipeline_id, self.now);
        let id = entry.task.id;
        self.entries.push(entry);
        id
    }

    pub(super) fn add_result(&mut self, job: &str, result: Json) {
        let item = ResultItem { task_id: Uuid::now_v7(), result };
        self.results.entry(job.to_owned()).or_default().push(item);
    }

    pub(super) fn results(&self, job: &str) -> Option<&[ResultItem]> {
        self.results.get(job).map(Vec::as_slice)
    }

    pub(super) fn task(&self, id: Uuid) -> Option<&Task> {
        self.entries.iter().map(|entry| &entry.task).find(|task| task.id == id)
    }

    pub(super) fn log(&self, id: Uuid) -> Option<&[LogLine]> {
        self.entries.iter().find(|entry| entry.task.id == id).map(|entry| entry.log.as_slice())
    }

    pub(super) fn entry(&mut self, id: Uuid) -> Result<&mut Entry, Box<Problem>> {
        let unknown = || Box::new(Problem::new(Code::TaskNotFound, format!("there is no task {id}")));
        self.entries.iter_mut().find(|entry| entry.task.id == id).ok_or_else(unknown)
    }

    pub(super) fn dequeue(&mut self, request: &Dequeue, key: Option<&str>) -> Vec<LeasedTask> {
        if let Some(answer) = key.and_then(|key| self.answers.get(key)) {
            return answer.iter().filter(|leased| self.is_live(leased)).cloned().collect();
        }
        let length = request.lease_seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let most = request.max_tasks.unwrap_or(1) as usize;
        let waiting = self.entries.iter_mut().filter(|entry| {
            entry.task.state == TaskState::Queued && request.types.contains(&entry.task.r#type)
        });
        let leased: Vec<_> =
            waiting.take(most).map(|entry| entry.take(&request.worker_id, length, self.now)).collect();
        if let (Some(key), false) = (key, leased.is_empty()) {
            self.answers.insert(key.to_owned(), leased.clone());
        }
        leased
    }

    fn is_live(&self, leased: &LeasedTask) -> bool {
        let task = self.task(leased.id);
        task.is_some_and(|task| task.state == TaskState::Running && task.attempt == leased.attempt)
    }
}
