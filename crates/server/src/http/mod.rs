//! HTTP: who asks for what, and in which words it is answered.
//!
//! A request goes through [`middleware`] to a handler, which extracts, calls the store once and maps; the directory
//! of a handler is its resource, its file its operation. [`mod@router`] has all routes in one list. [`body`] reads
//! strictly, [`problem`] is the one place that makes errors of the contract out of everything else.
//!
//! What it deliberately does not do: keep any state, or know any rule beyond the request's own form. How it fails:
//! always by a problem with a request id; a panic is one too.

mod absence;
mod accept;
mod answer;
pub(crate) mod body;
mod connection;
pub(crate) mod correlation;
mod cursor;
mod events;
mod headers;
mod jobs;
mod middleware;
mod named;
mod openapi;
mod operations;
mod path;
mod pipelines;
mod problem;
mod query;
mod queues;
mod router;
mod show;
mod tasks;
mod verb;
mod workers;

pub(crate) use accept::accept;
pub(crate) use answer::{Answer, Created, Creation};
pub(crate) use headers::trace;
pub use openapi::openapi_json;
pub(crate) use problem::Problem;
pub(crate) use router::router;

/// The words of a priority, for people.
const PRIORITIES: &str = "very_high, high, medium, low, very_low";
