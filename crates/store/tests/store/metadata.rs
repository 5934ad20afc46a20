//! The index of texts in metadata says what the metadata says, whoever wrote it.

use std::time::Duration;

use sqlx::PgConnection;
use uuid::Uuid;
use windlass_domain::Json;
use windlass_store::testing::TestDatabase;
use windlass_store::{Merge, NewPipeline, Paging, PipelineChange, PipelineFilter, Retention, Store};

use crate::support::{create, dequeue, job, pipeline, with_tasks};

const ALL: Paging = Paging { after: None, limit: 500 };

fn with_metadata(text: &str) -> NewPipeline {
    let metadata = Some(Json::from_checked(text.to_owned()));
    NewPipeline { metadata, ..pipeline(vec![with_tasks(job("a"), 1)]) }
}

async fn found(store: &Store, texts: &[(&str, &str)]) -> Vec<Uuid> {
    let metadata = texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let filter = PipelineFilter { metadata, ..PipelineFilter::default() };
    let page = store.list_pipelines(&filter, ALL).await.unwrap();
    page.items.into_iter().map(|pipeline| pipeline.id).collect()
}

async fn run(connection: &mut PgConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

async fn entries(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM pipeline_texts").fetch_one(connection).await.unwrap()
}

fn merge(merge: Merge<'_>) -> PipelineChange<'_> {
    PipelineChange { merge: Some(merge), ..PipelineChange::default() }
}

#[tokio::test]
async fn a_change_of_metadata_moves_its_entries_and_the_end_of_a_pipeline_takes_them() {
    let database = TestDatabase::create().await;
    let (store, mut connection) = (database.store().await, database.connect().await);
    let (created, _) = create(&store, with_metadata(r#"{"a":"1","b":"2","n":3}"#)).await;
    assert_eq!(entries(&mut connection).await, 2);
    let to = |text: &'static str| move |_: Option<&str>| Ok(Some(Json::from_checked(text.to_owned())));
    store.patch_pipeline(created.id, merge(&to(r#"{"a":"1","b":3,"c":"4"}"#))).await.unwrap();
    assert_eq!(entries(&mut connection).await, 2);
    assert_eq!(found(&store, &[("a", "1"), ("c", "4")]).await, [created.id]);
    assert!(found(&store, &[("b", "2")]).await.is_empty() && found(&store, &[("b", "3")]).await.is_empty());
    store.patch_pipeline(created.id, merge(&to("{}"))).await.unwrap();
    assert_eq!(entries(&mut connection).await, 0);
    store.patch_pipeline(created.id, merge(&to(r#"{"a":"5"}"#))).await.unwrap();
    store.cancel_pipeline(created.id, None).await.unwrap();
    store.delete_pipeline(created.id).await.unwrap();
    assert!(found(&store, &[("a", "5")]).await.is_empty());
    while store.prune(&Retention::default()).await.unwrap().rows > 0 {}
    assert_eq!(entries(&mut connection).await, 0);
    database.finish().await;
}

#[tokio::test]
async fn pipelines_whose_time_is_over_leave_no_entries() {
    let database = TestDatabase::create().await;
    let (store, mut connection) = (database.store().await, database.connect().await);
    create(&store, with_metadata(r#"{"a":"1"}"#)).await;
    let leased = dequeue(&store, 1).await;
    crate::support::complete(&store, &leased[0]).await.unwrap();
    database.advance(Duration::from_hours(31 * 24)).await;
    while store.prune(&Retention::default()).await.unwrap().rows > 0 {}
    assert_eq!(entries(&mut connection).await, 0);
    database.finish().await;
}

/// As a server of before does, whose statements know nothing of the index.
#[tokio::test]
async fn metadata_that_an_older_server_writes_is_found() {
    let database = TestDatabase::create().await;
    let (store, mut connection) = (database.store().await, database.connect().await);
    let (created, _) = create(&store, pipeline(vec![job("a")])).await;
    sqlx::query("INSERT INTO pipeline_metadata VALUES ($1, '{\"a\":\"1\"}')")
        .bind(created.id)
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(found(&store, &[("a", "1")]).await, [created.id]);
    run(&mut connection, r#"UPDATE pipeline_metadata SET metadata = '{"a":"2"}'"#).await;
    assert!(found(&store, &[("a", "1")]).await.is_empty());
    assert_eq!(found(&store, &[("a", "2")]).await, [created.id]);
    database.finish().await;
}

/// As on the day on which the index is new.
#[tokio::test]
async fn metadata_of_before_the_index_is_found_at_once_and_indexed_in_pieces() {
    let database = TestDatabase::create().await;
    let (store, mut connection) = (database.store().await, database.connect().await);
    run(&mut connection, "ALTER TABLE pipeline_metadata DISABLE TRIGGER USER").await;
    let mut old = Vec::new();
    for number in 0..3 {
        let metadata = format!(r#"{{"a":"old","own":"{number}"}}"#);
        old.push(create(&store, with_metadata(&metadata)).await.0.id);
    }
    // 1,500 more, of pipelines that are gone.
    let gone = r#"INSERT INTO pipeline_metadata SELECT gen_random_uuid(), '{"a":"gone"}' FROM generate_series(1, 1500)"#;
    run(&mut connection, gone).await;
    run(&mut connection, "ALTER TABLE pipeline_metadata ENABLE TRIGGER USER").await;
    run(&mut connection, "INSERT INTO texts_backfill VALUES ('ffffffff-ffff-ffff-ffff-ffffffffffff')").await;
    let (new, _) = create(&store, with_metadata(r#"{"a":"old"}"#)).await;
    assert_eq!(found(&store, &[("a", "old")]).await, [new.id, old[2], old[1], old[0]]);
    assert_eq!(found(&store, &[("a", "old"), ("own", "1")]).await, [old[1]]);
    let mut pieces = Vec::new();
    loop {
        match store.index_texts().await.unwrap() {
            0 => break,
            rows => pieces.push(rows),
        }
    }
    assert_eq!(pieces, [1_000, 504]);
    assert_eq!(store.index_texts().await.unwrap(), 0);
    assert_eq!(entries(&mut connection).await, 3 * 2 + 1_500 + 1);
    assert_eq!(found(&store, &[("a", "old"), ("own", "1")]).await, [old[1]]);
    assert_eq!(found(&store, &[("a", "old")]).await, [new.id, old[2], old[1], old[0]]);
    database.finish().await;
}

#[tokio::test]
async fn a_hash_that_two_texts_share_finds_neither_for_the_other() {
    let database = TestDatabase::create().await;
    let (store, mut connection) = (database.store().await, database.connect().await);
    let (created, _) = create(&store, with_metadata(r#"{"a":"1"}"#)).await;
    sqlx::query("INSERT INTO pipeline_texts SELECT windlass_text_hash('b', '2'), $1")
        .bind(created.id)
        .execute(&mut connection)
        .await
        .unwrap();
    assert!(found(&store, &[("b", "2")]).await.is_empty());
    assert_eq!(found(&store, &[("a", "1")]).await, [created.id]);
    database.finish_without_check().await;
}
