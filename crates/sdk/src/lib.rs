//! # windlass-sdk
//!
//! The typed Rust client of [Windlass](windlass_wire), and a worker that does everything around your code:
//! leases, heartbeats, progress, retries, panics, a graceful stop.
//!
//! A worker:
//!
//! ```no_run
//! use windlass_sdk::{Client, Context, TaskFailure, Worker};
//!
//! #[derive(serde::Deserialize)]
//! struct Image { url: String }
//!
//! async fn resize(image: Image, context: Context) -> Result<u64, TaskFailure> {
//!     context.progress(1.0, Some(2.0), "fetching");
//!     let bytes = image.url.parse::<u64>()?; // any error fails the attempt; the job's policy retries it
//!     Ok(bytes) // the task's result, any serialisable value
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), windlass_sdk::Error> {
//!     let client = Client::new("http://127.0.0.1:7070")?;
//!     Worker::builder(client).handler("resize-image", resize).concurrency(8).build().run().await
//! }
//! ```
//!
//! A producer:
//!
//! ```no_run
//! # async fn produce() -> Result<(), Box<dyn std::error::Error>> {
//! use windlass_sdk::Client;
//! use windlass_sdk::wire::{NewJob, NewPipeline, When};
//!
//! let client = Client::new("http://127.0.0.1:7070")?;
//! let scan = NewJob::new("scan", "scan-dir").with_payload(&serde_json::json!({"path": "/data"}))?;
//! let report = NewJob::new("report", "report").after("scan", When::Finished);
//! let pipeline = NewPipeline::new("nightly", [scan, report]);
//! let pipeline = client.idempotent("nightly-2026-11-22").create_pipeline(&pipeline).await?;
//! println!("{}", pipeline.id);
//! # Ok(()) }
//! ```
//!
//! What it promises:
//! - every call is one method of [`Client`], named after its operation in the `OpenAPI` document;
//! - only safe calls are repeated: reads, reports (a lease token makes them count once), and creates
//!   that carry an [idempotency key](Client::idempotent); `Retry-After` is honoured ([`Backoff`]);
//! - an [`Error`] tells what to do about it;
//! - a [`Worker`] never keeps a task that it cannot finish: it reports, releases, or lets the lease end.
//!
//! What it deliberately does not do: it has no rules of its own about states and limits (the server
//! decides), it stores nothing, and it never decides by this machine's clock.

mod calls;
mod client;
mod error;
mod event_stream;
mod filter;
mod pages;
mod resilience;
mod transport;
mod worker;

pub use windlass_wire as wire;

pub use client::{Client, ClientBuilder};
pub use error::Error;
pub use filter::{EventFilter, JobFilter, PipelineFilter, TaskFilter};
pub use resilience::Backoff;
pub use worker::{Context, TaskFailure, Worker, WorkerBuilder};
