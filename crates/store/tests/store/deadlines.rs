//! Deadlines: the duty that cancels, and what meets it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::AssertSqlSafe;
use tokio::task::JoinSet;
use windlass_domain::{JobState, PipelineState, When};
use windlass_store::testing::TestDatabase;
use windlass_store::{Error, NewPipeline, Pipeline, PipelineChange, Scope, Store};

use crate::support::{after, complete, create, dequeue, job, pipeline, read};

const HOUR: Duration = Duration::from_hours(1);
/// Rounds of a race.
const ROUNDS: usize = 30;

async fn now(database: &TestDatabase) -> DateTime<Utc> {
    sqlx::query_scalar("SELECT windlass_now()").fetch_one(&mut database.connect().await).await.unwrap()
}

/// One that waits for an hour at the most.
async fn hurried(database: &TestDatabase) -> NewPipeline {
    NewPipeline { deadline_at: Some(now(database).await + HOUR), ..pipeline(vec![job("work")]) }
}

async fn create_many(store: &Store, new: &NewPipeline, many: usize) -> Vec<Pipeline> {
    let mut created = Vec::new();
    for _ in 0..many {
        created.push(create(store, new.clone()).await.0);
    }
    created
}

#[tokio::test]
async fn a_deadline_that_has_come_cancels_with_clean_up_and_says_so() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let jobs = vec![job("work"), after("reclaim", &[("work", When::Always)])];
    let new = NewPipeline { jobs, ..hurried(&database).await };
    let (created, _) = create(&store, new).await;
    assert_eq!(store.cancel_overdue().await.unwrap().found, 0);
    database.advance(HOUR).await;
    let overdue = store.cancel_overdue().await.unwrap();
    assert_eq!((overdue.found, overdue.cancelled), (1, 1));
    let (cancelling, jobs) = read(&store, created.id).await;
    assert!(cancelling.cancelling);
    assert_eq!(cancelling.reason.as_deref(), Some("deadline"));
    assert_eq!((jobs[0].state, jobs[0].reason.as_deref()), (JobState::Cancelled, Some("deadline")));
    assert_eq!(jobs[1].state, JobState::Queued);
    assert_eq!(store.cancel_overdue().await.unwrap().found, 0, "once");
    database.finish().await;
}

#[tokio::test]
async fn deadlines_go_in_pieces_the_earliest_first() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let new = hurried(&database).await;
    create_many(&store, &new, 150).await;
    let late = NewPipeline { deadline_at: new.deadline_at.map(|at| at + HOUR), ..new };
    let late = create_many(&store, &late, 1).await.remove(0);
    database.advance(HOUR).await;
    let first = store.cancel_overdue().await.unwrap();
    assert_eq!((first.cancelled, first.full), (100, true));
    let second = store.cancel_overdue().await.unwrap();
    assert_eq!((second.cancelled, second.full), (50, false));
    assert_eq!(read(&store, late.id).await.0.state, PipelineState::Pending);
    database.finish().await;
}

#[tokio::test]
async fn two_servers_cancel_each_pipeline_once() {
    let database = TestDatabase::create().await;
    let stores = [database.store().await, database.store().await];
    create_many(&stores[0], &hurried(&database).await, 90).await;
    database.advance(HOUR).await;
    let mut ticks = JoinSet::new();
    for tick in 0..6 {
        let store = stores[tick % 2].clone();
        ticks.spawn(async move { store.cancel_overdue().await.unwrap().cancelled });
    }
    let cancelled: usize = ticks.join_all().await.into_iter().sum();
    let rest = stores[0].cancel_overdue().await.unwrap().cancelled;
    assert_eq!(cancelled + rest, 90);
    let ends: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM events WHERE entity = 'pipeline' AND to_state = 'cancelled' AND reason = 'deadline'",
    )
    .fetch_one(&mut database.connect().await)
    .await
    .unwrap();
    assert_eq!(ends, 90);
    database.finish().await;
}

/// More of them than one tick takes, and the earliest.
#[tokio::test]
async fn pipelines_that_cannot_be_cancelled_hold_up_no_other() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let new = hurried(&database).await;
    let stuck = create_many(&store, &new, 130).await;
    let later = NewPipeline { deadline_at: new.deadline_at.map(|at| at + Duration::from_secs(1)), ..new };
    let others = create_many(&store, &later, 5).await;
    let ids: Vec<String> = stuck.iter().map(|pipeline| format!("'{}'", pipeline.id)).collect();
    let refuse = format!(
        "CREATE TABLE stuck AS SELECT unnest(ARRAY[{}]::uuid[]) AS id;
         CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF NEW.cancelled AND EXISTS (SELECT FROM stuck WHERE id = NEW.id) THEN RAISE EXCEPTION 'stuck'; END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER refuse BEFORE UPDATE ON pipelines FOR EACH ROW EXECUTE FUNCTION refuse()",
        ids.join(",")
    );
    sqlx::raw_sql(AssertSqlSafe(refuse)).execute(&mut database.connect().await).await.unwrap();
    database.advance(HOUR + Duration::from_secs(2)).await;
    let first = store.cancel_overdue().await.unwrap();
    assert_eq!((first.cancelled, first.failed.len(), first.full), (0, 100, true));
    let second = store.cancel_overdue().await.unwrap();
    assert_eq!((second.cancelled, second.failed.len(), second.full), (5, 30, false));
    for other in others {
        assert_eq!(read(&store, other.id).await.0.state, PipelineState::Cancelled);
    }
    let again = store.cancel_overdue().await.unwrap();
    assert_eq!((again.found, again.failed.len()), (100, 0), "tried again, and told once");
    sqlx::raw_sql("DROP TRIGGER refuse ON pipelines").execute(&mut database.connect().await).await.unwrap();
    while store.cancel_overdue().await.unwrap().found > 0 {}
    for pipeline in stuck {
        assert_eq!(read(&store, pipeline.id).await.0.state, PipelineState::Cancelled);
    }
    database.finish().await;
}

#[tokio::test]
async fn a_deadline_that_meets_the_end_leaves_the_pipeline_with_one_end() {
    let database = TestDatabase::create().await;
    let stores = [database.store().await, database.store().await];
    for round in 0..ROUNDS {
        let (created, _) = create(&stores[0], hurried(&database).await).await;
        let leased = dequeue(&stores[0], 1).await.remove(0);
        let deadline = PipelineChange {
            deadline_at: Some(Some(now(&database).await + Duration::from_millis(1))),
            ..Default::default()
        };
        // It may have come by the time that it is checked.
        drop(stores[0].patch_pipeline(created.id, deadline).await);
        let mut racing = JoinSet::new();
        let (duty, reporter) = (stores[1].clone(), stores[0].clone());
        racing.spawn(async move { drop(duty.cancel_overdue().await.unwrap()) });
        racing.spawn(async move { drop(complete(&reporter, &leased).await) });
        racing.join_all().await;
        let (ended, _) = read(&stores[0], created.id).await;
        assert!(
            matches!(ended.state, PipelineState::Succeeded | PipelineState::Cancelled),
            "round {round}: {:?}",
            ended.state
        );
    }
    database.finish().await;
}

#[tokio::test]
async fn a_retry_that_meets_the_duty_is_without_the_deadline_that_has_come() {
    let database = TestDatabase::create().await;
    let stores = [database.store().await, database.store().await];
    for round in 0..ROUNDS {
        let (created, _) = create(&stores[0], hurried(&database).await).await;
        stores[0].cancel_pipeline(created.id, None).await.unwrap();
        database.advance(HOUR + Duration::from_secs(1)).await;
        let mut racing = JoinSet::new();
        let (duty, retrier) = (stores[1].clone(), stores[0].clone());
        racing.spawn(async move { drop(duty.cancel_overdue().await.unwrap()) });
        racing.spawn(async move {
            drop(retrier.retry_pipeline(created.id, Scope::Failed, None, None).await.unwrap());
        });
        racing.join_all().await;
        stores[1].cancel_overdue().await.unwrap();
        let (again, _) = read(&stores[0], created.id).await;
        assert_eq!((again.state, again.deadline_at), (PipelineState::Running, None), "round {round}");
        stores[0].cancel_pipeline(created.id, None).await.unwrap();
    }
    database.finish().await;
}

#[tokio::test]
async fn a_deadline_that_was_moved_ahead_while_the_duty_looked_does_not_cancel() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let new = hurried(&database).await;
    let (created, _) = create(&store, new).await;
    let moved =
        PipelineChange { deadline_at: Some(Some(now(&database).await + HOUR * 9)), ..Default::default() };
    store.patch_pipeline(created.id, moved).await.unwrap();
    database.advance(HOUR * 2).await;
    assert_eq!(store.cancel_overdue().await.unwrap().found, 0);
    let past = PipelineChange { deadline_at: Some(Some(now(&database).await)), ..Default::default() };
    assert!(matches!(store.patch_pipeline(created.id, past).await, Err(Error::DeadlineNotAhead)));
    database.advance(HOUR * 8).await;
    assert_eq!(store.cancel_overdue().await.unwrap().cancelled, 1);
    database.finish().await;
}
