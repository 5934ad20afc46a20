//! Names of people go when no event can name them any more, and not before.

use std::time::Duration;

use windlass_store::testing::TestDatabase;
use windlass_store::{NewSession, Retention, Store};

const HOUR: Duration = Duration::from_hours(1);

async fn log_in(store: &Store, token: u8, name: &str) {
    let session = NewSession {
        hash: [token; 32],
        key_hash: [9; 32],
        stored: false,
        display_name: Some(name.to_owned()),
        length: Duration::from_hours(12),
    };
    store.add_session(&session).await.unwrap();
}

async fn names(database: &TestDatabase) -> Vec<String> {
    let names = sqlx::query_scalar("SELECT name FROM display_names ORDER BY name");
    names.fetch_all(&mut database.connect().await).await.unwrap()
}

#[tokio::test]
async fn a_name_is_kept_for_3_days_longer_than_events_since_its_last_log_in() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let retention = Retention { events: HOUR * 24 * 5, ..Retention::default() };
    log_in(&store, 1, "Ada").await;
    log_in(&store, 2, "Bea").await;
    database.advance(HOUR * 24 * 4).await;
    log_in(&store, 3, "Ada").await;
    assert_eq!(names(&database).await, ["Ada", "Bea"], "who comes again is the same");
    for (hours, left) in [(95, vec!["Ada", "Bea"]), (2, vec!["Ada"]), (94, vec!["Ada"]), (2, vec![])] {
        database.advance(HOUR * hours).await;
        while store.prune(&retention).await.unwrap().full {}
        assert_eq!(names(&database).await, left, "after {hours} more hours");
    }
    log_in(&store, 4, "Ada").await;
    let found = store.find_session(&[4; 32]).await.unwrap().unwrap();
    assert!(found.name_number.is_some(), "a name that went can come again");
    database.finish().await;
}
