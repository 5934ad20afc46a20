//! History goes when its kind's time has come, and not before.

use std::time::Duration;

use sqlx::PgConnection;
use windlass_domain::{Directive, JobnikJobStatus};
use windlass_store::testing::TestDatabase;
use windlass_store::{Answer, Error, IdempotencyKey, Job, Once, Pipeline, Retention, Store, StoredAnswer};

use crate::jobnik_support::{dequeue_of_jobnik, make};
use crate::support::{complete, create, dequeue, fail, job, pipeline, read, with_tasks};

const HOUR: Duration = Duration::from_hours(1);
const STORED: Retention = Retention {
    succeeded: Duration::from_hours(24),
    cancelled: Duration::from_hours(48),
    failed: Duration::from_hours(72),
    partial: Duration::from_hours(24),
    events: Duration::from_hours(120),
    outcomes: Retention::OUTCOMES,
    deliveries: Retention::DELIVERIES,
    log: Retention::LOG,
};

#[tokio::test]
async fn pipelines_go_by_how_they_ended_and_what_runs_stays() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let mut ended = Vec::new();
    for _ in 0..3 {
        ended.push(create(&store, pipeline(vec![with_tasks(job("a"), 1)])).await.0);
    }
    let leased = dequeue(&store, 2).await;
    complete(&store, &leased[0]).await.unwrap();
    fail(&store, &leased[1], Directive::Never).await.unwrap();
    store.cancel_pipeline(ended[2].id, None).await.unwrap();
    let running = create(&store, pipeline(vec![with_tasks(job("a"), 1)])).await.0;
    for (hours, left) in
        [(23, [true, true, true]), (2, [false, true, true]), (24, [false, true, false]), (24, [false; 3])]
    {
        database.advance(HOUR * hours).await;
        while store.prune(&STORED).await.unwrap().full {}
        assert_eq!(
            [
                is_there(&store, &ended[0]).await,
                is_there(&store, &ended[1]).await,
                is_there(&store, &ended[2]).await
            ],
            left
        );
    }
    database.advance(HOUR * 24 * 365).await;
    while store.prune(&STORED).await.unwrap().full {}
    assert_eq!(read(&store, running.id).await.1[0].counts.queued, 1, "what has not ended is never touched");
    assert_eq!(rows(&mut database.connect().await, "tasks").await, 1);
    database.finish_without_check().await;
}

#[tokio::test]
async fn what_jobniks_surface_made_goes_as_all_does_and_is_counted_no_more() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (done, _) = make(&store, 1).await;
    let task = dequeue_of_jobnik(&store).await.unwrap();
    complete(&store, &task).await.unwrap();
    let (aborted, _) = make(&store, 1).await;
    store.set_jobnik_job_status(aborted.id, JobnikJobStatus::Aborted).await.unwrap().unwrap();
    let (waiting, _) = make(&store, 1).await;
    for (hours, jobs) in [(23, [1, 0, 0, 1, 0, 1]), (2, [1, 0, 0, 0, 0, 1]), (24, [1, 0, 0, 0, 0, 0])] {
        database.advance(HOUR * hours).await;
        while store.prune(&STORED).await.unwrap().full {}
        assert_eq!(store.jobnik_counts().await.unwrap().jobs, jobs, "pending, …, completed, failed, aborted");
    }
    assert!(store.jobnik_job(done.id, false).await.unwrap().is_none());
    assert!(store.jobnik_job(waiting.id, false).await.unwrap().is_some());
    database.finish_without_check().await;
}

#[tokio::test]
async fn events_and_attempts_go_by_whole_days_each_at_its_time() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    create(&store, pipeline(vec![with_tasks(job("a"), 2)])).await;
    let leased = dequeue(&store, 1).await;
    complete(&store, &leased[0]).await.unwrap();
    let mut connection = database.connect().await;
    database.advance(HOUR * 71).await;
    store.create_partitions().await.unwrap();
    store.prune(&STORED).await.unwrap();
    assert!(rows(&mut connection, "events").await > 0);
    assert_eq!(rows(&mut connection, "attempts").await, 1, "three days have not passed");
    database.advance(HOUR * 25).await;
    store.prune(&STORED).await.unwrap();
    assert!(rows(&mut connection, "events").await > 0, "five days have not passed");
    assert_eq!(rows(&mut connection, "attempts").await, 0, "no pipeline of that day can be there that ended");
    database.advance(HOUR * 48).await;
    store.prune(&STORED).await.unwrap();
    assert_eq!(rows(&mut connection, "events").await, 0);
    database.finish_without_check().await;
}

async fn is_there(store: &Store, pipeline: &Pipeline) -> bool {
    match store.pipeline(pipeline.id).await {
        Ok(_) => true,
        Err(Error::NotFound(_)) => false,
        Err(error) => panic!("{error}"),
    }
}

async fn rows(connection: &mut PgConnection, table: &str) -> i64 {
    let count = format!("SELECT count(*) FROM {table}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(count)).fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn the_answer_to_a_key_is_stored_for_a_day_and_goes_after_it() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let render =
        |(created, _): &(Pipeline, Vec<Job>)| StoredAnswer { location: None, body: created.id.to_string() };
    let key =
        IdempotencyKey { scope: "POST /v1/pipelines".to_owned(), key: "once".to_owned(), body_hash: [7; 32] };
    let create = async || {
        let once = Once { key: key.clone(), render: &render };
        store.create_pipeline(pipeline(vec![job("a")]), Some(once)).await.unwrap()
    };
    let Answer::New((first, _)) = create().await else { panic!("the key is new") };
    database.advance(HOUR * 24).await;
    while store.prune(&STORED).await.unwrap().full {}
    let Answer::Repeated(stored) = create().await else { panic!("a day later it is a repeat") };
    assert_eq!(stored.body, first.id.to_string());
    database.advance(HOUR * 2).await;
    while store.prune(&STORED).await.unwrap().full {}
    assert_eq!(rows(&mut database.connect().await, "idempotency_keys").await, 0);
    let Answer::New((second, _)) = create().await else { panic!("nothing is left of it") };
    assert_ne!(second.id, first.id);
    database.finish().await;
}
