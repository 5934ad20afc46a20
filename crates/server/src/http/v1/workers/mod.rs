//! `/v1/workers`.

pub(crate) mod list;
