//! `/v1/queues` and `/v1/workers`.

use futures_util::Stream;
use reqwest::Method;
use serde::Serialize;
use windlass_wire::{Page, PatchQueue, Queue, QueueMinute, Worker};

use super::Cursor;
use crate::pages::walk;
use crate::resilience::Safety;
use crate::{Client, Error};

/// How far back a history goes.
#[derive(Serialize)]
struct Minutes {
    minutes: u32,
}

impl Client {
    /// One page of queues.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn list_queues(&self, cursor: Option<&str>) -> Result<Page<Queue>, Error> {
        self.fetch(self.get(&["v1", "queues"]).query(&Cursor { cursor })).await
    }

    /// All queues.
    pub fn queues(&self) -> impl Stream<Item = Result<Queue, Error>> + use<> {
        let client = self.clone();
        walk(move |cursor| {
            let client = client.clone();
            async move { client.list_queues(cursor.as_deref()).await }
        })
    }

    /// The queue of a type.
    ///
    /// # Errors
    /// `queue_not_found`, and what any call can fail with.
    pub async fn get_queue(&self, r#type: &str) -> Result<Queue, Error> {
        self.fetch(self.get(&["v1", "queues", r#type])).await
    }

    /// What a type did in each of the last `minutes`, 1 to 10,080, the newest first; those without anything to tell are left out.
    ///
    /// # Errors
    /// `queue_not_found`, and what any call can fail with.
    pub async fn get_queue_history(&self, r#type: &str, minutes: u32) -> Result<Page<QueueMinute>, Error> {
        self.fetch(self.get(&["v1", "queues", r#type, "history"]).query(&Minutes { minutes })).await
    }

    /// Pauses or limits a queue, also ahead of its first job.
    ///
    /// # Errors
    /// `validation_failed`, and what any call can fail with.
    pub async fn patch_queue(&self, r#type: &str, patch: &PatchQueue) -> Result<Queue, Error> {
        let call = self.call(Method::PATCH, &["v1", "queues", r#type], Safety::Unsafe);
        self.fetch(call.json(patch)?).await
    }

    /// One page of the workers seen in the last 5 minutes.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn list_workers(&self, cursor: Option<&str>) -> Result<Page<Worker>, Error> {
        self.fetch(self.get(&["v1", "workers"]).query(&Cursor { cursor })).await
    }

    /// All workers seen in the last 5 minutes, by id.
    pub fn workers(&self) -> impl Stream<Item = Result<Worker, Error>> + use<> {
        let client = self.clone();
        walk(move |cursor| {
            let client = client.clone();
            async move { client.list_workers(cursor.as_deref()).await }
        })
    }
}
