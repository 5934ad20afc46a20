//! Bulk verbs: their set, their pieces, and the claim that an `Idempotency-Key` makes of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use uuid::Uuid;
use windlass_domain::{Name, PipelineState};
use windlass_store::testing::TestDatabase;
use windlass_store::{
    Answer, BulkVerb, Bulked, Error, IdempotencyKey, NewPipeline, Once, PipelineSet, Refusal, Store,
    StoredAnswer,
};

use crate::support::{create, job, pipeline, read};

fn named(name: &str) -> NewPipeline {
    NewPipeline { name: Name::parse(name).unwrap(), ..pipeline(vec![job("a")]) }
}

fn set(name: &str) -> PipelineSet {
    PipelineSet { name: Some(name.to_owned()), ..PipelineSet::default() }
}

fn open(name: &str) -> PipelineSet {
    PipelineSet { states: vec![PipelineState::Pending, PipelineState::Running], ..set(name) }
}

async fn made(store: &Store, name: &str, count: usize) -> Vec<Uuid> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(create(store, named(name)).await.0.id);
    }
    ids
}

fn shown(bulked: &Bulked) -> StoredAnswer {
    StoredAnswer { location: None, body: format!("{bulked:?}") }
}

fn keyed(body: u8) -> Once<'static, Bulked> {
    let key = IdempotencyKey { scope: "POST /bulk".to_owned(), key: "key".to_owned(), body_hash: [body; 32] };
    Once { key, render: &shown }
}

/// Pauses what fits, `pieces` of it at the most.
async fn pause(
    store: &Store,
    set: &PipelineSet,
    once: Option<Once<'_, Bulked>>,
    pieces: usize,
) -> Result<Option<Answer<Bulked>>, Error> {
    let left = AtomicUsize::new(pieces);
    // Asked once for the set and once before each piece; of a new claim three times, of another's once before the first.
    let goes_on =
        || left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
    store.bulk_pipelines(set, BulkVerb::Pause, None, once, &goes_on).await
}

async fn pause_all(store: &Store, set: &PipelineSet, once: Option<Once<'_, Bulked>>) -> Answer<Bulked> {
    pause(store, set, once, usize::MAX).await.unwrap().unwrap()
}

async fn count(store: &Store, set: &PipelineSet) -> i64 {
    store.count_pipelines(set, BulkVerb::Pause, None, &|| true).await.unwrap().unwrap().done().unwrap()
}

async fn paused(store: &Store, ids: &[Uuid]) -> Vec<bool> {
    let mut paused = Vec::new();
    for id in ids {
        paused.push(read(store, *id).await.0.paused);
    }
    paused
}

fn bulked(matched: i64, changed: i64, refused: i64) -> Bulked {
    Bulked { matched, changed, refused }
}

#[tokio::test]
async fn a_bulk_verb_that_does_not_go_on_stops_between_two_pieces_the_oldest_done() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let ids = made(&store, "a", 4).await;
    assert!(pause(&store, &set("a"), None, 1 + 2).await.unwrap().is_none());
    assert_eq!(paused(&store, &ids).await, [true, true, false, false]);
    let done = pause_all(&store, &set("a"), None).await.done().unwrap();
    assert_eq!(done, bulked(4, 2, 0), "what holds already counts in neither");
    database.finish().await;
}

#[tokio::test]
async fn under_a_key_it_goes_on_where_it_stopped_and_meets_no_pipeline_twice() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let ids = made(&store, "a", 5).await;
    assert!(pause(&store, &open("a"), Some(keyed(1)), 3 + 2).await.unwrap().is_none());
    assert_eq!(paused(&store, &ids).await, [true, true, false, false, false]);
    // One that was met is not met again; one that has left the filter is refused; one that comes to fit is not met.
    store.resume_pipeline(ids[0], None).await.unwrap();
    store.cancel_pipeline(ids[3], None).await.unwrap();
    let late = made(&store, "a", 1).await[0];
    let another = database.store().await;
    assert!(matches!(pause(&another, &open("a"), Some(keyed(2)), 9).await, Err(Error::KeyReused)));
    let done = pause_all(&another, &open("a"), Some(keyed(1))).await.done().unwrap();
    assert_eq!(done, bulked(5, 4, 1));
    assert_eq!(paused(&store, &ids).await, [false, true, true, false, true]);
    assert!(!read(&store, late).await.0.paused);
    let Answer::Repeated(stored) = pause_all(&store, &open("a"), Some(keyed(1))).await else {
        panic!("it was done")
    };
    assert_eq!(stored, shown(&done));
    assert!(matches!(pause(&store, &open("a"), Some(keyed(2)), 9).await, Err(Error::KeyReused)));
    database.finish().await;
}

#[tokio::test]
async fn a_preview_under_the_key_of_a_claim_is_refused_and_uses_nothing_up() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    made(&store, "a", 3).await;
    assert!(pause(&store, &set("a"), Some(keyed(1)), 3 + 1).await.unwrap().is_none());
    let render = |matched: &i64| StoredAnswer { location: None, body: matched.to_string() };
    let preview = |body: u8| Once { key: keyed(body).key, render: &render };
    let refused = store.count_pipelines(&set("a"), BulkVerb::Pause, Some(preview(2)), &|| true).await;
    assert!(matches!(refused, Err(Error::KeyReused)));
    let done = pause_all(&store, &set("a"), Some(keyed(1))).await.done().unwrap();
    assert_eq!(done, bulked(3, 3, 0), "the claim goes on where it stopped");
    database.finish().await;
}

#[tokio::test]
async fn a_claim_whose_server_died_is_taken_over_when_its_lease_is_over() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let ids = made(&store, "a", 3).await;
    assert!(pause(&store, &set("a"), Some(keyed(1)), 3 + 1).await.unwrap().is_none());
    // As it stands while a request works on it.
    let alive = "UPDATE bulk_claims SET lease_expires_at = windlass_now() + interval '30 seconds'";
    sqlx::raw_sql(alive).execute(&mut database.connect().await).await.unwrap();
    // Looks for the claim a few times, and gives up.
    assert!(pause(&store, &set("a"), Some(keyed(1)), 3).await.unwrap().is_none());
    assert_eq!(paused(&store, &ids).await, [true, false, false]);
    database.advance(std::time::Duration::from_secs(31)).await;
    let done = pause_all(&store, &set("a"), Some(keyed(1))).await.done().unwrap();
    assert_eq!(done, bulked(3, 3, 0));
    database.finish().await;
}

#[tokio::test]
async fn two_servers_with_one_key_at_once_do_it_once_and_answer_the_same() {
    let database = TestDatabase::create().await;
    let (one, other) = (database.store().await, database.store().await);
    let ids = made(&one, "a", 20).await;
    let ask = |store: Store| tokio::spawn(async move { pause_all(&store, &set("a"), Some(keyed(1))).await });
    let answers = [ask(one.clone()), ask(other)];
    let mut texts = Vec::new();
    let mut new = 0;
    for answer in answers {
        texts.push(match answer.await.unwrap() {
            Answer::New(bulked) => {
                new += 1;
                shown(&bulked)
            }
            Answer::Repeated(stored) => stored,
        });
    }
    assert_eq!((new, &texts[0]), (1, &shown(&bulked(20, 20, 0))));
    assert_eq!(texts[0], texts[1]);
    assert_eq!(paused(&one, &ids).await, [true; 20]);
    database.finish().await;
}

#[tokio::test]
async fn a_holder_that_was_too_slow_changes_nothing_more() {
    let database = TestDatabase::create().await;
    let store = Arc::new(database.store().await);
    let ids = made(&store, "a", 2).await;
    let mut connection = database.connect().await;
    let mut held = sqlx::Connection::begin(&mut connection).await.unwrap();
    // Its first piece waits for this lock; meanwhile its claim goes to somebody else.
    sqlx::query("SELECT FROM pipeline_controls WHERE pipeline_id = $1 FOR UPDATE")
        .bind(ids[0])
        .execute(&mut *held)
        .await
        .unwrap();
    let slow = tokio::spawn({
        let store = Arc::clone(&store);
        async move { pause(&store, &set("a"), Some(keyed(1)), 9).await.map(|_| ()) }
    });
    let mut watcher = database.connect().await;
    loop {
        let taken = sqlx::query("UPDATE bulk_claims SET holder = gen_random_uuid()");
        if taken.execute(&mut watcher).await.unwrap().rows_affected() == 1 {
            break;
        }
        tokio::task::yield_now().await;
    }
    held.rollback().await.unwrap();
    assert!(matches!(slow.await.unwrap(), Err(Error::Unavailable(_))));
    assert_eq!(paused(&store, &ids).await, [false, false]);
    database.finish().await;
}

#[tokio::test]
async fn ten_thousand_pipelines_are_taken_and_one_more_is_refused_before_the_first_is_changed() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let insert = "INSERT INTO pipelines (id, name, state, priority, paused, sealed, fail_fast, correlation_id, created_at, jobs_open)
         SELECT gen_random_uuid(), 'a', 'pending', 2, false, false, false, 'c', windlass_now(), 0 FROM generate_series(1, $1)";
    sqlx::query(insert).bind(10_000).execute(&mut database.connect().await).await.unwrap();
    assert!(pause(&store, &set("a"), None, 1).await.unwrap().is_none(), "the set is taken, and it stops");
    assert_eq!(count(&store, &set("a")).await, 10_000);
    sqlx::query(insert).bind(1).execute(&mut database.connect().await).await.unwrap();
    for once in [None, Some(keyed(1))] {
        let refused = pause(&store, &set("a"), once, usize::MAX).await;
        let Err(Error::Refused(refusals)) = refused else { panic!("{refused:?}") };
        assert_eq!(refusals, [Refusal::TooManyPipelines { limit: 10_000 }]);
    }
    assert_eq!(count(&store, &set("a")).await, 10_001);
    let changed: i64 = sqlx::query_scalar("SELECT count(*) FROM pipelines WHERE paused")
        .fetch_one(&mut database.connect().await)
        .await
        .unwrap();
    assert_eq!(changed, 0);
    database.finish_without_check().await;
}
