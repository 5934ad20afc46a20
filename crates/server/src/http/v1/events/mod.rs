//! `/v1/events`: the audit, a page at a time or as it grows.

pub(crate) mod filter;
mod lines;
pub(crate) mod list;
mod messages;
pub(crate) mod stream;
