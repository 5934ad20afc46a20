//! `/v1/ids`.

pub(crate) mod list;
