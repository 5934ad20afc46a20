//! Controls: cancel, pause, skip, priority, delete, limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::Executor;
use windlass_domain::{JobState, PipelineState, Priority, TaskState, When};
use windlass_store::testing::TestDatabase;
use windlass_store::{Error, Event, EventCursor, EventFilter, NewJob, Retention, Store};

use crate::support::{after, complete, create, dequeue, job, pipeline, read, types, with_tasks};

#[tokio::test]
async fn a_cancelled_pipeline_ends_at_once_and_its_leases_are_dead() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let jobs = vec![with_tasks(job("a"), 5), after("clean-up", &[("a", When::Always)])];
    let (created, _) = create(&store, pipeline(jobs)).await;
    let leased = dequeue(&store, 2).await;
    let (cancelled, jobs) = store.cancel_pipeline(created.id, None).await.unwrap();
    assert_eq!(cancelled.state, PipelineState::Cancelled);
    assert!(jobs.iter().all(|job| job.state == JobState::Cancelled));
    assert!(matches!(
        complete(&store, &leased[0]).await,
        Err(Error::LeaseLost { task_state: TaskState::Cancelled })
    ));
    assert!(dequeue(&store, 10).await.is_empty());
    assert_eq!(store.cancel_pipeline(created.id, None).await.unwrap().0.state, PipelineState::Cancelled);
    while store.settle().await.unwrap().full {}
    assert_eq!(store.task(leased[1].id).await.unwrap().state, TaskState::Cancelled);
    database.finish().await;
}

#[tokio::test]
async fn a_paused_pipeline_leases_nothing_until_all_that_are_paused_are_resumed() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (created, jobs) = create(&store, pipeline(vec![with_tasks(job("a"), 3)])).await;
    store.pause_pipeline(created.id, None).await.unwrap();
    store.pause_job(jobs[0].id, None).await.unwrap();
    assert!(dequeue(&store, 1).await.is_empty());
    store.resume_pipeline(created.id, None).await.unwrap();
    assert!(dequeue(&store, 1).await.is_empty());
    store.resume_job(jobs[0].id, None).await.unwrap();
    let leased = dequeue(&store, 1).await;
    store.pause_pipeline(created.id, None).await.unwrap();
    complete(&store, &leased[0]).await.unwrap();
    database.finish().await;
}

/// Opening, pausing, resuming, cancelling and re-prioritising touch no task row, however many there are.
#[tokio::test]
async fn controls_never_rewrite_tasks() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (created, jobs) = create(
        &store,
        pipeline(vec![
            job("first"),
            NewJob {
                depends_on: after("x", &[("first", When::Always)]).depends_on,
                ..with_tasks(job("a"), 200)
            },
        ]),
    )
    .await;
    let mut connection = database.connect().await;
    let mut versions = async || {
        let sum = "SELECT coalesce(sum(('x' || md5(xmin::text || ctid::text))::bit(32)::bigint), 0)::bigint
                   FROM tasks WHERE job_id = $1";
        sqlx::query_scalar::<_, i64>(sum).bind(jobs[1].id).fetch_one(&mut connection).await.unwrap()
    };
    let before = versions().await;
    store.patch_pipeline(created.id, Some(Priority::High), None).await.unwrap();
    store.pause_pipeline(created.id, None).await.unwrap();
    store.resume_pipeline(created.id, None).await.unwrap();
    let first = dequeue(&store, 1).await.remove(0);
    complete(&store, &first).await.unwrap();
    assert_eq!(store.job(jobs[1].id).await.unwrap().state, JobState::Queued);
    store.pause_job(jobs[1].id, None).await.unwrap();
    store.resume_job(jobs[1].id, None).await.unwrap();
    store.cancel_job(jobs[1].id, None).await.unwrap();
    assert_eq!(versions().await, before);
    database.finish().await;
}

#[tokio::test]
async fn max_running_is_exact_with_many_dequeues_at_once() {
    let database = TestDatabase::create().await;
    let stores = [database.store().await, database.store().await];
    create(&stores[0], pipeline(vec![with_tasks(job("a"), 700)])).await;
    stores[1].patch_queue(&types()[0], None, Some(Some(7))).await.unwrap();
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let workers: Vec<_> = (0..8)
        .map(|n| {
            let (store, running, most) = (stores[n % 2].clone(), Arc::clone(&running), Arc::clone(&most));
            tokio::spawn(async move {
                for _ in 0..25 {
                    for task in dequeue(&store, 3).await {
                        most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        tokio::task::yield_now().await;
                        // Counted down before the report: the count here is never above the true one.
                        running.fetch_sub(1, Ordering::SeqCst);
                        complete(&store, &task).await.unwrap();
                    }
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    assert!(most.load(Ordering::SeqCst) <= 7);
    let mut held = 0;
    loop {
        let leased = dequeue(&stores[0], 5).await.len();
        held += leased;
        if leased == 0 {
            break;
        }
    }
    assert_eq!(held, 7, "the limit is reached and not passed, and no slot has leaked");
    database.finish().await;
}

/// A dequeue that had begun when the queue was paused may still hand out; the pause answers only when it has.
#[tokio::test]
async fn a_pause_of_a_queue_answers_after_the_dequeues_that_began_before_it() {
    use sqlx::Connection;
    let database = TestDatabase::create().await;
    let store = database.store().await;
    create(&store, pipeline(vec![with_tasks(job("a"), 3)])).await;
    let (mut holder, mut watcher) = (database.connect().await, database.connect().await);
    let mut held = holder.begin().await.unwrap();
    held.execute("SELECT FROM jobs FOR UPDATE").await.unwrap();
    let dequeuing = tokio::spawn({
        let store = store.clone();
        async move { dequeue(&store, 1).await.len() }
    });
    let waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')";
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut watcher).await.unwrap() {}
    let pausing = tokio::spawn({
        let store = store.clone();
        async move { store.patch_queue(&types()[0], Some(true), None).await.unwrap() }
    });
    while !sqlx::query_scalar::<_, bool>("SELECT paused FROM queues").fetch_one(&mut watcher).await.unwrap() {
    }
    assert!(!pausing.is_finished(), "the pause holds, and its answer waits");
    held.commit().await.unwrap();
    let running = pausing.await.unwrap().running;
    assert_eq!(
        running,
        i64::try_from(dequeuing.await.unwrap()).unwrap(),
        "all that is handed out is known by then"
    );
    assert!(dequeue(&store, 1).await.is_empty());
    database.finish().await;
}

#[tokio::test]
async fn a_deleted_pipeline_is_gone_at_once_and_its_rows_go_in_batches() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (created, jobs) = create(&store, pipeline(vec![with_tasks(job("a"), 3)])).await;
    assert!(matches!(store.delete_pipeline(created.id).await, Err(Error::NotTerminal)));
    let leased = dequeue(&store, 1).await.remove(0);
    store.cancel_pipeline(created.id, None).await.unwrap();
    store.delete_pipeline(created.id).await.unwrap();
    assert!(matches!(store.delete_pipeline(created.id).await, Err(Error::NotFound(_))));
    assert!(matches!(store.job(jobs[0].id).await, Err(Error::NotFound(_))));
    assert!(matches!(complete(&store, &leased).await, Err(Error::NotFound(_))));
    while store.prune(&Retention::default()).await.unwrap().full {}
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM tasks")
        .fetch_one(&mut database.connect().await)
        .await
        .unwrap();
    assert_eq!(left, 0);
    let filter = EventFilter { pipeline_id: Some(created.id), ..Default::default() };
    let correlation_id = async {
        loop {
            let events = store.events(&filter, EventCursor::START, 100).await.unwrap().events;
            if let Some(end) = events.into_iter().find(|event| event.to == "cancelled") {
                return end.correlation_id;
            }
        }
    };
    let correlation_id = tokio::time::timeout(std::time::Duration::from_secs(30), correlation_id)
        .await
        .expect("the events stay");
    assert_eq!(correlation_id.as_deref(), Some("test"));
    database.connect().await.execute("DELETE FROM events").await.unwrap();
    database.finish().await;
}

/// So many events behind `after`, as soon as no transaction of the whole Postgres can precede them.
async fn readable(store: &Store, after: EventCursor, count: usize) -> Vec<Event> {
    let read = async {
        loop {
            let events = store.events(&EventFilter::default(), after, 10).await.unwrap().events;
            if events.len() >= count {
                assert_eq!(events.len(), count);
                return events;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), read).await.expect("the events can be read")
}

#[tokio::test]
async fn no_event_is_shown_before_one_of_the_youngest_writer() {
    use sqlx::Connection;
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (mut first, mut second) = (database.connect().await, database.connect().await);
    let mut older = first.begin().await.unwrap();
    older.execute("SELECT pg_current_xact_id()").await.unwrap();
    let mut younger = second.begin().await.unwrap();
    younger.execute("SELECT pg_current_xact_id()").await.unwrap();
    let insert = "INSERT INTO events (entity, pipeline_id, to_state, actor) VALUES ('pipeline', gen_random_uuid(), 'pending', 'client')";
    younger.execute(insert).await.unwrap();
    older.execute(insert).await.unwrap();
    older.commit().await.unwrap();
    let all = EventFilter::default();
    assert!(store.events(&all, EventCursor::START, 10).await.unwrap().events.is_empty());
    younger.commit().await.unwrap();
    assert_eq!(readable(&store, EventCursor::START, 2).await.len(), 2);
    database.finish_without_check().await;
}

#[tokio::test]
async fn events_are_shown_once_their_older_transactions_have_ended_although_younger_ones_overlap() {
    use sqlx::Connection;
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (mut first, mut second) = (database.connect().await, database.connect().await);
    let mut older = first.begin().await.unwrap();
    older.execute("SELECT pg_current_xact_id()").await.unwrap();
    create(&store, pipeline(vec![job("a")])).await;
    let all = EventFilter::default();
    assert!(store.events(&all, EventCursor::START, 10).await.unwrap().events.is_empty());
    let mut younger = second.begin().await.unwrap();
    younger.execute("SELECT pg_current_xact_id()").await.unwrap();
    older.rollback().await.unwrap();
    let shown = store.events(&all, EventCursor::START, 10).await.unwrap().events;
    assert_eq!(shown.len(), 2, "{shown:?}");
    younger.rollback().await.unwrap();
    database.finish().await;
}

#[tokio::test]
async fn an_event_is_shown_only_when_no_older_transaction_can_precede_it() {
    use sqlx::Connection;
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let mut slow = database.connect().await;
    let mut slow = slow.begin().await.unwrap();
    let id = uuid::Uuid::now_v7();
    let insert = format!(
        "INSERT INTO events (entity, pipeline_id, to_state, actor) VALUES ('pipeline', '{id}', 'pending', 'client')"
    );
    slow.execute(sqlx::AssertSqlSafe(insert)).await.unwrap();
    create(&store, pipeline(vec![job("a")])).await;
    let filter = EventFilter::default();
    let start = EventCursor::START;
    assert!(store.events(&filter, start, 10).await.unwrap().events.is_empty());
    slow.commit().await.unwrap();
    let events = readable(&store, start, 3).await;
    assert_eq!(events[0].pipeline_id, Some(id));
    let rest = store.events(&filter, events[0].id, 10).await.unwrap().events;
    assert_eq!(rest.len(), 2);
    read(&store, rest[0].pipeline_id.unwrap()).await;
    database.finish().await;
}
