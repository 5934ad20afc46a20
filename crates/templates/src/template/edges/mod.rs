//! What the edges of a template lead to: names of its jobs, known and not known before it is rendered.

mod check;
mod edge;
mod names;

pub(crate) use check::check;
pub(crate) use edge::{Edge, edges_of};
pub(crate) use names::KeyNames;
