//! Webhooks in tests: what only very many events would bring about.

#![expect(
    clippy::missing_panics_doc,
    reason = "every helper panics when the database does not answer: that is how a test fails"
)]

use uuid::Uuid;

use crate::testing::TestDatabase;

impl TestDatabase {
    /// Has a webhook count so many deliveries more that are pending. There are none: the database is not consistent until they are taken off.
    pub async fn count_pending(&self, webhook: Uuid, more: i64) {
        let count = "UPDATE webhook_progress SET pending = pending + $2 WHERE webhook_id = $1";
        let counted = sqlx::query(count).bind(webhook).bind(more).execute(&mut self.connect().await).await;
        assert_eq!(counted.expect("the database answers").rows_affected(), 1, "there is such a webhook");
    }

    /// What is kept of a webhook's secret.
    pub async fn kept_secret(&self, webhook: Uuid) -> Vec<u8> {
        let secret = "SELECT secret FROM webhooks WHERE id = $1";
        let secret = sqlx::query_scalar(secret).bind(webhook).fetch_one(&mut self.connect().await).await;
        secret.expect("there is such a webhook")
    }
    /// Keeps this as a webhook's secret.
    pub async fn keep_secret(&self, webhook: Uuid, secret: &[u8]) {
        let keep = "UPDATE webhooks SET secret = $2 WHERE id = $1";
        let kept = sqlx::query(keep).bind(webhook).bind(secret).execute(&mut self.connect().await).await;
        assert_eq!(kept.expect("the database answers").rows_affected(), 1, "there is such a webhook");
    }
}
