//! Typed jobs: a type's name, payload and result as one type, so that its producer and its worker cannot disagree.

use serde::Serialize;
use serde::de::DeserializeOwned;
use windlass_wire::{Json, NewJob, NewStandaloneJob, NewTask};

/// What a type of job takes, and what it returns. Usually an empty struct in a crate that producers and workers share:
///
/// ```
/// use windlass_sdk::Job;
///
/// struct Resize;
///
/// impl Job for Resize {
///     const TYPE: &'static str = "resize-image";
///     type Payload = String; // where the image is
///     type Result = u64; // how many bytes it has now
/// }
///
/// let job = Resize::job("resize", &"https://example.org/a.png".to_owned()).unwrap();
/// assert_eq!(job.r#type, "resize-image");
/// ```
pub trait Job {
    /// What workers ask for: `[A-Za-z0-9._-]{1,100}`.
    const TYPE: &'static str;
    /// What a task of it works on, up to 256 KiB of JSON.
    type Payload: Serialize + DeserializeOwned + Send;
    /// What a task of it returns, up to 256 KiB of JSON.
    type Result: Serialize + DeserializeOwned;

    /// A job of this type under `key`, with one task that works on `payload`.
    ///
    /// # Errors
    /// When `payload` has no JSON form.
    fn job(key: impl Into<String>, payload: &Self::Payload) -> serde_json::Result<NewJob> {
        NewJob::new(key, Self::TYPE).with_payload(payload)
    }

    /// A job of this type under `key` with a task for each of `payloads`.
    ///
    /// # Errors
    /// When a payload has no JSON form.
    fn job_of<'a>(
        key: impl Into<String>,
        payloads: impl IntoIterator<Item = &'a Self::Payload>,
    ) -> serde_json::Result<NewJob>
    where
        Self::Payload: 'a,
    {
        let tasks = payloads.into_iter().map(Self::task).collect::<Result<_, _>>()?;
        Ok(NewJob { tasks: Some(tasks), ..NewJob::new(key, Self::TYPE) })
    }

    /// An unsealed job of this type under `key`: its tasks will be streamed in.
    fn unsealed(key: impl Into<String>) -> NewJob {
        NewJob::new(key, Self::TYPE).unsealed()
    }

    /// A job of this type under `key` that is sealed as it opens: its tasks come from the jobs before it.
    fn sealed_on_open(key: impl Into<String>) -> NewJob {
        NewJob::new(key, Self::TYPE).sealed_on_open()
    }

    /// A standalone job of this type, with one task that works on `payload`.
    ///
    /// # Errors
    /// When `payload` has no JSON form.
    fn standalone(payload: &Self::Payload) -> serde_json::Result<NewStandaloneJob> {
        let payload = Some(Json::of(payload)?);
        Ok(NewStandaloneJob { payload, ..NewStandaloneJob::new(Self::TYPE) })
    }

    /// A task for a job of this type.
    ///
    /// # Errors
    /// When `payload` has no JSON form.
    fn task(payload: &Self::Payload) -> serde_json::Result<NewTask> {
        NewTask::of(payload)
    }
}
