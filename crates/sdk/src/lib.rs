#![doc = include_str!("../README.md")]

mod ca_file;
mod calls;
mod client;
mod error;
mod event_stream;
mod filter;
mod job;
mod key;
#[cfg(feature = "log-layer")]
mod log_layer;
mod metrics;
#[cfg(feature = "opentelemetry")]
mod opentelemetry;
mod pages;
mod resilience;
#[cfg(feature = "testing")]
pub mod testing;
mod trace;
mod trace_context;
mod transport;
mod worker;

pub use windlass_wire as wire;

pub use client::{Client, ClientBuilder};
pub use error::Error;
pub use event_stream::Followed;
pub use filter::{EventFilter, JobFilter, KeyFilter, LogFilter, OutcomeFilter, PipelineFilter, TaskFilter};
pub use job::Job;
pub use key::Key;
#[cfg(feature = "log-layer")]
pub use log_layer::LogLayer;
pub use resilience::{Backoff, BreakerSettings, BreakerState};
pub use trace_context::TraceContext;
pub use worker::{Cancellation, Context, TaskFailure, Worker, WorkerBuilder};
