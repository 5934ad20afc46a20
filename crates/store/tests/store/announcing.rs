//! Servers hear of each other what can be leased, and not of themselves.

use std::time::Duration;

use windlass_store::testing::TestDatabase;

#[tokio::test]
async fn a_server_hears_what_others_announce_and_not_what_it_announces_itself() {
    let database = TestDatabase::create().await;
    let (one, other) = (database.store().await, database.store().await);
    let mut heard = other.listen_to_replicas().await.unwrap();
    let mut many: Vec<String> = (0..100).map(|number| format!("{number:0>100}")).collect();
    many.extend((0..100).map(|number| format!("a b%20{number:🦀>94}")));
    other.announce_to_replicas(&["own".to_owned()]).await.unwrap();
    one.announce_to_replicas(&many).await.unwrap();
    let mut types = Vec::new();
    while types.len() < many.len() {
        types.extend(tokio::time::timeout(Duration::from_secs(30), heard.next()).await.unwrap().unwrap());
    }
    assert_eq!(types, many, "in messages that Postgres takes, and without its own");
    database.finish().await;
}

#[tokio::test]
async fn a_listener_whose_connection_breaks_says_so() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let mut heard = store.listen_to_replicas().await.unwrap();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    sqlx::raw_sql(cut).execute(&mut database.connect().await).await.unwrap();
    let said = tokio::time::timeout(Duration::from_secs(30), heard.next()).await.unwrap();
    assert!(said.is_err());
    database.finish().await;
}
