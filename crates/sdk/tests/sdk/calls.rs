//! Paths, queries and pages.

use futures_util::TryStreamExt;
use serde_json::json;
use uuid::Uuid;
use windlass_sdk::wire::{PipelineState, TaskState};
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
