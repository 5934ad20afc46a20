//! Templates at work: whether one is well-formed, and what becomes of it with parameters.
//!
//! Filling in is a stranger's program: it runs off the threads that answer requests, a few at once ([`Renderer`]), each for two seconds at the
//! most. What it gives is read as any body of a new pipeline ([`read`](read::read_rendered)). Used by requests and by schedules.
//!
//! What it deliberately does not do: speak HTTP, or ask the store. How it fails: by a [`Failure`], which a surface says in its own words.

mod check;
mod failure;
mod fill;
mod pace;
mod read;
mod renderer;

pub(crate) use failure::Failure;
pub(crate) use renderer::{Filled, Renderer};
