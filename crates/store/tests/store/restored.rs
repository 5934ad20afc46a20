//! Readers of events after the database was restored from a backup.

use windlass_store::testing::TestDatabase;
use windlass_store::{Error, Event, EventCursor, EventFilter, Store};

use crate::support::{job, pipeline};

/// Makes so many pipelines of one job: two events each.
async fn work(store: &Store, pipelines: usize) {
    for _ in 0..pipelines {
        store.create_pipeline(pipeline(vec![job("a")]), None).await.unwrap();
    }
}

/// All events behind a position, once there are so many.
async fn read(store: &Store, after: EventCursor, count: usize) -> Vec<Event> {
    loop {
        let events = store.events(&EventFilter::default(), after, 1_000).await.unwrap().events;
        assert!(events.len() <= count, "{events:?}");
        if events.len() == count {
            return events;
        }
        tokio::task::yield_now().await;
    }
}

fn ids(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| event.id.to_string()).collect()
}

#[tokio::test]
async fn a_reader_of_a_restored_database_goes_on_where_both_agree_and_is_refused_elsewhere() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    work(&store, 3).await;
    let before = read(&store, EventCursor::START, 6).await;
    let (shared, known) = (before[5].id, ids(&before));
    assert!(known.iter().all(|id| id.len() == 16), "nothing was restored yet: {known:?}");
    let backup = database.copy().await;
    work(&store, 3).await;
    let lost = read(&store, shared, 6).await;
    // The server runs on while its database is put back.
    database.restore(backup).await;
    let again = loop {
        match store.events(&EventFilter::default(), shared, 1_000).await {
            Ok(page) => break page.events,
            Err(Error::Unavailable(_)) => {}
            Err(error) => panic!("{error}"),
        }
    };
    assert!(again.is_empty(), "{again:?}");
    assert_eq!(
        ids(&read(&store, EventCursor::START, 6).await),
        known,
        "the ids of what both have are the same"
    );
    work(&store, 5).await;
    let new = read(&store, shared, 10).await;
    assert!(new.iter().all(|event| !lost.iter().any(|old| old.id == event.id)), "no id is used twice");
    assert!(new.iter().all(|event| event.id > shared && event.id.to_string() > shared.to_string()));
    for event in &lost {
        let refused = store.events(&EventFilter::default(), event.id, 1_000).await;
        assert!(matches!(refused, Err(Error::PlaceLost)), "{}: {refused:?}", event.id);
    }
    assert_eq!(ids(&read(&store, new[3].id, 6).await), ids(&new[4..]));
    store.close().await;
    database.finish().await;
}

#[tokio::test]
async fn a_position_that_was_never_drawn_is_refused() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    work(&store, 1).await;
    let last = read(&store, EventCursor::START, 2).await[1].id.to_string();
    let beyond: EventCursor =
        format!("{:016x}", i64::from_str_radix(&last, 16).unwrap() + 1_000).parse().unwrap();
    assert!(matches!(store.events(&EventFilter::default(), beyond, 10).await, Err(Error::PlaceLost)));
    store.close().await;
    database.finish().await;
}
