//! The type of an event outlives its job.

use sqlx::Executor;
use windlass_store::testing::TestDatabase;
use windlass_store::{Event, EventCursor, EventFilter, Retention, Store};

use crate::support::{complete, create, dequeue, job, pipeline, with_tasks};

#[tokio::test]
async fn events_of_a_deleted_job_have_its_type_by_its_first_event_or_by_that_of_its_end() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (created, jobs) = create(&store, pipeline(vec![with_tasks(job("a"), 2)])).await;
    for leased in dequeue(&store, 2).await {
        complete(&store, &leased).await.unwrap();
    }
    let type_name = jobs[0].type_name.clone();
    let before = events(&store, created.id, 10).await;
    store.delete_pipeline(created.id).await.unwrap();
    while store.prune(&Retention::default()).await.unwrap().full {}
    let mut connection = database.connect().await;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs").fetch_one(&mut connection).await.unwrap();
    assert_eq!(left, 0);
    assert_eq!(types(&events(&store, created.id, 10).await[..10]), types(&before));
    connection.execute("DELETE FROM events WHERE from_state IS NULL").await.unwrap();
    let later = events(&store, created.id, 8).await;
    assert!(later.iter().any(|event| event.task_id.is_some() && event.to == "running"));
    for event in &later {
        assert_eq!(event.type_name.as_ref(), event.job_id.map(|_| &type_name), "{event:?}");
    }
    connection.execute("DELETE FROM events").await.unwrap();
    database.finish().await;
}

fn types(events: &[Event]) -> Vec<Option<&str>> {
    events.iter().map(|event| event.type_name.as_deref()).collect()
}

/// The pipeline's events, at least so many, and the same narrowed to its jobs' type.
async fn events(store: &Store, pipeline: uuid::Uuid, count: usize) -> Vec<Event> {
    let all = EventFilter { pipeline_id: Some(pipeline), ..EventFilter::default() };
    let read = async {
        loop {
            let events = store.events(&all, EventCursor::START, 100).await.unwrap().events;
            if events.len() >= count {
                return events;
            }
        }
    };
    let events =
        tokio::time::timeout(std::time::Duration::from_secs(30), read).await.expect("they can be read");
    let type_name = events.iter().find_map(|event| event.type_name.clone());
    let narrowed =
        store.events(&EventFilter { type_name, ..all }, EventCursor::START, 100).await.unwrap().events;
    let of_jobs: Vec<_> =
        events.iter().filter(|event| event.job_id.is_some()).map(|event| event.id).collect();
    assert_eq!(narrowed.iter().map(|event| event.id).collect::<Vec<_>>(), of_jobs);
    events
}
