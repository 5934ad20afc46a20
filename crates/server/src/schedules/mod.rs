//! What a schedule makes, and when: between the store, which has schedules, and the crate of templates, which knows times and renderings.
//!
//! Handlers and the duty call it alike. What it deliberately does not do: speak HTTP, or wait for anything but a rendering. How it fails: what is
//! wrong with a template or its parameters is a [`Failure`](crate::templates::Failure); of a run it becomes the detail.

mod detail;
mod due;
mod make;
mod times;
mod waiting;

pub(crate) use due::run_due;
pub(crate) use make::{Occasion, make};
pub(crate) use times::{next, upcoming};
pub(crate) use waiting::run_waiting;
