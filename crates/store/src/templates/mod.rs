//! Templates: what pipelines are made from. One file per verb.
//!
//! A version never changes. The row of a template holds the number of its newest version, and stays as a tombstone when it is deleted, so that
//! numbers go on. Rendering is not the store's: it keeps texts.

mod delete;
mod in_use;
mod made_from;
mod put;
mod read;

pub(crate) use made_from::write_made_from;
pub use put::{NewTemplate, Put};
