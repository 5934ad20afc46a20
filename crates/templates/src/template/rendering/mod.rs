//! A template filled in: the body of `POST /v1/pipelines`.
//!
//! [`render`] goes through the body and asks for the parameters first; [`jobs`] and [`tasks`] repeat and leave out items, and [`depends_on`]
//! is written once all keys are known. `Output` counts bytes as they are written. How it fails: at the first fault.

mod depends_on;
mod jobs;
mod names;
mod output;
mod overlay;
mod render;
mod repeat;
mod tasks;
mod values;

pub use render::Rendered;
