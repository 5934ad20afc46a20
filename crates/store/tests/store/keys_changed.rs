//! Keys as they are stored: which are live, what a rotation keeps, and how long a page is.

use std::time::Duration;

use chrono::{DateTime, Utc};
use windlass_domain::{Name, Scope};
use windlass_store::testing::TestDatabase;
use windlass_store::{Error, LiveKeys, NewKey, Paging, Store, StoredText};

fn text(number: u8) -> StoredText {
    StoredText { hash: [number; 32], prefix: format!("wl_{number:08}") }
}

fn key(scopes: &[Scope]) -> NewKey {
    NewKey {
        name: Name::parse("test").unwrap(),
        scopes: scopes.to_vec(),
        types: None,
        expires_at: None,
        max_requests_per_second: None,
    }
}

async fn now(database: &TestDatabase) -> DateTime<Utc> {
    sqlx::query_scalar("SELECT windlass_now()").fetch_one(&mut database.connect().await).await.unwrap()
}

/// The numbers of the texts that are good now.
async fn good(store: &Store) -> Vec<u8> {
    let mut good = Vec::new();
    for number in 1..=4 {
        if store.find_key(&[number; 32]).await.unwrap().is_some() {
            good.push(number);
        }
    }
    good
}

#[tokio::test]
async fn an_expiry_is_ahead_or_refused_by_the_databases_clock() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    database.advance(Duration::from_hours(1)).await;
    let at = now(&database).await;
    let past = NewKey { expires_at: Some(at), ..key(&[Scope::Read]) };
    assert!(matches!(store.create_key(&past, &text(1)).await, Err(Error::ExpiryNotAhead)));
    let ahead = NewKey { expires_at: Some(at + Duration::from_mins(1)), ..key(&[Scope::Read]) };
    store.create_key(&ahead, &text(1)).await.unwrap();
    assert_eq!(good(&store).await, [1]);
    database.advance(Duration::from_mins(1)).await;
    assert_eq!(good(&store).await, [0_u8; 0]);
    database.finish().await;
}

#[tokio::test]
async fn which_keys_are_live_is_known_to_a_server_that_starts() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let live = |any, admin| LiveKeys { any, admin };
    assert_eq!(store.live_keys().await.unwrap(), live(false, false));
    let reader = store.create_key(&key(&[Scope::Read]), &text(1)).await.unwrap();
    assert_eq!(store.live_keys().await.unwrap(), live(true, false));
    let at = now(&database).await + Duration::from_mins(1);
    let expires = NewKey { expires_at: Some(at), ..key(&[Scope::Work, Scope::Admin]) };
    store.create_key(&expires, &text(2)).await.unwrap();
    assert_eq!(store.live_keys().await.unwrap(), live(true, true));
    database.advance(Duration::from_mins(2)).await;
    assert_eq!(store.live_keys().await.unwrap(), live(true, false));
    store.revoke_key(reader.id, None).await.unwrap();
    assert_eq!(store.live_keys().await.unwrap(), live(false, false));
    database.finish().await;
}

#[tokio::test]
async fn at_most_two_texts_of_a_key_are_good_however_often_it_is_rotated() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let id = store.create_key(&key(&[Scope::Read]), &text(1)).await.unwrap().id;
    let overlap = Duration::from_mins(10);
    // The look is the first use of each text that is good.
    assert_eq!(good(&store).await, [1]);
    store.rotate_key(id, overlap, &text(2)).await.unwrap();
    store.rotate_key(id, overlap, &text(3)).await.unwrap();
    assert_eq!(good(&store).await, [1, 3], "the second was never used");
    store.rotate_key(id, overlap, &text(4)).await.unwrap();
    assert_eq!(good(&store).await, [3, 4]);
    database.advance(overlap).await;
    assert_eq!(good(&store).await, [4]);
    database.finish().await;
}

#[tokio::test]
async fn a_text_that_was_never_used_stays_for_the_overlap_where_there_is_none_before_it() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let id = store.create_key(&key(&[Scope::Read]), &text(1)).await.unwrap().id;
    store.rotate_key(id, Duration::from_mins(10), &text(2)).await.unwrap();
    assert_eq!(good(&store).await, [1, 2]);
    database.finish().await;
}

#[tokio::test]
async fn a_repeated_rotation_without_an_overlap_ends_both_texts_of_before() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let id = store.create_key(&key(&[Scope::Read]), &text(1)).await.unwrap().id;
    store.rotate_key(id, Duration::from_mins(10), &text(2)).await.unwrap();
    store.rotate_key(id, Duration::ZERO, &text(3)).await.unwrap();
    assert_eq!(good(&store).await, [3]);
    database.finish().await;
}

#[tokio::test]
async fn rotations_at_once_leave_two_texts_at_the_most() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let id = store.create_key(&key(&[Scope::Read]), &text(1)).await.unwrap().id;
    assert_eq!(good(&store).await, [1]);
    let overlap = Duration::from_mins(10);
    let (two, three, four) = (text(2), text(3), text(4));
    let rotated = tokio::join!(
        store.rotate_key(id, overlap, &two),
        store.rotate_key(id, overlap, &three),
        store.rotate_key(id, overlap, &four)
    );
    assert!(rotated.0.is_ok() && rotated.1.is_ok() && rotated.2.is_ok());
    let good = good(&store).await;
    assert!(good.len() == 2 && good[0] == 1, "the first, and the last that was drawn: {good:?}");
    database.finish().await;
}

#[tokio::test]
async fn a_page_of_keys_ends_early_at_8_mib() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    // Each has 50 types of 100 characters of 4 bytes: 20,000 bytes.
    sqlx::query(
        "INSERT INTO keys (id, name, scopes, types, hash, prefix)
         SELECT gen_random_uuid(), 'test', '{work}', array_fill(repeat('😀', 100), ARRAY[50]), sha256(n::text::bytea), 'wl_'
         FROM generate_series(1, 500) n",
    )
    .execute(&mut database.connect().await)
    .await
    .unwrap();
    let name = Name::parse("test").unwrap();
    for name in [None, Some(&name)] {
        let page = store.list_keys(name, Paging { after: None, limit: 500 }).await.unwrap();
        assert_eq!((page.items.len(), page.more), (420, true));
        let after = page.items.last().map(|key| key.id);
        let rest = store.list_keys(name, Paging { after, limit: 500 }).await.unwrap();
        assert_eq!((rest.items.len(), rest.more), (80, false));
    }
    database.finish_without_check().await;
}
