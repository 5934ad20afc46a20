//! What completions had added is taken back by a retry that runs their tasks again: exactly, at once, and whatever goes on meanwhile.

mod cost;
mod races;
mod removal;

use std::time::Duration;

use uuid::Uuid;
use windlass_domain::{Directive, JobKey, JobState, Sealing, TaskState, TypeName};
use windlass_store::testing::TestDatabase;
use windlass_store::{
    AddTasks, Complete, Descendants, Error, LeasedTask, NewJob, NewTask, Paging, Report, Scope, Store,
    TaskFilter,
};

use crate::support::{completion, create, dequeue_of, fail, later, pipeline};

/// A job whose type is its key.
fn typed(key: &str) -> NewJob {
    NewJob { type_name: TypeName::parse(key).unwrap(), ..crate::support::job(key) }
}

/// One that takes tasks.
fn open(key: &str) -> NewJob {
    NewJob { sealed: Sealing::Later, tasks: Some(Vec::new()), max_failed_tasks: 1_000, ..typed(key) }
}

/// A completion that adds these tasks to a job of its pipeline.
fn adding(task: &LeasedTask, key: &str, tasks: Vec<NewTask>) -> Report {
    let add = AddTasks { job: JobKey::parse(key).unwrap(), tasks, seal: false };
    Complete { add_tasks: vec![add], ..completion(task) }.into()
}

async fn add(store: &Store, task: &LeasedTask, key: &str, tasks: usize) {
    let report = adding(task, key, vec![NewTask::default(); tasks]);
    store.report(&[report]).await.unwrap().remove(0).unwrap();
}

async fn listed(store: &Store, job: Uuid, state: Option<TaskState>) -> usize {
    let filter = TaskFilter { job_id: Some(job), state, ..TaskFilter::default() };
    store.list_tasks(&filter, Paging { after: None, limit: 500 }).await.unwrap().items.len()
}

/// How many tasks of each state a job has, in the order of `TaskState::ALL`; asked of its counts and of its lists.
async fn by_state(store: &Store, job: Uuid) -> Vec<i64> {
    let counts = store.job(job).await.unwrap().counts;
    let mut counted = Vec::new();
    for state in TaskState::ALL {
        let count = match state {
            TaskState::Pending => counts.pending,
            TaskState::Scheduled => counts.scheduled,
            TaskState::Queued => counts.queued,
            TaskState::Running => counts.running,
            TaskState::Succeeded => counts.succeeded,
            TaskState::Failed => counts.failed,
            TaskState::Cancelled => counts.cancelled,
            TaskState::Skipped => counts.skipped,
        };
        assert_eq!(listed(store, job, Some(state)).await, usize::try_from(count).unwrap(), "{state:?}");
        counted.push(count);
    }
    assert_eq!(listed(store, job, None).await, usize::try_from(counts.total).unwrap());
    counted
}

/// Puts one of six waiting tasks into each state that a task of an open job can be in, one of them waiting again after a failed attempt.
async fn one_of_each(store: &Store, key: &str) -> Vec<LeasedTask> {
    let leased = dequeue_of(store, key, 5).await;
    assert_eq!(leased.len(), 5);
    store.report(&[completion(&leased[0]).into()]).await.unwrap().remove(0).unwrap();
    fail(store, &leased[1], Directive::Never).await.unwrap();
    store.cancel_task(leased[2].id, None).await.unwrap();
    fail(store, &leased[3], Directive::After(Duration::ZERO)).await.unwrap();
    // The fifth runs, and the last one waits.
    leased
}

/// How the job that loses tasks is left before the retry.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Left {
    Running,
    Paused,
    Cancelled,
    Skipped,
    /// Cancelled, and brought back while its rows are still to be written.
    Stale,
}

#[tokio::test]
async fn whatever_state_a_task_is_in_it_is_gone_and_those_that_stay_are_as_they_were() {
    for left in [Left::Running, Left::Paused, Left::Cancelled, Left::Skipped, Left::Stale] {
        let database = TestDatabase::create().await;
        let store = database.store_bringing_back(0).await;
        let (_, jobs) = create(&store, pipeline(vec![typed("scan"), open("hash")])).await;
        let (scan, hash) = (jobs[0].id, jobs[1].id);
        store.add_tasks(hash, vec![NewTask::default(); 6], None).await.unwrap();
        store.add_tasks(hash, later(&database, 1).await, None).await.unwrap();
        let own = one_of_each(&store, "hash").await;
        let alone = by_state(&store, hash).await;
        let task = dequeue_of(&store, "scan", 1).await.remove(0);
        let mut tasks = vec![NewTask::default(); 6];
        tasks.extend(later(&database, 1).await);
        // The two of its own that wait are taken and released, so that those of the other origin are in line before and behind them.
        store.report(&[adding(&task, "hash", tasks)]).await.unwrap().remove(0).unwrap();
        let waiting = dequeue_of(&store, "hash", 2).await;
        for task in &waiting {
            crate::support::release(&store, task, Duration::ZERO).await.unwrap();
        }
        let lost = one_of_each(&store, "hash").await;
        leave(&store, hash, left).await;
        store.retry_job(scan, Scope::All, Descendants::Stay, None).await.unwrap();
        assert!(database.violations().await.is_empty(), "{left:?}: {:?}", database.violations().await);
        assert_eq!(store.job(hash).await.unwrap().counts.total, 7, "{left:?}");
        let ended = matches!(left, Left::Cancelled | Left::Skipped);
        if matches!(left, Left::Running | Left::Paused) {
            assert_eq!(by_state(&store, hash).await, alone, "{left:?}");
            assert!(store.report(&[completion(&own[4]).into()]).await.unwrap().remove(0).is_ok());
        }
        assert_eq!(store.job(hash).await.unwrap().state.has_ended(), ended, "{left:?}");
        for task in &lost {
            assert!(matches!(store.task(task.id).await, Err(Error::NotFound(_))), "{left:?}");
            let report = store.report(&[completion(task).into()]).await.unwrap().remove(0);
            assert!(
                matches!(report, Err(Error::LeaseLost { task_state: TaskState::Cancelled })),
                "{report:?}"
            );
        }
        while store.settle().await.unwrap().full {}
        assert!(database.violations().await.is_empty(), "{left:?}: {:?}", database.violations().await);
        if left == Left::Paused {
            store.resume_job(hash, None).await.unwrap();
        }
        let waits =
            if ended { 0 } else { usize::try_from(store.job(hash).await.unwrap().counts.queued).unwrap() };
        assert_eq!(dequeue_of(&store, "hash", 50).await.len(), waits, "{left:?}");
        database.finish().await;
    }
}

async fn leave(store: &Store, job: Uuid, left: Left) {
    match left {
        Left::Running => {}
        Left::Paused => drop(store.pause_job(job, None).await.unwrap()),
        Left::Cancelled => drop(store.cancel_job(job, None).await.unwrap()),
        Left::Skipped => drop(store.skip_job(job, None).await.unwrap()),
        Left::Stale => {
            store.cancel_job(job, None).await.unwrap();
            let again = store.retry_job(job, Scope::Failed, Descendants::Stay, None).await.unwrap();
            assert_eq!(again.state, JobState::Queued);
        }
    }
}

/// Early rows are inserted before their job is locked, with the origin that they will probably be of.
#[tokio::test]
async fn large_additions_of_two_producers_at_once_are_of_an_origin_each() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (_, jobs) = create(&store, pipeline(vec![typed("a"), typed("b"), open("hash")])).await;
    let (a, b) = (dequeue_of(&store, "a", 1).await.remove(0), dequeue_of(&store, "b", 1).await.remove(0));
    let many = || vec![NewTask::default(); 200];
    let reports = ([adding(&a, "hash", many())], [adding(&b, "hash", many())]);
    let (one, other) = tokio::join!(store.report(&reports.0), store.report(&reports.1));
    assert!(one.unwrap().remove(0).is_ok() && other.unwrap().remove(0).is_ok());
    assert!(database.violations().await.is_empty(), "{:?}", database.violations().await);
    store.retry_job(jobs[0].id, Scope::All, Descendants::Stay, None).await.unwrap();
    assert_eq!(store.job(jobs[2].id).await.unwrap().counts.total, 200);
    store.retry_job(jobs[1].id, Scope::All, Descendants::Stay, None).await.unwrap();
    assert_eq!(store.job(jobs[2].id).await.unwrap().counts.total, 0);
    database.finish().await;
}
