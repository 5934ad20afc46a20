//! Low-water marks never hide a task.

use sqlx::{Connection, Executor};
use uuid::Uuid;
use windlass_domain::Directive;
use windlass_store::NewTask;
use windlass_store::testing::TestDatabase;

use crate::support::{complete, create, dequeue, fail, job, pipeline, read, with_tasks};

/// Somebody who adds tasks draws positions first and commits later; until then others add, and theirs are taken.
#[tokio::test]
async fn a_lower_position_that_commits_later_is_still_dequeued() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let mut open = with_tasks(job("a"), 1);
    open.sealed = windlass_domain::Sealing::Later;
    let (created, jobs) = create(&store, pipeline(vec![open])).await;
    let id = jobs[0].id;
    let mut slow = database.connect().await;
    let mut slow = slow.begin().await.unwrap();
    let late = Uuid::now_v7();
    let insert = format!(
        "INSERT INTO tasks (id, job_id, position, max_attempts, state, payload_from_job, created_at)
         VALUES ('{late}', '{id}', nextval('task_positions'), 3, 'queued', false, windlass_now())"
    );
    slow.execute(sqlx::AssertSqlSafe(insert)).await.unwrap();
    store.add_tasks(id, vec![NewTask::default(); 5], None).await.unwrap();
    for task in dequeue(&store, 6).await {
        complete(&store, &task).await.unwrap();
    }
    assert!(dequeue(&store, 1).await.is_empty());
    let last_step = format!(
        "UPDATE jobs SET queued = queued + 1, added = added + 1, returned = true, head = least(
             head, (SELECT position - 1 FROM tasks WHERE id = '{late}')
         ) WHERE id = '{id}';
         INSERT INTO queue_counts (type, shard, queued) VALUES ('work', 99, 1)"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(last_step)).execute(&mut *slow).await.unwrap();
    slow.commit().await.unwrap();
    let found = dequeue(&store, 1).await;
    assert_eq!(found.iter().map(|task| task.id).collect::<Vec<_>>(), [late]);
    assert_eq!(read(&store, created.id).await.1[0].counts.running, 1);
    database.finish().await;
}

/// The mark rises with what is taken, or it would not spare the dead tuples below it.
#[tokio::test]
async fn the_mark_rises_over_what_was_taken_and_falls_for_what_comes_back() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    create(&store, pipeline(vec![with_tasks(job("a"), 10)])).await;
    let mut connection = database.connect().await;
    let mut head = async || {
        sqlx::query_scalar::<_, i64>("SELECT head FROM jobs").fetch_one(&mut connection).await.unwrap()
    };
    let leased = dequeue(&store, 4).await;
    assert_eq!(head().await, 4);
    fail(&store, &leased[0], Directive::Auto).await.unwrap();
    assert_eq!(head().await, 4, "a task tried again is behind the others, above the mark");
    dequeue(&store, 7).await;
    assert_eq!(head().await, 11);
    database.finish().await;
}

#[tokio::test]
async fn adding_and_taking_at_once_loses_nothing() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let mut open = with_tasks(job("a"), 0);
    open.sealed = windlass_domain::Sealing::Later;
    open.max_failed_tasks = 400;
    let (_, jobs) = create(&store, pipeline(vec![open])).await;
    let id = jobs[0].id;
    let adders = (0..4).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..25 {
                store.add_tasks(id, vec![NewTask::default(); 4], None).await.unwrap();
            }
        })
    });
    let takers = (0..4).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            for round in 0..60 {
                for task in dequeue(&store, 3).await {
                    if (round + usize::from(task.id.as_bytes()[15])) % 5 == 0 {
                        fail(&store, &task, Directive::After(std::time::Duration::ZERO)).await.unwrap();
                    } else {
                        complete(&store, &task).await.unwrap();
                    }
                }
            }
        })
    });
    for task in adders.chain(takers).collect::<Vec<_>>() {
        task.await.unwrap();
    }
    loop {
        let rest = dequeue(&store, 50).await;
        if rest.is_empty() {
            break;
        }
        for task in rest {
            complete(&store, &task).await.unwrap();
        }
    }
    let counts = store.job(id).await.unwrap().counts;
    assert_eq!((counts.queued, counts.running, counts.succeeded + counts.failed), (0, 0, 400));
    database.finish().await;
}
