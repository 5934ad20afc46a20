//! A task as a test makes it.

use std::time::Duration;

use serde::Serialize;
use windlass_wire::Json;

use crate::Job;

/// A task to run, in a job of its own, whose key is its type.
#[derive(Clone, Debug)]
pub struct TestTask {
    pub(super) r#type: String,
    pub(super) payload: Json,
    pub(super) job_payload: Json,
    pub(super) max_attempts: u32,
    pub(super) retry_delay: Duration,
    pub(super) lease: Duration,
    pub(super) timeout: Option<Duration>,
    pub(super) traceparent: Option<String>,
}

impl TestTask {
    /// A task of `type`.
    ///
    /// # Errors
    /// When `payload` has no JSON form.
    pub fn new<P: Serialize + ?Sized>(r#type: impl Into<String>, payload: &P) -> serde_json::Result<Self> {
        Ok(Self {
            r#type: r#type.into(),
            payload: Json::of(payload)?,
            job_payload: Json::default(),
            max_attempts: 3,
            retry_delay: Duration::from_secs(1),
            lease: Duration::from_mins(1),
            timeout: None,
            traceparent: None,
        })
    }

    /// A task of type `J`.
    ///
    /// # Errors
    /// When `payload` has no JSON form.
    pub fn of<J: Job>(_: J, payload: &J::Payload) -> serde_json::Result<Self> {
        Self::new(J::TYPE, payload)
    }

    /// The same task, whose job has this payload; default null.
    #[must_use]
    pub fn with_job_payload(self, job_payload: Json) -> Self {
        Self { job_payload, ..self }
    }

    /// The same task, which may be tried this often; default 3.
    #[must_use]
    pub fn with_max_attempts(self, max_attempts: u32) -> Self {
        Self { max_attempts, ..self }
    }

    /// The same task, tried again after this delay; default 1 s, each time.
    #[must_use]
    pub fn with_retry_delay(self, retry_delay: Duration) -> Self {
        Self { retry_delay, ..self }
    }

    /// The same task, whose leases last this long; default 60 s.
    #[must_use]
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// The same task, each attempt of which may take this long; default no limit.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// The same task, in a pipeline of this trace.
    #[must_use]
    pub fn with_traceparent(self, traceparent: impl Into<String>) -> Self {
        Self { traceparent: Some(traceparent.into()), ..self }
    }
}
