//! Paths, queries and pages.

use futures_util::TryStreamExt;
use serde_json::json;
use uuid::Uuid;
use windlass_sdk::wire::{
    Bulk, BulkCancel, BulkFilter, BulkRetry, BulkState, Open, PipelineState, RetryScope, TaskState,
};
use windlass_sdk::{Client, PipelineFilter, TaskFilter};

use crate::fake::{Fake, ok, queue};

#[tokio::test]
async fn a_walk_fetches_every_page_once() {
    let mut fake = Fake::start(|n, _| {
        let next = [json!("a b"), json!("c"), json!(null)][n].clone();
        let items = if n == 1 { vec![] } else { vec![queue(&format!("t{n}"))] };
        ok(json!({"items": items, "next_cursor": next}))
    })
    .await;
    let queues: Vec<_> = fake.client().queues().try_collect().await.unwrap();
    assert_eq!(queues.iter().map(|queue| queue.r#type.as_str()).collect::<Vec<_>>(), ["t0", "t2"]);
    assert_eq!(fake.next().await.query, None);
    assert_eq!(fake.next().await.query.as_deref(), Some("cursor=a+b"));
    assert_eq!(fake.next().await.query.as_deref(), Some("cursor=c"));
    assert!(fake.rest().is_empty());
}

#[tokio::test]
async fn a_filter_is_written_as_a_query() {
    let mut fake = Fake::start(|_, _| ok(json!({"items": [], "next_cursor": null}))).await;
    let filter = PipelineFilter {
        state: Some(PipelineState::Running),
        name: Some("a&b".to_owned()),
        created_after: Some("2026-11-22T20:00:00Z".parse().unwrap()),
        limit: Some(7),
        ..PipelineFilter::default()
    };
    fake.client().list_pipelines(&filter, None).await.unwrap();
    let query = fake.next().await.query.unwrap();
    let mut pairs: Vec<_> = query.split('&').collect();
    pairs.sort_unstable();
    assert_eq!(pairs, ["created_after=2026-11-22T20%3A00%3A00Z", "limit=7", "name=a%26b", "state=running"]);

    let filter =
        TaskFilter { r#type: Some("t".to_owned()), state: Some(TaskState::Failed), ..TaskFilter::default() };
    fake.client().list_tasks(&filter, Some("x")).await.unwrap();
    let query = fake.next().await.query.unwrap();
    let mut pairs: Vec<_> = query.split('&').collect();
    pairs.sort_unstable();
    assert_eq!(pairs, ["cursor=x", "state=failed", "type=t"]);
}

#[tokio::test]
async fn an_address_may_have_a_prefix_and_a_key_is_escaped() {
    let fake = Fake::start(|_, seen| ok(queue(&seen.verb))).await;
    let url = format!("{}/prefix/", fake.client_url());
    let client = Client::new(url).unwrap();
    assert_eq!(client.get_queue("a b").await.unwrap().r#type, "a%20b");
}

#[tokio::test]
async fn a_delete_has_no_answer_to_read() {
    let fake = Fake::start(|_, _| wiremock::ResponseTemplate::new(204)).await;
    fake.client().delete_pipeline(Uuid::now_v7()).await.unwrap();
}

#[tokio::test]
async fn metadata_of_a_filter_is_a_parameter_for_each_key() {
    let mut fake = Fake::start(|_, _| ok(json!({"items": [], "next_cursor": null}))).await;
    let texts = [("a.b", "x&y"), ("c", "")].map(|(key, text)| (key.to_owned(), text.to_owned()));
    let filter = PipelineFilter { metadata: texts.into(), ..PipelineFilter::default() };
    fake.client().list_pipelines(&filter, None).await.unwrap();
    assert_eq!(fake.next().await.query.as_deref(), Some("metadata.a.b=x%26y&metadata.c="));
}

#[tokio::test]
async fn a_bulk_verb_says_for_which_pipelines_and_bears_the_clients_key() {
    let mut fake = Fake::start(|_, _| ok(json!({"matched": 3, "changed": 2, "refused": 1}))).await;
    let filter = BulkFilter { state: Some(BulkState::Open(Open::Open)), ..BulkFilter::default() };
    let bulk = Bulk { filter: filter.clone(), dry_run: Some(false), reason: Some("why".to_owned()) };
    let client = fake.client().idempotent("key-1");
    let cancel = BulkCancel { filter: filter.clone(), clean_up: Some(true), ..BulkCancel::default() };
    let done = client.cancel_pipelines(&cancel).await.unwrap();
    assert_eq!((done.matched, done.changed, done.refused), (3, Some(2), Some(1)));
    client.pause_pipelines(&bulk).await.unwrap();
    client.resume_pipelines(&bulk).await.unwrap();
    let again = BulkRetry { filter, scope: Some(RetryScope::All), ..BulkRetry::default() };
    client.retry_pipelines(&again).await.unwrap();
    let common = json!({"filter": {"state": "open"}, "dry_run": false, "reason": "why"});
    for (verb, body) in [
        ("cancel", json!({"filter": {"state": "open"}, "clean_up": true})),
        ("pause", common.clone()),
        ("resume", common),
        ("retry", json!({"filter": {"state": "open"}, "scope": "all"})),
    ] {
        let seen = fake.next().await;
        assert_eq!((seen.verb.as_str(), seen.body), (verb, body));
        assert_eq!(seen.key.as_deref(), Some("key-1"));
    }
}
