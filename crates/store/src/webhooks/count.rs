//! Numbers of webhooks, for `/metrics`: from counters.

use std::time::Duration;

use crate::{Error, Store};

/// The next look comes soon.
const PATIENCE: Duration = Duration::from_secs(2);

/// How webhooks are doing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct WebhookNumbers {
    /// Deliveries that are pending, those of paused webhooks among them.
    pub pending: i64,
    /// Webhooks that have paused themselves.
    pub paused_itself: i64,
    /// Webhooks whose last attempt failed.
    pub failing: i64,
    /// Events behind the reader's position, by their numbers; 0 while no webhook waits for events.
    pub unread: i64,
}

impl Store {
    /// How webhooks are doing, within 2 s.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn webhook_numbers(&self) -> Result<WebhookNumbers, Error> {
        let look = sqlx::query_as!(
            WebhookNumbers,
            r#"SELECT coalesce(sum(p.pending), 0)::bigint AS "pending!",
                      count(*) FILTER (WHERE w.paused_itself) AS "paused_itself!",
                      count(*) FILTER (WHERE p.failing_since IS NOT NULL) AS "failing!",
                      (SELECT CASE WHEN EXISTS (
                           SELECT FROM webhook_periods o WHERE o.ends_at IS NULL OR o.ends_at > r.position
                       ) THEN greatest(0, (SELECT last_value FROM event_numbers WHERE is_called) - r.position) ELSE 0 END
                       FROM webhook_reader r) AS "unread!"
               FROM webhooks w JOIN webhook_progress p ON p.webhook_id = w.id"#
        );
        let late = |_| Error::Unavailable(sqlx::Error::PoolTimedOut);
        Ok(tokio::time::timeout(PATIENCE, look.fetch_one(&self.db.pool)).await.map_err(late)??)
    }
}
