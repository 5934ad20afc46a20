//! Templates and their versions.

use windlass_domain::{Json, TemplateName};
use windlass_store::testing::TestDatabase;
use windlass_store::{
    Error, MadeFrom, NewPipeline, NewTemplate, Paging, PipelineFilter, Put, Resource, Retention, Store,
};

use crate::support::{job, pipeline, with_tasks};

fn new(name: &str, mark: u8) -> NewTemplate {
    NewTemplate {
        name: TemplateName::parse(name).unwrap(),
        description: None,
        parameters: Json::from_checked("{}".to_owned()),
        pipeline: Json::from_checked(format!("[{mark}]")),
        fingerprint: [mark; 32],
    }
}

/// Puts a template; its version, and whether it was made.
async fn put(store: &Store, name: &str, mark: u8) -> (i32, bool) {
    match store.put_template(&new(name, mark)).await.unwrap() {
        Put::Made(template) => (template.version, true),
        Put::Same(template) => (template.version, false),
    }
}

fn made_from(version: i32) -> NewPipeline {
    let parameters = Json::from_checked(r#"{"a":1e400}"#.to_owned());
    let from = MadeFrom { template: "t".to_owned(), version, parameters };
    NewPipeline { made_from: Some(from), ..pipeline(vec![with_tasks(job("a"), 1)]) }
}

fn is_absent<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::NotFound(Resource::Template)))
}

#[tokio::test]
async fn a_version_is_made_only_where_something_differs_from_the_newest_and_numbers_go_on() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    assert_eq!(put(&store, "t", 1).await, (1, true));
    assert_eq!(put(&store, "t", 1).await, (1, false));
    assert_eq!(put(&store, "t", 2).await, (2, true));
    assert_eq!(put(&store, "t", 1).await, (3, true), "an older one is not the newest");
    store.delete_template("t").await.unwrap();
    assert!(is_absent(&store.delete_template("t").await));
    assert!(is_absent(&store.template("t", None).await) && is_absent(&store.template("t", Some(1)).await));
    assert!(!store.template_exists("t").await.unwrap());
    assert_eq!(put(&store, "t", 1).await, (4, true), "the same as before, and still a new one");
    assert!(is_absent(&store.template("t", Some(3)).await));
    store.close().await;
    database.finish().await;
}

#[tokio::test]
async fn parallel_puts_of_one_name_are_made_one_after_the_other() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let puts = (1..=20).map(|mark| {
        let store = store.clone();
        tokio::spawn(async move { put(&store, "t", mark).await })
    });
    let mut versions = Vec::new();
    for put in puts.collect::<Vec<_>>() {
        versions.push(put.await.unwrap().0);
    }
    versions.sort_unstable();
    assert_eq!(versions, (1..=20).collect::<Vec<i32>>());
    store.close().await;
    database.finish().await;
}

#[tokio::test]
async fn a_pipeline_keeps_what_it_was_made_from_and_is_not_made_from_what_is_gone() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    put(&store, "t", 1).await;
    let (made, _) = store.create_pipeline(made_from(1), None).await.unwrap().done().unwrap();
    assert_eq!(
        (made.template.clone(), made.parameters.as_deref()),
        (Some(("t".to_owned(), 1)), Some(r#"{"a":1e400}"#))
    );
    assert!(is_absent(&store.create_pipeline(made_from(2), None).await.map(drop)));
    store.delete_template("t").await.unwrap();
    assert!(is_absent(&store.create_pipeline(made_from(1), None).await.map(drop)));
    assert_eq!(store.pipeline(made.id).await.unwrap().0.template, made.template);
    store.close().await;
    database.finish().await;
}

#[tokio::test]
async fn a_delete_that_is_under_way_is_outwaited_by_a_pipeline_of_its_template() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    put(&store, "t", 1).await;
    for round in 0..10 {
        let (deleting, making) = (store.clone(), store.clone());
        let delete = tokio::spawn(async move { deleting.delete_template("t").await });
        let make =
            tokio::spawn(async move { making.create_pipeline(made_from(round + 1), None).await.map(drop) });
        delete.await.unwrap().unwrap();
        let outcome = make.await.unwrap();
        let first = outcome.is_ok();
        assert!(first || is_absent(&outcome), "one of the two came first");
        assert_eq!(put(&store, "t", 1).await, (round + 2, true));
    }
    store.close().await;
    database.finish().await;
}

#[tokio::test]
async fn what_a_pipeline_was_made_from_goes_with_it() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    put(&store, "t", 1).await;
    let (made, _) = store.create_pipeline(made_from(1), None).await.unwrap().done().unwrap();
    let filter = PipelineFilter { template: Some("t".to_owned()), ..PipelineFilter::default() };
    let listed = || store.list_pipelines(&filter, Paging { after: None, limit: 10 });
    assert_eq!(listed().await.unwrap().items[0].id, made.id);
    store.cancel_pipeline(made.id, None).await.unwrap();
    store.delete_pipeline(made.id).await.unwrap();
    assert!(listed().await.unwrap().items.is_empty());
    while store.prune(&Retention::default()).await.unwrap().full {}
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM pipeline_templates")
        .fetch_one(&mut database.connect().await)
        .await
        .unwrap();
    assert_eq!(rows, 0);
    store.close().await;
    database.finish().await;
}
