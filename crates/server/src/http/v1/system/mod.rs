//! `/v1/system`.

mod disk;
pub(crate) mod get;
