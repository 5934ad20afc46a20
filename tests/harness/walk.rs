//! Walks over all pages of a list.

use serde_json::{Value, json};

use crate::{TestApp, eventually, id};

/// The correlation id of what only marks a position in the audit; readers of events pass over it.
pub const MARKER: &str = "marker";

impl TestApp {
    /// One page: its items, and the cursor of the next one.
    pub async fn page(&self, path: &str) -> (Vec<Value>, Option<String>) {
        let page = self.get(path).await.expect(200);
        let items = page["items"].as_array().unwrap_or_else(|| panic!("no items in {page}")).clone();
        let next = page.get("next_cursor").unwrap_or_else(|| panic!("no next_cursor in {page}"));
        (items, next.as_str().map(ToOwned::to_owned))
    }

    /// The page after a cursor.
    pub async fn page_after(&self, path: &str, cursor: &str) -> (Vec<Value>, Option<String>) {
        let joint = if path.contains('?') { '&' } else { '?' };
        self.page(&format!("{path}{joint}cursor={cursor}")).await
    }

    /// Every item of a list, page after page.
    pub async fn walk(&self, path: &str) -> Vec<Value> {
        let (mut items, mut next) = self.page(path).await;
        while let Some(cursor) = next {
            let (more, after) = self.page_after(path, &cursor).await;
            items.extend(more);
            next = after;
        }
        items
    }

    /// Every event of what has been answered, page after page.
    pub async fn walk_events(&self, query: &str) -> Vec<Value> {
        self.settle_events().await;
        self.follow_events(query).await
    }

    /// Every event that can be read by now, page after page.
    pub async fn follow_events(&self, query: &str) -> Vec<Value> {
        let path = format!("/v1/events{query}");
        let (mut events, mut next) = self.page(&path).await;
        loop {
            let cursor = next.unwrap_or_else(|| panic!("a page of events without next_cursor"));
            let (more, after) = self.page_after(&path, &cursor).await;
            if more.is_empty() {
                events.retain(|event| event["correlation_id"] != MARKER);
                return events;
            }
            events.extend(more);
            next = after;
        }
    }

    /// Waits until an event that is written now can be read, and so can all before it.
    pub async fn settle_events(&self) {
        let marker = json!({"name": MARKER, "correlation_id": MARKER, "sealed": false, "jobs": []});
        let path = format!("/v1/events?pipeline_id={}", id(&self.submit_with(marker).await));
        eventually("a new event can be read", || async { self.page(&path).await.0.pop() }).await;
    }
}
