//! `/v1/events`: the audit, a page at a time or as it grows.

pub(crate) mod filter;
pub(crate) mod list;
mod messages;
pub(crate) mod stream;
