//! Walks over all pages of a list.

use serde_json::Value;

use crate::TestApp;

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
}
