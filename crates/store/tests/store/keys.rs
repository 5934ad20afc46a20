//! Looking keys up, and noting their use.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use sha2::{Digest, Sha256};
use windlass_domain::Scope;
use windlass_store::testing::TestDatabase;
use windlass_store::testing_keys::{TestKey, key_text};
use windlass_store::{FoundKey, Store};

async fn find(store: &Store, text: &str) -> Option<FoundKey> {
    store.find_key(&Sha256::digest(text).into()).await.unwrap()
}

const READER: TestKey<'_> = TestKey {
    name: "reader",
    scopes: &["read", "work"],
    types: Some(&["a", "b-*"]),
    max_requests_per_second: Some(7),
    expires_in: None,
};

#[tokio::test]
async fn a_key_is_found_by_its_text_with_all_that_it_may() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (id, text) = database.make_key(&READER).await;
    let found = find(&store, &text).await.unwrap();
    assert_eq!((found.id, found.name.as_str(), found.good_for), (id, "reader", None));
    assert_eq!(found.scopes.iter().collect::<Vec<_>>(), [Scope::Read, Scope::Work]);
    assert_eq!(found.types.unwrap().iter().collect::<Vec<_>>(), ["a", "b-*"]);
    assert_eq!((found.max_requests_per_second, found.number), (Some(7), 1));
    assert_eq!(find(&store, &key_text()).await, None);
    database.finish().await;
}

#[tokio::test]
async fn what_is_revoked_or_expired_is_not_found_and_an_end_ahead_is_told() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let expiring = TestKey { expires_in: Some(Duration::from_secs(100)), ..READER };
    let (_, expiring) = database.make_key(&expiring).await;
    let good_for = find(&store, &expiring).await.unwrap().good_for.unwrap();
    assert!((90.0..=100.0).contains(&good_for.as_secs_f64()), "{good_for:?}");
    database.advance(Duration::from_secs(100)).await;
    assert_eq!(find(&store, &expiring).await, None);
    let (_, revoked) = database.make_key(&READER).await;
    database.revoke_key(&revoked).await;
    assert_eq!(find(&store, &revoked).await, None);
    database.finish().await;
}

#[tokio::test]
async fn the_text_of_before_is_good_until_the_overlap_ends() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (id, old) = database.make_key(&READER).await;
    let new = database.rotate_key(&old, Duration::from_secs(50)).await;
    let (by_old, by_new) = (find(&store, &old).await.unwrap(), find(&store, &new).await.unwrap());
    assert_eq!((by_old.id, by_new.id), (id, id));
    assert!(by_new.good_for.is_none() && by_old.good_for.unwrap() <= Duration::from_secs(50));
    database.advance(Duration::from_secs(50)).await;
    assert_eq!(find(&store, &old).await, None);
    assert!(find(&store, &new).await.is_some());
    database.finish().await;
}

#[tokio::test]
async fn a_text_that_many_use_first_at_once_is_good_for_all_of_them() {
    let database = TestDatabase::create().await;
    let (store, other) = (database.store().await, database.store().await);
    let (_, text) = database.make_key(&READER).await;
    let found = join_all((0..20).map(|at| find(if at % 2 == 0 { &store } else { &other }, &text))).await;
    assert!(found.iter().all(Option::is_some));
    assert!(database.is_key_used(&text).await);
    database.finish().await;
}

#[tokio::test]
async fn a_note_of_a_use_never_takes_a_later_one_back() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (id, text) = database.make_key(&READER).await;
    let number = find(&store, &text).await.unwrap().number;
    let mut connection = database.connect().await;
    let mut used = async || {
        let used = sqlx::query_scalar("SELECT last_used_at FROM keys WHERE id = $1").bind(id);
        let used: DateTime<Utc> = used.fetch_one(&mut connection).await.unwrap();
        used
    };
    let first = used().await;
    store.note_keys_used(&[(number, Duration::from_secs(30)), (99, Duration::ZERO)]).await.unwrap();
    assert_eq!(used().await, first);
    database.advance(Duration::from_mins(1)).await;
    store.note_keys_used(&[(number, Duration::from_secs(30))]).await.unwrap();
    let ahead = (used().await - first).num_seconds();
    assert!((29..=35).contains(&ahead), "{ahead}");
    database.finish().await;
}
