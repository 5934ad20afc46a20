//! `/v1/templates`: one file per operation.

pub(crate) mod delete;
mod filled;
pub(crate) mod get;
pub(crate) mod get_version;
pub(crate) mod list;
mod path;
pub(crate) mod preview;
pub(crate) mod put;
pub(crate) mod run;
pub(crate) mod versions;
