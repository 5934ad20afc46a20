//! Transactions that began before a retry and end after it, and many callers at once.

use std::collections::HashSet;
use std::sync::Arc;

use sqlx::{Connection, PgConnection};
use tokio::sync::Mutex;
use uuid::Uuid;
use windlass_domain::{Directive, JobState, Sealing, TaskState};
use windlass_store::testing::TestDatabase;
use windlass_store::{Descendants, NewJob, NewTask, Scope};

use super::{Mixed, in_state, settle_all, stale};
use crate::support::{complete, create, dequeue, fail, job, later, pipeline, with_tasks};

/// What a retry of a job of the type `work` writes, by somebody who holds the job, as if it had ended before.
const RETRY: &str = "
    UPDATE jobs SET run = run + 1, again_run = run + 1, left_over = queued + scheduled, queued = 0, scheduled = 0,
        head = nextval('task_positions'), added = added + 1, settled_to = '00000000-0000-0000-0000-000000000000'
    WHERE id = ";

/// Waits until `who` callers wait for a lock.
pub(crate) async fn until_blocked(database: &TestDatabase, who: i64) {
    let mut connection = database.connect().await;
    loop {
        let blocked = "SELECT count(*) FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let blocked: i64 = sqlx::query_scalar(blocked).fetch_one(&mut connection).await.unwrap();
        if blocked >= who {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn hold(connection: &mut PgConnection, job: Uuid) -> sqlx::Transaction<'_, sqlx::Postgres> {
    let mut transaction = connection.begin().await.unwrap();
    let hold = sqlx::query("SELECT FROM jobs WHERE id = $1 FOR NO KEY UPDATE").bind(job);
    hold.execute(&mut *transaction).await.unwrap();
    transaction
}

/// Its tasks have drawn their positions before the retry: the mark must not sink below what is stale above them.
#[tokio::test]
async fn tasks_added_while_their_job_ends_and_is_retried_are_of_its_new_run() {
    let database = TestDatabase::create().await;
    let store = database.store_bringing_back(0).await;
    let open = NewJob { sealed: Sealing::Later, ..with_tasks(job("a"), 2) };
    let (_, jobs) = create(&store, pipeline(vec![open])).await;
    let id = jobs[0].id;
    let mut connection = database.connect().await;
    let mut held = hold(&mut connection, id).await;
    let adding = tokio::spawn({
        let store = store.clone();
        async move { store.add_tasks(id, vec![NewTask::default(); 3], None).await.unwrap() }
    });
    until_blocked(&database, 1).await;
    // Two more that were added after them, and which the retry leaves over.
    let others = format!(
        "INSERT INTO tasks (id, job_id, position, max_attempts, state, payload_from_job, created_at)
         SELECT gen_random_uuid(), '{id}', nextval('task_positions'), 3, 'queued', false, windlass_now() FROM generate_series(1, 2);
         UPDATE jobs SET queued = queued + 2, added = added + 1 WHERE id = '{id}';
         INSERT INTO queue_counts (type, shard, queued) VALUES ('work', 99, 2)"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(others)).execute(&mut *held).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("{RETRY} '{id}'"))).execute(&mut *held).await.unwrap();
    held.commit().await.unwrap();
    adding.await.unwrap();
    assert_eq!(stale(&database, id).await, 4);
    assert_eq!(store.job(id).await.unwrap().counts.queued, 7);
    assert!(database.violations().await.is_empty(), "{:?}", database.violations().await);
    assert_eq!(dequeue(&store, 9).await.len(), 3, "what has been brought back, at once");
    assert_eq!(dequeue(&store, 9).await.len(), 4);
    database.finish().await;
}

#[tokio::test]
async fn a_promotion_that_meets_a_retry_passes_over_its_stale_tasks() {
    let database = TestDatabase::create().await;
    let store = database.store_bringing_back(0).await;
    let scheduled = NewJob { tasks: Some(later(&database, 3).await), ..job("a") };
    let (_, jobs) = create(&store, pipeline(vec![scheduled])).await;
    let id = jobs[0].id;
    database.advance(std::time::Duration::from_hours(2)).await;
    let mut connection = database.connect().await;
    let mut held = hold(&mut connection, id).await;
    let promoting = tokio::spawn({
        let store = store.clone();
        async move { store.promote().await.unwrap() }
    });
    until_blocked(&database, 1).await;
    let retry = format!(
        "{RETRY} '{id}'; INSERT INTO queue_counts (type, shard, queued, scheduled) VALUES ('work', 99, 3, -3)"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(retry)).execute(&mut *held).await.unwrap();
    held.commit().await.unwrap();
    promoting.await.unwrap();
    assert_eq!(stale(&database, id).await, 3);
    assert_eq!(dequeue(&store, 9).await.len(), 3);
    database.finish().await;
}

/// A task's cancel holds its task and waits for the job; what the settler passes over meanwhile it finds later.
#[tokio::test]
async fn a_task_that_somebody_holds_is_passed_over_and_found_when_the_walk_begins_anew() {
    let database = TestDatabase::create().await;
    let store = database.store_bringing_back(0).await;
    let mixed = Box::pin(Mixed::cancelled(&store)).await;
    store.retry_job(mixed.job, Scope::Failed, Descendants::Stay, None).await.unwrap();
    let (behind, _) = create(&store, pipeline(vec![with_tasks(job("behind"), 1)])).await;
    let mut connection = database.connect().await;
    let mut held = connection.begin().await.unwrap();
    let tasks = in_state(&store, mixed.job, TaskState::Queued).await;
    let lock = sqlx::query("SELECT FROM tasks WHERE id = ANY($1) FOR NO KEY UPDATE").bind(&tasks[..2]);
    lock.execute(&mut *held).await.unwrap();
    assert!(store.settle().await.unwrap().full);
    assert!(!store.settle().await.unwrap().full, "what is held is for the next tick");
    assert_eq!(stale(&database, mixed.job).await, 2);
    assert_eq!(dequeue(&store, 6).await.len(), 6);
    assert_eq!(dequeue(&store, 6).await[0].pipeline_id, behind.id, "what is behind is not held up");
    held.rollback().await.unwrap();
    assert_eq!(dequeue(&store, 6).await.len(), 2);
    assert_eq!(stale(&database, mixed.job).await, 0);
    database.finish().await;
}

/// Two settlers, workers, and an operator who cancels tasks, pauses and resumes: each task is done or cancelled once.
#[tokio::test]
async fn whatever_meets_while_tasks_come_back_none_is_lost_or_leased_twice() {
    const TASKS: usize = 2_500;
    let database = TestDatabase::create().await;
    let store = database.store_bringing_back(100).await;
    let (_, jobs) = create(&store, pipeline(vec![with_tasks(job("a"), TASKS)])).await;
    let id = jobs[0].id;
    let first = dequeue(&store, 1).await.remove(0);
    fail(&store, &first, Directive::Never).await.unwrap();
    store.retry_job(id, Scope::Failed, Descendants::Stay, None).await.unwrap();
    let leased = Arc::new(Mutex::new(HashSet::new()));
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let store = store.clone();
        // What is held when it comes to the end, a dequeue brings back.
        callers.spawn(async move {
            settle_all(&store).await;
        });
    }
    for _ in 0..3 {
        let (store, leased) = (store.clone(), Arc::clone(&leased));
        callers.spawn(async move {
            while store.job(id).await.unwrap().state != JobState::Succeeded {
                for task in dequeue(&store, 100).await {
                    assert!(leased.lock().await.insert(task.id), "a task is leased once");
                    complete(&store, &task).await.unwrap();
                }
            }
        });
    }
    let operator = store.clone();
    callers.spawn(async move {
        let waiting = in_state(&operator, id, TaskState::Queued).await;
        for (at, task) in waiting.into_iter().enumerate().step_by(20) {
            // Refused where a worker was faster.
            let _cancelled_or_not = operator.cancel_task(task, None).await;
            if at % 100 == 0 && operator.pause_job(id, None).await.is_ok() {
                operator.resume_job(id, None).await.unwrap();
            }
        }
    });
    while let Some(ended) = callers.join_next().await {
        ended.unwrap();
    }
    let counts = store.job(id).await.unwrap().counts;
    assert_eq!(usize::try_from(counts.succeeded + counts.cancelled).unwrap(), TASKS);
    assert_eq!(usize::try_from(counts.succeeded).unwrap(), leased.lock().await.len());
    settle_all(&store).await;
    database.finish().await;
}

/// Open jobs come first, and what was not written ends with its job all the same.
#[tokio::test]
async fn a_retry_writes_as_many_task_rows_as_it_may_and_leaves_the_others() {
    let database = TestDatabase::create().await;
    let store = database.store_bringing_back(10).await;
    let (created, jobs) = create(
        &store,
        pipeline(vec![with_tasks(job("a"), 30), with_tasks(NewJob { paused: true, ..job("b") }, 30)]),
    )
    .await;
    store.cancel_pipeline(created.id, None).await.unwrap();
    store.retry_pipeline(created.id, Scope::Failed, None, None).await.unwrap();
    let counts = (stale(&database, jobs[0].id).await, stale(&database, jobs[1].id).await);
    assert_eq!(counts, (20, 30));
    store.cancel_pipeline(created.id, None).await.unwrap();
    assert!(dequeue(&store, 30).await.is_empty());
    store.retry_pipeline(created.id, Scope::All, None, None).await.unwrap();
    assert_eq!(dequeue(&store, 60).await.len(), 10, "what was brought back at once");
    assert_eq!(dequeue(&store, 60).await.len(), 20);
    assert!(dequeue(&store, 60).await.is_empty(), "the other job is paused");
    database.finish().await;
}
