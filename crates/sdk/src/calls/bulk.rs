//! Bulk verbs of `/v1/pipelines`.

use std::time::Duration;

use serde::Serialize;
use windlass_wire::{Bulk, BulkCancel, BulkRetry, Bulked};

use crate::{Client, Error};

/// How long a bulk verb is waited for: 10,000 pipelines may take minutes. The server goes on even if nobody waits.
const PATIENCE: Duration = Duration::from_mins(10);

impl Client {
    /// Cancels every pipeline that fits; a dry run, the default, only counts them. With an idempotency key, a repeat goes on where the first one
    /// stopped and answers for both.
    ///
    /// # Errors
    /// `validation_failed` of a filter without a condition and of more than 10,000 pipelines, and what any call can fail with.
    pub async fn cancel_pipelines(&self, bulk: &BulkCancel) -> Result<Bulked, Error> {
        self.bulk_verb("cancel", bulk).await
    }

    /// Pauses every pipeline that fits, as [`cancel_pipelines`](Self::cancel_pipelines).
    ///
    /// # Errors
    /// As [`cancel_pipelines`](Self::cancel_pipelines).
    pub async fn pause_pipelines(&self, bulk: &Bulk) -> Result<Bulked, Error> {
        self.bulk_verb("pause", bulk).await
    }

    /// Resumes every pipeline that fits, as [`cancel_pipelines`](Self::cancel_pipelines).
    ///
    /// # Errors
    /// As [`cancel_pipelines`](Self::cancel_pipelines).
    pub async fn resume_pipelines(&self, bulk: &Bulk) -> Result<Bulked, Error> {
        self.bulk_verb("resume", bulk).await
    }

    /// Runs every pipeline that fits again, as [`cancel_pipelines`](Self::cancel_pipelines).
    ///
    /// # Errors
    /// As [`cancel_pipelines`](Self::cancel_pipelines).
    pub async fn retry_pipelines(&self, bulk: &BulkRetry) -> Result<Bulked, Error> {
        self.bulk_verb("retry", bulk).await
    }

    async fn bulk_verb(&self, verb: &str, body: &impl Serialize) -> Result<Bulked, Error> {
        let call = self.post(&["v1", "pipelines", verb]).idempotency_key(self.idempotency_key.as_deref());
        self.fetch(call.json(body)?.timeout(PATIENCE)).await
    }
}
