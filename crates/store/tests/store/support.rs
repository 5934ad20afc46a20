//! Short ways to say what a test needs.

use std::time::Duration;

use uuid::Uuid;
use windlass_domain::{
    Category, CorrelationId, Directive, JobKey, Join, Json, Message, Name, Priority, RetryPolicy, Sealing,
    TypeName, When, WorkerId,
};
use windlass_store::testing::TestDatabase;
use windlass_store::{
    Caller, Checkpoint, Complete, Dependency, Dequeue, Error, Fail, Job, LeasedTask, NewJob, NewPipeline,
    NewTask, Pipeline, PipelineChange, QueueChange, Release, Report, Store, Task, TaskError, Trace,
};

pub(crate) fn pipeline(jobs: Vec<NewJob>) -> NewPipeline {
    NewPipeline {
        name: Name::parse("test").unwrap(),
        priority: Priority::Medium,
        correlation_id: CorrelationId::parse("test").unwrap(),
        metadata: None,
        fail_fast: false,
        paused: false,
        sealed: true,
        deadline_at: None,
        trace: Trace::default(),
        made_from: None,
        schedule: None,
        jobs,
    }
}

pub(crate) fn job(key: &str) -> NewJob {
    NewJob {
        key: JobKey::parse(key).unwrap(),
        type_name: TypeName::parse("work").unwrap(),
        payload: None,
        metadata: None,
        depends_on: Vec::new(),
        join: Join::All,
        sealed: Sealing::AtOnce,
        retry: RetryPolicy { initial_delay: Duration::ZERO, ..RetryPolicy::default() },
        lease: Duration::from_mins(1),
        timeout: None,
        max_failed_tasks: 0,
        fail_fast: true,
        allow_failure: false,
        paused: false,
        run_at: None,
        tasks: None,
        stage: None,
    }
}

pub(crate) fn after(key: &str, parents: &[(&str, When)]) -> NewJob {
    let depends_on = parents
        .iter()
        .map(|(parent, when)| Dependency { job: JobKey::parse(*parent).unwrap(), when: *when })
        .collect();
    NewJob { depends_on, ..job(key) }
}

pub(crate) fn with_tasks(job: NewJob, tasks: usize) -> NewJob {
    NewJob { tasks: Some(vec![NewTask::default(); tasks]), ..job }
}

pub(crate) fn urgent() -> PipelineChange<'static> {
    PipelineChange { priority: Some(Priority::High), ..PipelineChange::default() }
}

pub(crate) fn limited(max_running: Option<i32>) -> QueueChange {
    QueueChange { max_running: Some(max_running), ..QueueChange::default() }
}

pub(crate) fn paused(paused: bool) -> QueueChange {
    QueueChange { paused: Some(paused), ..QueueChange::default() }
}

pub(crate) fn types() -> Vec<TypeName> {
    vec![TypeName::parse("work").unwrap()]
}

pub(crate) async fn dequeue(store: &Store, max_tasks: usize) -> Vec<LeasedTask> {
    dequeue_of(store, "work", max_tasks).await
}

pub(crate) async fn dequeue_of(store: &Store, type_name: &str, max_tasks: usize) -> Vec<LeasedTask> {
    let request = Dequeue {
        caller: Caller::default(),
        worker: WorkerId::parse("tester").unwrap(),
        max_tasks,
        lease: None,
        key: None,
    };
    let types = [TypeName::parse(type_name).unwrap()];
    store.dequeue(&types, &[request]).await.unwrap().remove(0).unwrap().tasks
}

pub(crate) fn completion(task: &LeasedTask) -> Complete {
    Complete {
        caller: Caller::default(),
        id: task.id,
        token: task.lease_token,
        result: Some(Json::from_checked("{\"ok\":true}".to_owned())),
        metrics: None,
        add_tasks: Vec::new(),
        outcomes: Vec::new(),
        types: None,
        lines: Vec::new(),
    }
}

pub(crate) fn completions(tasks: &[LeasedTask]) -> Vec<Report> {
    tasks.iter().map(|task| completion(task).into()).collect()
}

pub(crate) async fn complete(store: &Store, task: &LeasedTask) -> Result<Task, Error> {
    store.report(&[completion(task).into()]).await.unwrap().remove(0)
}

pub(crate) fn failure(task: &LeasedTask, directive: Directive) -> Fail {
    let error = TaskError {
        category: Category::parse("unknown").unwrap(),
        message: Message::parse("broken").unwrap(),
        detail: None,
    };
    Fail {
        caller: Caller::default(),
        id: task.id,
        token: task.lease_token,
        error,
        directive,
        metrics: None,
        outcomes: Vec::new(),
        checkpoint: Checkpoint::Unchanged,
        lines: Vec::new(),
    }
}

pub(crate) async fn fail(store: &Store, task: &LeasedTask, directive: Directive) -> Result<Task, Error> {
    store.report(&[failure(task, directive).into()]).await.unwrap().remove(0)
}

pub(crate) fn release_of(task: &LeasedTask, delay: Duration) -> Release {
    Release {
        caller: Caller::default(),
        id: task.id,
        token: task.lease_token,
        delay,
        checkpoint: Checkpoint::Unchanged,
        lines: Vec::new(),
    }
}

pub(crate) async fn release(store: &Store, task: &LeasedTask, delay: Duration) -> Result<Task, Error> {
    store.report(&[release_of(task, delay).into()]).await.unwrap().remove(0)
}

/// The ways in which reports are written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Way {
    OneStatement,
    /// Its variant while vacuum is held back.
    HeldBack,
    /// Its variant that ends jobs, too.
    Ending,
    /// Both.
    EndingHeldBack,
    Transaction,
}

impl Way {
    pub(crate) const ALL: [Self; 5] =
        [Self::OneStatement, Self::HeldBack, Self::Ending, Self::EndingHeldBack, Self::Transaction];

    /// Has the next report of the store written so, if it can be.
    pub(crate) async fn go(self, store: &Store) {
        let held_back = matches!(self, Self::HeldBack | Self::EndingHeldBack);
        store.look_for_low_water(if held_back { i64::MAX } else { 0 }).await.unwrap();
        store.end_jobs_at_once(matches!(self, Self::Ending | Self::EndingHeldBack));
        store.report_at_once_if_simple(self != Self::Transaction);
    }
}

pub(crate) async fn read(store: &Store, id: Uuid) -> (Pipeline, Vec<Job>) {
    store.pipeline(id).await.unwrap()
}

pub(crate) async fn create(store: &Store, new: NewPipeline) -> (Pipeline, Vec<Job>) {
    store.create_pipeline(new, None).await.unwrap().done().unwrap()
}

/// Tasks that wait for an hour.
pub(crate) async fn later(database: &TestDatabase, tasks: usize) -> Vec<NewTask> {
    let hour = sqlx::query_scalar("SELECT windlass_now() + interval '1 hour'");
    let run_at: chrono::DateTime<chrono::Utc> = hour.fetch_one(&mut database.connect().await).await.unwrap();
    vec![NewTask { run_at: Some(run_at), ..NewTask::default() }; tasks]
}
