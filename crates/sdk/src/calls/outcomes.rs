//! `/v1/outcomes`, and those that a task records.

use futures_util::Stream;
use reqwest::Method;
use serde::Serialize;
use uuid::Uuid;
use windlass_wire::{ItemOutcome, Page, RecordOutcomes, RecordedOutcomes, RemovedOutcomes};

use super::Cursor;
use crate::pages::walk;
use crate::resilience::Safety;
use crate::{Client, Error, OutcomeFilter};

/// Whose outcomes.
#[derive(Serialize)]
struct OfSubject<'a> {
    subject: &'a str,
}

impl Client {
    /// Records what became of items that a running task handled, up to 10,000, all or none. A worker's handler collects them by
    /// [`Context::outcome`](crate::Context::outcome) instead. It is repeated where the client carries an idempotency key, which makes it count once.
    ///
    /// # Errors
    /// `lease_lost`, `task_not_found`, `validation_failed`, and what any call can fail with.
    pub async fn record_outcomes(
        &self,
        task: Uuid,
        outcomes: &RecordOutcomes,
    ) -> Result<RecordedOutcomes, Error> {
        let call = self.post(&["v1", "tasks", &task.to_string(), "outcomes"]);
        self.fetch(call.idempotency_key(self.idempotency_key.as_deref()).json(outcomes)?).await
    }

    /// One page of outcomes, newest first; the filter has a subject, a pipeline, a job or a task at least. A page may be short, even empty, while another
    /// one follows.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn list_outcomes(
        &self,
        filter: &OutcomeFilter,
        cursor: Option<&str>,
    ) -> Result<Page<ItemOutcome>, Error> {
        self.fetch(self.get(&["v1", "outcomes"]).query(filter).query(&Cursor { cursor })).await
    }

    /// All outcomes, newest first, as [`Client::list_outcomes`] has them.
    pub fn outcomes(&self, filter: OutcomeFilter) -> impl Stream<Item = Result<ItemOutcome, Error>> + use<> {
        let client = self.clone();
        walk(move |cursor| {
            let (client, filter) = (client.clone(), filter.clone());
            async move { client.list_outcomes(&filter, cursor.as_deref()).await }
        })
    }

    /// Removes all outcomes of a subject, for good.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn delete_outcomes(&self, subject: &str) -> Result<RemovedOutcomes, Error> {
        let call = self.call(Method::DELETE, &["v1", "outcomes"], Safety::Unsafe);
        self.fetch(call.query(&OfSubject { subject })).await
    }
}
